"""The functions of the provider: a module for each `get` function."""
