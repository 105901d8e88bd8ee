"""Google Ads: campaigns and their days."""
