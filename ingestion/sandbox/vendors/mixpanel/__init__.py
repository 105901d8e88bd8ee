"""Mixpanel: the product's events and the profiles of its users."""
