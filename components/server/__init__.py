"""A SoftLayer server that is ready for registries."""
