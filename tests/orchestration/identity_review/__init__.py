"""Identities as people work on them."""
