"""An adoption stands in the history, signed with the key of the state that it has made."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from operate.adopt import environment as opening
from operate.adopt.adoption import Adoption
from operate.adopt.environment import OpenAdoption
from operate.history.events import Event, read_events
from operate.lock.write_guard import CheckedLock
from operate.stack.facts import Facts
from operate.store.stack_store import server_store
from tests.process.operate.recover.local_servers import FOLDERS, LocalServers

AFTER = replace(FOLDERS, record_key="n" * 64)
ADOPTION = Adoption({"dal05-b": "8", "dal05-a": "7"}, ("VirtualGuest dal05-c",), "12 created")


class RememberedFacts:
    """What this machine remembers of a stack; stands for the file."""

    def __init__(self, facts: Facts | None) -> None:
        self._facts = facts

    def exists(self) -> bool:
        return False

    def read(self) -> Facts | None:
        return self._facts

    def write(self, _: object) -> None:
        self._facts = AFTER

    def delete(self) -> None:
        """It was never written."""


class AdoptedStack:
    """A stack whose `up` of the adoption has ended; stands for Pulumi."""

    def __init__(self, _: object, __: object, keep_outputs: Callable[[object], None]) -> None:
        self._keep_outputs = keep_outputs
        self.settings: dict[str, object] = {}

    @contextmanager
    def locked(self, lock: CheckedLock) -> Iterator[None]:
        lock.check()
        yield

    def facts(self) -> Facts:
        self._keep_outputs({})
        return AFTER

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.settings.update(settings)


@pytest.mark.parametrize("before", [FOLDERS, None])
def test_an_adoption_is_an_event_of_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Facts | None
) -> None:
    """It ended without a trace: `operate history` went from the last swap before the loss to the next one."""
    servers = LocalServers(tmp_path, fences={"dal05-a": 7})
    monkeypatch.setattr(opening, "PulumiStack", AdoptedStack)
    monkeypatch.setattr(opening, "facts_cache", lambda *_: RememberedFacts(before))
    monkeypatch.setattr(opening, "lost_facts_cache", lambda *_: RememberedFacts(None))
    monkeypatch.setattr(opening, "stack_link", lambda *_, **__: servers.link)
    opened = OpenAdoption("prod", None, lambda _: None)
    with opened.lock():
        adoption = opened.keep_records(ADOPTION)
    assert adoption.new_root is (before is not None), "where this machine remembers another key"
    (event,) = read_events(server_store(AFTER, servers.link, AFTER.store_door), 9)
    assert isinstance(event, Event)
    assert (event.kind, event.detail) == ("adoption", adoption.description)


def test_the_history_names_what_was_taken_over_ordered_and_done() -> None:
    assert ADOPTION.description == "took over dal05-a, dal05-b; ordered VirtualGuest dal05-c; 12 created"
    resumed = Adoption({}, (), "2 updated", new_root=True)
    assert resumed.description == "took over the rest; the root secret is new; 2 updated"
