"""The simulated company itself: who lives in it and what happens, from a seed."""
