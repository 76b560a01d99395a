"""What a server lets in: its firewall, and the guard of Docker's bridge networks."""
