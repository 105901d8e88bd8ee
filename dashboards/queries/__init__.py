"""Questions to the published warehouse, one module per domain; each returns small rows.

The path of the published file is the first argument of each: it is what the cache goes by.
"""
