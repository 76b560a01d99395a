"""What a stack's colours, doors, lock and history are now: for the command line and the dashboard."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from messages.stack_name import name_stack
from operate.doors.door_status import remembered_fence
from operate.history.events import Event, latest_event
from operate.history.interrupted import name_commands, settle_interrupted
from operate.history.unknown_record import UnknownRecord
from operate.lock.holder import Holder
from operate.lock.lock import find_holder
from operate.lock.process import describe_lock, is_left
from operate.record.record import Record
from operate.record.rotation_note import RotationNote
from operate.stack.facts import Colour
from operate.status.live_setting import live_setting_warnings
from operate.status.warnings import warnings
from operate.store.object_store import ObjectStore
from operate.swap.observed_state import ObservedState


@dataclass(frozen=True)
class StackStatus:
    """Everything at one moment.

    Attributes:
        environment: The stack's name.
        observed: Doors, colours, what is under way.
        lock: Holder of the lock, the age of its heartbeat, and its token.
        warnings: Warnings of what becomes a failure if nothing is done.
        unknown_records: Why lock, records and history are not known; "" where they are.
        rotation: Rotation under way, as front doors and records have it; None where there is none.
        event: The last recovery, takeover, adoption or rotation without a swap; None where there was none.
    """

    environment: str
    observed: ObservedState
    lock: tuple[Holder, float, int] | None
    warnings: tuple[str, ...] = ()
    unknown_records: str = ""
    rotation: RotationNote | None = None
    event: Event | None = None

    @property
    def is_serving(self) -> bool:
        """Whether every front door finds its live colours healthy."""
        return not any(door.unhealthy_generations for door in self.observed.doors)

    def as_json(self) -> dict[str, object]:
        """As plain data, without secrets."""
        observed = self.observed
        return {
            "environment": self.environment,
            "live": observed.live.value if observed.live else None,
            "colours": {colour.value: self._colour(colour) for colour in Colour},
            "doors": [
                {
                    "datacenter": facts.datacenter,
                    "server": facts.server,
                    "address": facts.address,
                    "endpoint": facts.endpoint,
                    "live": {name: colour.value for name, colour in door.live.items()},
                    "fence": door.fence,
                    "traffic": {
                        f"{generation} {colour}": asdict(counters)
                        for (generation, colour), counters in door.backends.items()
                    },
                    "missing": list(observed.facts.missing_colours(facts, door.backends)),
                }
                for door, facts in zip(observed.doors, observed.facts.doors, strict=True)
            ],
            "takeovers": [
                {
                    "lost": takeover.lost.name,
                    "standby": takeover.standby.name,
                    "endpoint": takeover.standby.endpoint,
                    "permanent": name_stack("operate recover ENV", self.environment),
                }
                for takeover in observed.facts.takeovers
            ],
            "lock": self._lock(),
            "swap": self._swap(),
            "last": _entry(observed.last) if observed.last else None,
            "event": self.event.as_json() if self.event else None,
            "warnings": list(self.warnings),
            "skipped": [record.as_json() for record in observed.skipped],
        }

    @property
    def last_lines(self) -> tuple[str, ...]:
        """What was last done to the stack, the last one first: an entry of the history, and an event.

        Other events may lie between the two.
        """
        items, event = self._last_items, self.event
        earlier = f"last {event.kind}" if event and items[0] is not event else "last swap or move"
        return tuple(
            f"{word}: {describe_entry(item)}" for word, item in zip(("last", earlier), items, strict=False)
        )

    @property
    def last_description(self) -> str:
        """What was last done to the stack; "" where nothing was."""
        return next(map(describe_entry, self._last_items), "")

    @property
    def _last_items(self) -> list[Record | Event]:
        """The last entry of the history and the last event, the later one first."""
        items = [item for item in (self.observed.last, self.event) if item is not None]
        return sorted(items, key=lambda item: item.at, reverse=True)

    @property
    def lock_description(self) -> str:
        """Who holds the lock, or has left it behind, for people; "" where nobody does."""
        return describe_lock(self.lock[0], self.lock[1]) if self.lock else ""

    def servers(self, colour: Colour) -> dict[str, str]:
        """By datacenter, the server that carries a colour; none where the colour is not there."""
        facts = self.observed.facts
        colour_facts = facts.colours[colour]
        if colour_facts is None:
            return {}
        return {
            door.datacenter: colour_facts.servers.get(door.datacenter) or facts.host(door, colour).server
            for door in facts.doors
        }

    def _swap(self) -> dict[str, object] | None:
        if self.observed.unknown_current is not None:
            return self.observed.unknown_current.as_json()
        if self.observed.current is None:
            return None
        return _describe_under_way(self.observed.current, self.environment)

    def _colour(self, colour: Colour) -> dict[str, object] | None:
        facts = self.observed.facts.colours[colour]
        if facts is None:
            return None
        return {
            "release": facts.release,
            "fingerprint": facts.fingerprint,
            "live": colour is self.observed.live,
            "servers": self.servers(colour),
            "containers": sorted(facts.containers),
            "ports": dict(facts.ports),
        }

    def _lock(self) -> dict[str, object] | None:
        if self.lock is None:
            return None
        holder, age, token = self.lock
        return {
            "owner": holder.owner,
            "since": holder.since,
            "what": holder.what,
            "heartbeat": round(age, 1),
            "token": token,
            "left": is_left(holder),
            "description": self.lock_description,
        }


def status(
    environment: str,
    observed: ObservedState,
    store: ObjectStore,
    rotation: RotationNote | None = None,
    live_setting: str | None = None,
) -> StackStatus:
    """Ask who holds the lock, and put all together.

    Args:
        environment: The stack's name.
        observed: Front doors and records, as observed.
        store: Store of the lock.
        rotation: Rotation that the stack file notes.
        live_setting: Setting `live` of the stack file; None where there is no file.
    """
    rotation = _observed_rotation(observed, rotation)
    is_under_way = observed.current is not None or observed.unknown_current is not None
    live_warnings = live_setting_warnings(environment, live_setting, observed.live, is_under_way=is_under_way)
    all_warnings = (*live_warnings, *_all_warnings(environment, observed, rotation))
    holder = find_holder(store, remembered_fence(observed.doors))
    if observed.last is not None:
        settled = settle_interrupted(observed.last, holder, is_last=not is_under_way)
        last = name_commands(settled, environment)
        observed = replace(observed, last=last)
    event = latest_event(store)
    return StackStatus(environment, observed, holder, all_warnings, rotation=rotation, event=event)


def status_of_doors(
    environment: str, observed: ObservedState, rotation: RotationNote | None, reason: str
) -> StackStatus:
    """Return what is known where the store does not answer.

    Args:
        environment: The stack's name.
        observed: Front doors, as observed.
        rotation: Rotation that the stack file notes.
        reason: Why the store does not answer.
    """
    rotation = _observed_rotation(observed, rotation)
    all_warnings = _all_warnings(environment, observed, rotation)
    return StackStatus(environment, observed, None, all_warnings, name_stack(reason, environment), rotation)


def _observed_rotation(observed: ObservedState, rotation: RotationNote | None) -> RotationNote | None:
    """Return a rotation's note as front doors and records have it."""
    return rotation.observed(observed.releases) if rotation else None


def _all_warnings(
    environment: str, observed: ObservedState, rotation: RotationNote | None
) -> tuple[str, ...]:
    texts = (
        *([rotation.description] if rotation else []),
        *_missing_colours(observed),
        *_unhealthy_colours(observed),
        *observed.notices,
        *warnings(observed.facts, datetime.now(UTC)),
    )
    return tuple(name_stack(text, environment) for text in texts)


def _missing_colours(observed: ObservedState) -> Iterator[str]:
    """Yield a warning for each front door that lacks a colour of the stack."""
    for door, facts in zip(observed.doors, observed.facts.doors, strict=True):
        if missing := observed.facts.missing_colours(facts, door.backends):
            yield (
                f"{facts.name}: its front door lacks {', '.join(missing)}, which the stack has: a `pulumi up`"
                " was cut short there, or somebody edited it; `operate recover ENV` installs it again"
            )


def _unhealthy_colours(observed: ObservedState) -> Iterator[str]:
    """Yield a warning for each front door whose live colour does not answer."""
    rollback = observed.rollback_command
    remedy = f", and `operate {rollback}` makes the previous colour live where it is healthy"
    for door, facts in zip(observed.doors, observed.facts.doors, strict=True):
        for generation in door.unhealthy_generations:
            yield (
                f"{facts.name}: its live colour {door.live[generation]} ({generation}) is unhealthy, so that"
                f" clients get 503; `operate doctor ENV` shows what is wrong{remedy if rollback else ''}"
            )


def describe_entry(record: Record | UnknownRecord | Event) -> str:
    """An entry of the history for people."""
    if isinstance(record, UnknownRecord | Event):
        return record.description
    why = f"; why: {record.why}" if record.why else ""
    return f"{record.at} {record.who} {record.title}: {record.outcome}{_reason(record)}{why}"


def numbered_lines(entries: Sequence[Record | UnknownRecord | Event]) -> list[str]:
    """Return a line for each entry, which begins with the number that `operate history --report` takes.

    Args:
        entries: Entries in the order in which they are shown; an event has no number.
    """
    identities = ["" if isinstance(entry, Event) else entry.id for entry in entries]
    numbers = [identity.lstrip("0") if identity.isdecimal() else "" for identity in identities]
    width = max(map(len, numbers), default=0)
    return [
        f"{number:>{width}}  {describe_entry(entry)}" for number, entry in zip(numbers, entries, strict=True)
    ]


def _reason(record: Record) -> str:
    return f"; {record.reason}" if record.reason and record.reason != record.why else ""


def _describe_under_way(record: Record, environment: str) -> dict[str, object]:
    following = record.next_step
    return _entry(record) | {
        "next": following.value if following else "record",
        "resume": name_stack(f"operate {record.command}", environment),
        "undo": name_stack(f"operate {record.undo_command}", environment) if record.undo_command else None,
        "direction": record.state.direction.value,
    }


def _entry(record: Record) -> dict[str, object]:
    return {
        "id": record.id,
        "kind": record.kind,
        "who": record.who,
        "at": record.at,
        "why": record.why,
        "from": record.source.value,
        "to": record.target.value,
        "release": record.release,
        "result": record.result,
        "reason": record.reason,
        "steps": [asdict(step) for step in record.steps],
    }
