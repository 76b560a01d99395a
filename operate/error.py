"""Errors that end a command with one line for the operator."""


class OperateError(Exception):
    """Something cannot be done; the message is one line: what, where, why, and what to do."""


class LostError(OperateError):
    """A system that all depends on cannot be reached, or refuses the credentials: nothing can continue."""
