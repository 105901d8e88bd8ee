"""What pages are made of: filters, figures, charts and the states a page can be in."""
