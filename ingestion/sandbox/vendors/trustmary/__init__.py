"""Trustmary: surveys and who was invited to them."""
