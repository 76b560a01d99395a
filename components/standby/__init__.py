"""A server that is ready to become the registry."""
