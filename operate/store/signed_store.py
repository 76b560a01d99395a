"""Objects signed with a key that no registry and no storage has.

Lock, swap record and history lie beside the images, where a compromised registry can write. What it writes
there must not choose what an operator builds or which step is taken for done.
"""

import hmac
from collections.abc import Sequence
from dataclasses import replace

from operate.store.object_store import ObjectStore, Stored

_SEPARATOR = b"\n"


class SignedStore:
    """Signs what it writes, and checks the signature of what it reads.

    A signature binds an object to its name. An older version of the same object still has one: who can write
    there can bring back a swap that an operator once started, or delete what is there, but make up nothing.

    Args:
        inner: Store where the objects are.
        key: Secret of the stack, at least 128 bits.
        previous_key: Key that has signed what was written before the key was rotated; "" outside of a
            rotation.
    """

    def __init__(self, inner: ObjectStore, key: str, previous_key: str = "") -> None:
        self._inner, self._key = inner, key.encode()
        self._accepted = [accepted.encode() for accepted in (key, previous_key) if accepted]

    def get(self, name: str) -> Stored | None:
        """Return an object without its signature; None where it is not there."""
        stored = self._inner.get(name)
        if stored is None:
            return None
        signature, _, content = stored.content.partition(_SEPARATOR)
        genuine = any(
            hmac.compare_digest(signature, _signature(key, name, content)) for key in self._accepted
        )
        return replace(stored, content=content if genuine else b"", genuine=genuine)

    def put(self, name: str, content: bytes) -> None:
        """Write an object, over one that is there."""
        self._inner.put(name, self._signed(name, content))

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet; False, and nothing written, where it is."""
        return self._inner.create(name, self._signed(name, content))

    def delete(self, name: str) -> None:
        """Take an object away; nothing to do where it is not there."""
        self._inner.delete(name)

    def names(self, prefix: str) -> Sequence[str]:
        """List the names that begin so, sorted."""
        return self._inner.names(prefix)

    def _signed(self, name: str, content: bytes) -> bytes:
        return _signature(self._key, name, content) + _SEPARATOR + content


def _signature(key: bytes, name: str, content: bytes) -> bytes:
    return hmac.new(key, name.encode() + b"\0" + content, "sha256").hexdigest().encode()


def re_sign(store: SignedStore, prefix: str) -> int:
    """Sign with the present key what another accepted one has signed; returns how many are signed now.

    What is not genuine stays as it is.

    Args:
        store: Store in which both keys are accepted.
        prefix: Prefix with which the names begin.
    """
    names = []
    for name in store.names(prefix):
        stored = store.get(name)
        if stored is not None and stored.genuine:
            store.put(name, stored.content)
            names.append(name)
    return len(names)
