"""Salesforce: the sales and support of large customers."""
