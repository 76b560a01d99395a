"""The global IP in front of the doors: where it leads, and leading it to another."""
