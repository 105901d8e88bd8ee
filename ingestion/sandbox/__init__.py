"""The sandbox: a simulated company with known truth, served through each vendor's own protocol."""
