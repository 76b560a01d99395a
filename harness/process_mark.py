"""The mark in the environment of all processes that a test starts, by which the reaper finds them."""

import os

MARK = "SOFTLAYER_TEST_PROCESS"
"""Environment variable that names the pytest process to which a process belongs."""


def mark() -> dict[str, str]:
    """Return the mark, for a process that a test starts with an environment of its own; none in a bench."""
    return {MARK: os.environ[MARK]} if MARK in os.environ else {}
