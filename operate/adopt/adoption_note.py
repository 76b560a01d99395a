"""What this machine notes of an adoption under way: that there is one, and what the lost state had."""

from operate.error import OperateError
from operate.stack.facts import Facts
from operate.stack.facts_cache import FactsCache


class AdoptionNote:
    """The note of one stack.

    Any command that reads the outputs meanwhile remembers the new key of the records in place of the lost
    one, which alone opens the older records.

    Args:
        cache: Cache of the stack's facts on this machine.
        lost: Cache where the facts of the lost state are kept until the adoption has ended.
    """

    def __init__(self, cache: FactsCache, lost: FactsCache) -> None:
        self._cache, self._lost = cache, lost

    @property
    def is_present(self) -> bool:
        """Whether an adoption of this machine has begun and not ended."""
        return self._lost.exists()

    def facts(self) -> Facts | None:
        """Return what this machine remembers of the lost state; None where that is nothing."""
        try:
            return (self._lost if self.is_present else self._cache).read()
        except OperateError:
            return None

    def begin(self, *, is_new: bool = False) -> None:
        """Note that an adoption begins; a note that is there stays.

        Args:
            is_new: Whether the state is empty, so that a note is that of an earlier loss.
        """
        if is_new or not self.is_present:
            self._lost.copy(self._cache)

    def end(self) -> None:
        """Forget the adoption."""
        self._lost.delete()
