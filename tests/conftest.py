"""What every tier shares."""

import signal

import pytest
from hypothesis import Phase, settings

# An assertion in a module that tests share shows its values as well, such as what is left on the host.
pytest.register_assert_rewrite(*(f"tests.{tier}" for tier in ("unit", "provider", "cloud", "engine", "e2e")))

# Without deadlines, since two busy cores say nothing about the code.
settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")
# For who only asks whether an example fails: `--hypothesis-profile unshrunk` takes the first as it is.
settings.register_profile("unshrunk", phases=[one for one in Phase if one is not Phase.shrink])

# A shell starts what it puts in the background with interrupts ignored, and programs under test inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
