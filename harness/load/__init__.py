"""A mixed load on a registry, and what is counted of it."""
