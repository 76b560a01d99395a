"""The records of a stack whose root secret is lost, where this machine remembers the key that signed them.

Lock, record of what is under way and history are signed with a key that is derived from the root secret. A
new root secret makes another key, for which all of them are somebody else's.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

from operate.lock.lock import Lock
from operate.lock.write_guard import UnavailableLock
from operate.recover.recovery_lock import query_fence, recovery_lock
from operate.servers.ssh import SshLink
from operate.stack.facts import Facts
from operate.store.object_store import ObjectStore
from operate.store.stack_store import stack_store

_PREFIX = "operate/"
_NO_OTHER_OPERATOR = "make sure that nobody else operates this stack"


@dataclass(frozen=True)
class SignedRecords:
    """What came of signing records again.

    Attributes:
        signed: Number of objects that have the new signature.
        foreign: Number of objects that no known key has signed.
    """

    signed: int
    foreign: int

    @property
    def description(self) -> str:
        """The outcome for people; "" where there was nothing to sign."""
        signed = f"{self.signed} signed with the key of the new root secret"
        foreign = (
            f"{self.foreign} not signed with a key that this machine knows, by an earlier key or by somebody"
            " else: `operate history ENV` shows them as somebody else's, `operate rollback ENV --colour"
            " COLOUR` ends a swap that was under way, and docs/runbooks/changed-records.md says what to do"
            " about the rest"
        )
        return "; ".join(text for text, count in ((signed, self.signed), (foreign, self.foreign)) if count)


def sign_records(store: ObjectStore, previous_store: ObjectStore | None) -> SignedRecords:
    """Sign what the lost key has signed; what it has not stays somebody else's. Harmless to repeat.

    Args:
        store: Store with the present key.
        previous_store: The same store with the lost key; None where that is not remembered.
    """
    signed = foreign = 0
    for name in store.names(_PREFIX):
        present = store.get(name)
        if present is None or present.genuine:
            continue
        previous = previous_store.get(name) if previous_store else None
        if previous is not None and previous.genuine:
            store.put(name, previous.content)
            signed += 1
        else:
            foreign += 1
    return SignedRecords(signed, foreign)


def sign_stack_records(facts: Facts, lost_key: str, link: SshLink) -> SignedRecords:
    """Sign the records of a stack that has a new root secret.

    Args:
        facts: Facts of the stack as it is.
        lost_key: Signed the records before; "" where that is not remembered.
        link: Link that leads to the servers.
    """
    previous_store = stack_store(replace(facts, record_key=lost_key), link) if lost_key else None
    return sign_records(stack_store(facts, link), previous_store)


@contextmanager
def hold_lock(
    facts: Facts | None, link: SshLink | None, log: Callable[[str], None]
) -> Iterator[Lock | UnavailableLock]:
    """Hold the lock of the lost state, where this machine remembers how.

    Args:
        facts: Facts of the stack that this machine remembers; None where it has none.
        link: Link that leads to the servers; None where it remembers nothing.
        log: Receives a line where there is no lock.

    Raises:
        HeldError: Another operator is at work.
        StoreError: Nobody knows who is at work: the store does not answer, or too much of it is foreign.
    """
    if facts is None or link is None:
        log(f"no lock: this machine remembers nothing of the lost state; {_NO_OTHER_OPERATOR}")
        yield UnavailableLock()
        return
    with recovery_lock(facts, "adopt", log, link) as lock:
        yield lock


def continue_lock(
    lock: Lock | UnavailableLock, facts: Facts, link: SshLink, log: Callable[[str], None]
) -> AbstractContextManager[Lock | UnavailableLock]:
    """Continue with a lock that is signed with the present key, under which records are signed again.

    Nobody else takes it in between: another operator with the present key would take the same number.

    Args:
        lock: Lock of the lost state, held until now.
        facts: Facts of the stack as it is.
        link: Link that leads to the servers, until the lock has ended.
        log: Receives a line where there is no lock.

    Returns:
        The lock that is held from now on, which ends with the context where it is another one.

    Raises:
        HeldError: Another operator is at work.
        LostLockError: Another operator has taken the lock over.
    """
    if isinstance(lock, Lock):
        lock.renew(query_fence(facts, link) or 0, stack_store(facts, link))
        return nullcontext(lock)
    return recovery_lock(facts, "adopt", log, link)
