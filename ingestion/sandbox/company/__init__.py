"""The company's life without its vendors: who lives in it, what they do, agree to and say, and when."""
