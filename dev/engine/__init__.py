"""Finds, downloads or builds the Pulumi engine: the CLI, the Python language host and two plugins.

Run it as ``python3 -m dev.engine build``. It needs nothing but the standard library, except that it downloads
with the virtual environment's `pulumi`.
"""
