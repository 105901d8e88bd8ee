"""What customers will still buy or pay: the models of the papers, and what is said of each customer."""
