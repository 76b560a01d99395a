"""The local cloud and its machines."""
