"""Processes that tests of several tiers start, and the guard of the tier that starts none."""
