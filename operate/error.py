"""What an operator is told when a command cannot go on."""


class OperateError(Exception):
    """Something cannot be done; the message is one line: what, where, why, and what to do."""


class LostError(OperateError):
    """A system that all depends on cannot be reached, or refuses the credentials: there is no going on."""
