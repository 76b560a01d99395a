"""An object store in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from operate.store.object_store import Stored


@dataclass
class DictStore:
    objects: dict[str, bytes] = field(default_factory=dict)

    def get(self, name: str) -> Stored | None:
        return Stored(self.objects[name], 0.0) if name in self.objects else None

    def put(self, name: str, content: bytes) -> None:
        self.objects[name] = content

    def create(self, name: str, content: bytes) -> bool:
        return self.objects.setdefault(name, content) is content

    def delete(self, name: str) -> None:
        self.objects.pop(name, None)

    def names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self.objects if name.startswith(prefix))
