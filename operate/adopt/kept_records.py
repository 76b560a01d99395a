"""The records of a stack whose root secret is lost, where this machine remembers the key that signed them.

Lock, record of what is under way and history are signed with a key that is derived from the root secret. A
new root secret makes another key, for which all of them are somebody else's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from operate.error import OperateError
from operate.lock.holder import TTL
from operate.lock.lock import HeldError, acquire
from operate.lock.process import this_process
from operate.recover.recovery_lock import query_fence
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
        signed: number of objects that have the new signature.
        foreign: number of objects that no known key has signed.
    """

    signed: int
    foreign: int

    @property
    def description(self) -> str:
        """The outcome for people; "" where there was nothing to sign."""
        signed = f"{self.signed} signed with the key of the new root secret"
        foreign = (
            f"{self.foreign} signed with a key that this machine does not remember: `operate history ENV`"
            " shows them as somebody else's, and `operate rollback ENV --colour COLOUR` ends a swap that was"
            " under way"
        )
        return "; ".join(text for text, count in ((signed, self.signed), (foreign, self.foreign)) if count)


def sign_records(store: ObjectStore, previous_store: ObjectStore | None) -> SignedRecords:
    """Sign what the lost key has signed; what it has not stays somebody else's. Harmless to repeat.

    Args:
        store: with the present key.
        previous_store: the same store with the lost key; None where that is not remembered.
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
        facts: of the stack as it is.
        lost_key: signed the records before; "" where that is not remembered.
        link: leads to the servers.
    """
    previous_store = stack_store(replace(facts, record_key=lost_key), link) if lost_key else None
    return sign_records(stack_store(facts, link), previous_store)


@contextmanager
def hold_lock(facts: Facts | None, link: SshLink | None, log: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of the lost state, where this machine remembers how.

    Args:
        facts: what this machine remembers of the stack; None where that is nothing.
        link: leads to the servers; None where it remembers nothing.
        log: is given a line where there is no lock.

    Raises:
        HeldError: another operator is at work.
    """
    if facts is None or link is None:
        log(f"no lock: this machine remembers nothing of the lost state; {_NO_OTHER_OPERATOR}")
        yield
        return
    try:
        floor = query_fence(facts, link)
        lock = acquire(stack_store(facts, link), this_process("adopt", TTL), floor=floor)
    except HeldError:
        raise
    except OperateError as error:
        log(
            f"no lock: what this machine remembers of the lost state is out of date ({error});"
            f" {_NO_OTHER_OPERATOR}"
        )
        yield
        return
    with lock:
        yield
