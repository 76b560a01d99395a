"""Who holds a lock, by its object, and whether that one still counts; pure."""

import json
from dataclasses import asdict, dataclass, replace

TTL = 60.0
"""Seconds; a dead operator's lock is free after that, at once on the same machine (choice)."""


@dataclass(frozen=True)
class Holder:
    """An operator at work.

    Attributes:
        nonce: Random text that distinguishes this holder from any other.
        owner: Operator, USER@HOST, for people.
        place: Names the machine since its last start, and the process numbers' namespace in it.
        pid: Id of the process.
        started: Start of that process, in clock ticks since the machine's start; a process id may come again.
        what: The command.
        since: Time at which it took the lock, UTC, for people; nothing is decided by it.
        ttl: Seconds after the last heartbeat at which the lock is free.
        released: Whether it was given back.
    """

    nonce: str
    owner: str
    place: str
    pid: int
    started: int
    what: str
    since: str
    ttl: float
    released: bool = False

    def as_released(self) -> "Holder":
        """The same, at its end."""
        return replace(self, released=True)

    def to_json(self) -> bytes:
        """The object's content."""
        return json.dumps(asdict(self), sort_keys=True).encode()


UNKNOWN_HOLDER = Holder(
    nonce="",
    owner="an unknown version of operate",
    place="",
    pid=0,
    started=0,
    what="an unknown command",
    since="an unknown time",
    ttl=TTL,
)


def parse_holder(content: bytes) -> Holder:
    """Read a lock's object.

    One that this version of operate cannot read is a holder of which nothing is known: it keeps the lock for
    the usual time to live after it was last written, and belongs to no process of this machine.
    """
    try:
        fields: object = json.loads(content)
    except (ValueError, RecursionError):
        fields = None
    match fields:
        case {
            "nonce": str(nonce),
            "owner": str(owner),
            "place": str(place),
            "pid": int(pid),
            "started": int(started),
            "what": str(what),
            "since": str(since),
            "ttl": float(ttl) | int(ttl),
            "released": bool(released),
        }:
            return Holder(nonce, owner, place, pid, started, what, since, ttl, released)
    return UNKNOWN_HOLDER


def is_free(holder: Holder, age: float, me: Holder, *, alive: bool) -> bool:
    """Whether a lock may be taken from its last holder.

    Args:
        holder: Read from the object.
        age: Seconds since its last heartbeat, by the store's clock.
        me: Process that requests the lock.
        alive: Whether a process with the holder's number and start exists on this machine.
    """
    here = holder.place == me.place
    return holder.released or age > holder.ttl or (here and not alive)


def describe_left_lock(holder: Holder) -> str:
    """Describe a lock to an operator who need not wait, since its holder, of this machine, has ended."""
    return (
        f"lock left by {holder.owner} (pid {holder.pid}), which took it at {holder.since} for"
        f" {holder.what!r}: that process of this machine no longer runs, so that the next command on this"
        " machine takes the lock over at once"
    )


def describe_holder(holder: Holder, age: float, *, runs_here: bool) -> str:
    """Describe the holder to an operator who must wait.

    Args:
        holder: Process that holds the lock.
        age: Seconds since its last heartbeat, by the store's clock.
        runs_here: Whether that process runs on this machine.
    """
    advice = (
        "that process runs on this machine: wait for its end"
        if runs_here
        else f"wait for it, or, if that process is dead, try again in {max(0.0, holder.ttl - age) + 1:.0f} s"
    )
    return (
        f"locked by {holder.owner} (pid {holder.pid}) since {holder.since} for {holder.what!r}, heartbeat"
        f" {age:.0f} s ago; {advice}"
    )
