"""WooCommerce: the orders of the shop."""
