"""Typeform: a form about the first week."""
