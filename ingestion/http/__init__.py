"""Talking to vendors: one client with their limits, retries, and no answer taken for whole that is not."""
