"""What every tier shares: Hypothesis without deadlines, since two busy cores say nothing about the code."""

from hypothesis import settings

settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")
