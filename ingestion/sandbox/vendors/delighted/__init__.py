"""Delighted: two questions that were asked by e-mail."""
