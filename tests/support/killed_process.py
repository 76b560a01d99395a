"""A process that is killed at a call of a test's choice."""

from dataclasses import dataclass, field


class KilledError(BaseException):
    """The process ends here, without a word: no `except Exception` of it runs."""


@dataclass
class MortalProcess:
    """Counts a process's calls, and kills it at one of them.

    Attributes:
        dies_at: number of that call, counted from 1; 0 for none.
        calls: those until now.
    """

    dies_at: int = field(default=0, kw_only=True)
    calls: int = field(default=0, kw_only=True)

    def count_call(self) -> None:
        """Count one call.

        Raises:
            KilledError: the process dies at this one.
        """
        self.calls += 1
        if self.calls == self.dies_at:
            raise KilledError
