"""Lock, record and history without Swift are on a server: they go with the front door."""

from operate.lock.numbers import PREFIX as LOCKS
from operate.store.object_store import ObjectStore

_ALL = "operate/"


def mirror(source: ObjectStore, target: ObjectStore) -> None:
    """Make the objects of one store those of another; locks stay where they are held.

    Args:
        source: Store whose objects are copied, as far as operators of this stack wrote them.
        target: Store that has the same afterwards.
    """
    names = {name for name in source.names(_ALL) if not name.startswith(LOCKS)}
    for name in target.names(_ALL):
        if name not in names and not name.startswith(LOCKS):
            target.delete(name)
    for name in sorted(names):
        stored, copied = source.get(name), target.get(name)
        if stored and stored.genuine and (copied is None or copied.content != stored.content):
            target.put(name, stored.content)
