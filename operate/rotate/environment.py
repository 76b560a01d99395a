"""A stack whose secrets are rotated, with all its real edges, under one lock."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from messages.count import format_count
from operate.clock import SystemClock
from operate.doors.front_doors import SshDoors
from operate.error import OperateError, RefusedError
from operate.history.events import event_now, noting_events
from operate.lock.lock import Lock
from operate.lock.write_guard import WriteGuard
from operate.record.observed_releases import ObservedReleases
from operate.record.options import SwapOptions
from operate.record.record import Record
from operate.recover.recovery_lock import recovery_lock
from operate.rotate.edits import PreviewError
from operate.rotate.secret_setting import SecretSettings
from operate.rotate.stack_operation import observe_operation
from operate.rotate.under_way import noted_rotation
from operate.servers.ssh import SshLink
from operate.servers.stack_link import stack_link
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.config.setting_keys import KEEP_RELEASE
from operate.stack.config.stack_file import read_text, write_text
from operate.stack.config.unfinished_adoption import require_no_adoption
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache
from operate.stack.placement import require_no_takeover
from operate.store.object_store import UnusableStoreError
from operate.store.signed_store import re_sign
from operate.store.stack_store import read_store_time, stack_store
from operate.swap.environment import OpenEnvironment, open_environment
from operate.swap.start import OperationRequest

_RECORDS = "operate/"
_ROLLBACK = ObservedReleases().rollback


@dataclass(frozen=True)
class RotationPlace:
    """Which stack, and how it is swapped.

    Attributes:
        name: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        command: Command, for an operator who meets the lock, and for the history.
        options: Options of the swaps.
        new_request: Returns the request of a swap from its release and its options.
    """

    name: str
    config_file: Path | None
    command: str
    options: SwapOptions
    new_request: Callable[[str, SwapOptions], OperationRequest] = field(repr=False)


class StackRotation:
    """The real environment of a rotation; see `operate.rotate.rotation.RotatedEnvironment`.

    Args:
        place: Stack, and how it is swapped.
        log: Receives a line for each step.
    """

    def __init__(self, place: RotationPlace, log: Callable[[str], None]) -> None:
        self._place, self._log = place, log
        location = StackPlace(place.name, place.config_file and place.config_file.resolve())
        cache = facts_cache(place.name, place.config_file)
        self._guard = WriteGuard()
        self._stack = PulumiStack(location, SystemClock(), cache.write, guard=self._guard)
        self._secrets, self._file = SecretSettings(location, self._guard), location.file
        self._current: Record | None = None
        self._releases = frozenset[str]()
        self._rollback = _ROLLBACK
        self._link_of_lock: SshLink | None = None
        self._lock: Lock | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock, as a swap does; what is written meanwhile checks that it still counts."""
        require_no_adoption(self._place.name, self._place.config_file)
        facts, command = self._facts(), self._place.command
        require_no_takeover(facts)
        with closing(self._link(facts)) as link:
            SshDoors(facts, link).status()  # one that does not answer stops a rotation before it begins
            with recovery_lock(facts, command, self._log, link) as lock, self._guard.hold(lock):
                if isinstance(lock, Lock):
                    self._lock = lock
                    self._log(f"lock ok: {lock.description}")
                self._link_of_lock = link
                try:
                    yield
                finally:
                    self._lock = self._link_of_lock = None
        self._log("unlock ok")

    def read_time(self) -> datetime | None:
        """Return the time by the clock of the stack's store; None where no operator can use it."""
        facts = self._facts()
        with closing(self._link(facts)) as link:
            try:
                return read_store_time(facts, link)
            except UnusableStoreError as error:
                self._log(f"the time of the store is not known: {error}")
                return None

    def setting(self, key: str) -> object:
        """Return a setting of the stack file."""
        return self._stack.setting(key)

    def check_settings(self, changes: Mapping[str, object]) -> None:
        """Refuse a stack file that has mistakes with some settings changed."""
        self._stack.check_settings(changes)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file."""
        self._stack.write_settings(settings)

    def note(self, detail: str) -> None:
        """Note in the history that a rotation has ended."""
        with noting_events([event_now("rotation", detail)], self._lock, self._log):
            pass

    def file_text(self) -> str:
        """Return the text of the stack file."""
        return read_text(self._file)

    def write_file(self, text: str, present: str) -> None:
        """Write the whole stack file, unless it was edited meanwhile."""
        self._guard.check()
        write_text(self._file, text, present)

    def write_secret(self, key: str, secret: str) -> None:
        """Write a secret setting to the stack file."""
        self._secrets.write(key, secret)

    def password(self) -> str:
        """Return the first user's password."""
        return self._facts().password

    def pending(self) -> str:
        """Return what a `pulumi up` would change; "" for nothing."""
        with _previewing():
            return self._stack.pending()

    def edits(self, own: Collection[str]) -> Sequence[str]:
        """Return the settings that were edited since the last `pulumi up`, without some."""
        return [name for name in self._stack.edited_settings() if name not in own]

    def changes(self, text: str, settings: Mapping[str, object]) -> str:
        """Return what a `pulumi up` with another stack file would change; "" for nothing.

        Raises:
            RefusedError: The live container would be replaced.
        """
        facts, release = self._facts(), self.live_release()
        (live,) = (colour for colour, built in facts.colours.items() if built and built.release == release)
        with _previewing():
            preview, builds = self._stack.preview_edits(text, settings, live)
        built = facts.colours[live]
        if built and (touched := sorted(preview.touched & built.containers)):
            raise RefusedError(
                f"it would change {', '.join(touched)}, which is live; see docs/design/swaps.md, What a"
                " release is"
            )
        return preview.describe() if builds else ""

    def under_way(self) -> Record | None:
        """Return what is under way; None where the store takes only a key that the account has no more."""
        place = self._place
        observed = observe_operation(place.name, place.command, place.config_file, self._log)
        self._current = observed.current if observed else None
        self._rollback = observed.rollback_command if observed else _ROLLBACK
        return self._current

    def rollback_command(self) -> str:
        """Return the rollback that was not refused when it was last asked what is under way."""
        return self._rollback

    def describe_abort(self) -> str:
        """Return what gives the rotation up after an interrupt; "" where the stack file notes none.

        It asks nobody: what is under way is known from what this process has read and written of it.
        """
        note = noted_rotation(self._place.name, self._place.config_file)
        observed = ObservedReleases(self._current, releases=self._releases, rollback=self._rollback)
        return note.observed(observed).abort if note else ""

    def undo_swap(self) -> str:
        """Roll back the swap under way."""
        request = self._place.new_request("", self._place.options)
        with self._open() as opened:
            record = opened.operations.rollback(request, opened.facts)
        return record if isinstance(record, str) else f"{record.title}: {record.result}"

    def releases(self) -> frozenset[str]:
        """Return the releases that the colours have."""
        return frozenset(colour.release for colour in self._facts().colours.values() if colour)

    def live_release(self) -> str:
        """Ask the front doors, which needs neither the lock nor the object storage.

        Raises:
            OperateError: The front doors disagree on the live colour.
        """
        facts = self._facts()
        link = self._link(facts)
        try:
            doors = SshDoors(facts, link).status()
        finally:
            link.close()
        colours = {colour for door in doors for colour in door.live.values()}
        live = facts.colours[colours.pop()] if len(colours) == 1 else None
        if live is None:
            raise OperateError(
                f"the front doors disagree on the live colour; see `operate status {self._place.name}`"
            )
        return live.release

    def up(self) -> str:
        """Run `pulumi up`."""
        self._guard.check()
        return self._stack.restore().changes

    def refresh_kept(self, release: str) -> str:
        """Ask the account and run `pulumi up` under Pulumi's own lock: the store's key is an old one."""
        self._stack.write_settings({KEEP_RELEASE: release})
        self._stack.refresh_own()
        changes = self._stack.restore().changes
        # What follows opens the object storage with what the outputs have now.
        self._facts()
        return changes

    def has_current_key(self, release: str) -> bool:
        """Compare the key that a release was made with to that of the account, as the outputs have both."""
        facts = self._facts()
        digest = facts.swift.key_digest if facts.swift else ""
        colours = (built for built in facts.colours.values() if built and built.release == release)
        return any(digest in built.storage_keys for built in colours)

    def storage_user(self) -> str:
        """Return the user of Swift as whom registries log in; "" without Swift."""
        swift = self._facts().swift
        return swift.username if swift else ""

    def swap(self, release: str) -> str:
        """Make a release live.

        Raises:
            RefusedError: The release did not go live; the message has the result and the reason.
        """
        request = self._request(release)
        with self._open() as opened:
            try:
                record = opened.operations.swap(request, opened.facts)
            finally:
                self._current = opened.operations.history.last_record or self._current
                self._rollback = _ROLLBACK
        if isinstance(record, Record) and record.result != "live":
            raise RefusedError(f"release {release} did not go live: {record.result}; {record.reason}")
        return record if isinstance(record, str) else f"release {release} is live, as {record.target}"

    def retire(self, *, gives_up: bool = False) -> str:
        """Take the idle colour away."""
        request = self._request("", gives_up=gives_up)
        self._rollback = ""  # also where it is interrupted: its colour may have lost its containers
        with self._open() as opened:
            record = opened.operations.retire(request, opened.facts)
        if isinstance(record, Record):
            self._releases = frozenset({record.source_release})
        return record if isinstance(record, str) else f"{record.target} is taken away"

    def sign_records(self, *, with_previous: bool = False) -> str:
        """Sign lock, records and history again; the lock continues with the key that signs them."""
        self._guard.check()
        facts = self._facts()
        # The lock needs the link for as long as it is held.
        link = self._link_of_lock or self._link(facts)
        store = stack_store(facts, link, with_previous=with_previous)
        number = re_sign(store, _RECORDS)
        if self._lock is not None:
            self._lock.renew(store=store)
        return f"{format_count(number, 'record')} signed again"

    def _request(self, release: str, *, gives_up: bool = False) -> OperationRequest:
        """Return a request that names the rotation, which would be refused beside itself otherwise."""
        note = noted_rotation(self._place.name, self._place.config_file)
        request = self._place.new_request(release, self._place.options)
        if note is None:
            return request
        if gives_up and note.progress is not None:
            return replace(request, rotation=f"rotate {note.progress.kind} ENV --abort")
        return replace(request, rotation=note.command)

    def _open(self) -> AbstractContextManager[OpenEnvironment]:
        name, command, file = self._place.name, self._place.command, self._place.config_file
        return open_environment(name, command, self._log, file, is_question=False, own_lock=self._lock)

    def _facts(self) -> Facts:
        return self._stack.facts()

    def _link(self, facts: Facts) -> SshLink:
        return stack_link(facts.ssh_user, self._place.name, self._place.config_file)


@contextmanager
def _previewing() -> Iterator[None]:
    try:
        yield
    except OperateError as error:
        raise PreviewError(str(error)) from error
