"""Clients of a registry on the operator's machine: they believe its authority and know its user."""
