"""Meta Ads: campaigns and their days."""
