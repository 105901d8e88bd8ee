"""tawk.to: chats, tickets and the webhooks that tell of them."""
