"""Clients of a registry: well-behaved, slow and hostile ones."""
