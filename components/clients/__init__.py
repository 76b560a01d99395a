"""Servers that use a registry: the name that they resolve, and the helper that pulls."""
