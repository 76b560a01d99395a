"""The registry of one generation: its image, its container and its colours."""
