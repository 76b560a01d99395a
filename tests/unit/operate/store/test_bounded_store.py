"""A storage that accepts a question and is silent: how long a command that asks it waits, and why it ends."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from operate.stack.facts import SwiftFacts
from operate.store.bounded_questions import QUESTION_SECONDS, SlowAnswerError
from operate.store.bounded_store import BoundedStore, SlowStoreError, renew_questions
from operate.store.object_store import StoreError
from operate.store.storage_use import SwiftUse, bounded_use
from operate.store.swift_store import SwiftStore
from tests.unit.operate.store.dict_store import DictStore


@dataclass
class SlowStore(DictStore):
    """Each answer takes its time."""

    seconds: float = 0.0
    prefixes: list[str] = field(default_factory=list)

    def names(self, prefix: str) -> Sequence[str]:
        self.prefixes.append(prefix)
        time.sleep(self.seconds)
        return super().names(prefix)


@pytest.fixture
def silent_storage() -> Iterator[str]:
    """An address that accepts connections, reads what comes and answers nothing."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connections.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/auth/v1.0"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in connections:
        connection.close()


def test_a_silent_swift_is_given_up_on_once_for_all_questions(silent_storage: str) -> None:
    inner = SwiftStore(SwiftFacts(silent_storage, "account:user", "key", "docker"))
    store = BoundedStore(inner, f"the object storage at {silent_storage}", 0.5)
    started_at = time.monotonic()
    for _ in range(5):
        with pytest.raises(SlowStoreError) as raised:
            store.names("operate/lock/")
    assert time.monotonic() - started_at < 5, "five questions wait as long as one"
    message = str(raised.value)
    assert message.startswith(f"the object storage at {silent_storage} answers too slowly")
    assert "more than 0.5 s" in message
    assert "pulls and pushes wait as well" in message
    assert "`operate status ENV`" in message
    assert "the provider's status page" in message


def test_answers_that_take_too_long_together_are_given_up_on() -> None:
    store = BoundedStore(SlowStore({"a": b"1"}, seconds=0.2), "the storage", 0.5)
    assert store.names("a") == ["a"]
    store.names("a")
    with pytest.raises(SlowStoreError):
        store.names("a")


def test_a_command_that_runs_on_waits_again_for_each_question_to_it() -> None:
    """And what nobody waits for any more is not asked late."""
    inner = SlowStore({"a": b"1"}, seconds=1.0)
    store = BoundedStore(inner, "the storage", 0.3)
    with pytest.raises(SlowStoreError):
        store.names("a")
    renew_questions(store)
    with pytest.raises(SlowStoreError):
        store.names("unasked")
    time.sleep(0.8)
    inner.seconds = 0.0
    renew_questions(store)
    assert store.names("a") == ["a"]
    assert inner.prefixes == ["a", "a"]


def test_the_size_of_the_images_is_not_waited_for(silent_storage: str) -> None:
    use = bounded_use(SwiftUse(SwiftFacts(silent_storage, "account:user", "key", "docker")), 0.3)
    started_at = time.monotonic()
    with pytest.raises(SlowAnswerError):
        use()
    assert time.monotonic() - started_at < 5


def test_a_storage_that_works_notices_no_limit() -> None:
    store = BoundedStore(DictStore(), "the storage")
    assert store.create("a", b"1")
    store.put("b", b"2")
    stored = store.get("b")
    assert stored is not None
    assert (stored.content, store.names("")) == (b"2", ["a", "b"])
    store.delete("a")
    assert store.get("a") is None
    assert QUESTION_SECONDS <= 10


def test_a_refusal_stays_what_it_is() -> None:
    class RefusingStore(DictStore):
        def names(self, prefix: str) -> Sequence[str]:
            raise StoreError(f"{prefix}: refused")

    with pytest.raises(StoreError, match="operate/: refused") as raised:
        BoundedStore(RefusingStore(), "the storage").names("operate/")
    assert not isinstance(raised.value, SlowStoreError)
