"""Identities as people work on them: cut and join by hand, explain, try other rules, review."""
