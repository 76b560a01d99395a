"""Swaps under load, of bad releases, and with killed operators."""
