"""Pushes and pulls through the deployed registry."""
