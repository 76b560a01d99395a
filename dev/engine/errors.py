"""The one family of errors of this package."""


class EngineError(Exception):
    """Says in one line what failed, where, and what to do about it."""
