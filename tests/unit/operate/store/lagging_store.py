"""Objects in memory whose listing may be any earlier one; single objects are always found as they are."""

from collections.abc import Callable, Sequence

from operate.store.object_store import Stored


class LaggingStore:
    """An object store as Swift is under load.

    Args:
        choose: returns which of so many listings is shown: 0 is the first there was.
    """

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.seconds = 0.0
        self.objects: dict[str, tuple[bytes, float]] = {}
        self._choose = choose
        self._listings: list[tuple[float, frozenset[str]]] = [(0.0, frozenset())]

    def get(self, name: str) -> Stored | None:
        stored = self.objects.get(name)
        return Stored(stored[0], self.seconds - stored[1]) if stored else None

    def put(self, name: str, content: bytes) -> None:
        self.objects[name] = content, self.seconds
        self._note()

    def create(self, name: str, content: bytes) -> bool:
        if name in self.objects:
            return False
        self.put(name, content)
        return True

    def delete(self, name: str) -> None:
        self.objects.pop(name, None)
        self._note()

    def names(self, prefix: str) -> Sequence[str]:
        """List as it was at some time of the last twelve hours."""
        recent = [names for at, names in self._listings if at >= self.seconds - 43_200]
        recent = recent or [self._listings[-1][1]]
        return sorted(name for name in recent[self._choose(len(recent))] if name.startswith(prefix))

    def _note(self) -> None:
        self._listings.append((self.seconds, frozenset(self.objects)))
