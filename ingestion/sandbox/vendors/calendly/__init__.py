"""Calendly: the sessions that people booked."""
