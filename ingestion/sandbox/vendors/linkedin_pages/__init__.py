"""LinkedIn pages: posts and followers."""
