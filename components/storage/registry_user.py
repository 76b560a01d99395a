"""The user as whom the modern registry runs, and who owns the folders in which it keeps images."""

USER = 15000
"""Number of the registry's user (choice): below it are people's accounts, above it those of containers."""
