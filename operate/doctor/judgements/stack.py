"""Judges a stack: its file, its state, locks, doors and colours; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from messages.count import format_count
from messages.stack_name import name_stack
from operate.doctor.finding import Finding, error, note, ok, warning
from operate.doctor.judgements.account import describe_unasked_account
from operate.doors.door_status import DoorStatus
from operate.record.record import Record
from operate.record.rotation_note import RotationNote
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.stack.local_environment import LOCAL
from operate.stack.traces import Traces


@dataclass(frozen=True)
class FileObservation:
    """A stack's file.

    Attributes:
        file: Place of the file.
        problems: Problems of the settings' reader, a line each.
        is_committed: Whether git has it as it is; None where the checkout is no git repository.
        unread: Settings that only Pulumi can read, so that just the names of settings were judged.
    """

    file: str
    problems: tuple[str, ...]
    is_committed: bool | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateObservation:
    """A stack's state in its backend.

    Attributes:
        backend: URL of the backend, without credentials.
        resources: Resources in the state.
        pending: Operations that were under way when an engine was killed, such as `creating dal05-a`.
        engine: Version of the engine that wrote it.
        own_engine: Version of the engine on this machine.
        has_outputs: Whether an `up` has ended.
        has_pending_creation: Whether a creation is among the operations, which Pulumi forgets by no `up`.
        has_pending_order_alone: Whether all of them are creations in the account, and none is on a server.
        stack_urn: URN of the stack's own resource; "" where the state has none.
        traces: Signs that the stack has had servers; searched where it has no outputs.
        adoption: Adoption that has not ended, as the stack file notes it; "" where none is.
        has_other_salt: Whether the stack file has another salt than the state.
    """

    backend: str
    resources: int
    pending: tuple[str, ...] = ()
    engine: str = ""
    own_engine: str = ""
    has_outputs: bool = True
    has_pending_creation: bool = False
    has_pending_order_alone: bool = False
    stack_urn: str = ""
    traces: Traces = field(default_factory=Traces)
    adoption: str = ""
    has_other_salt: bool = False


@dataclass(frozen=True)
class OutputsObservation:
    """Whether a stack's outputs can be read.

    Attributes:
        reason: Why they cannot; "" where they can.
        is_missing: Whether there is no such stack.
    """

    reason: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class PulumiLock:
    """A lock of Pulumi's own in a backend that is a folder.

    Attributes:
        holder: Operator, USER@HOST (pid NUMBER).
        is_dead: Whether its process was on this machine and has ended.
    """

    holder: str
    is_dead: bool


@dataclass(frozen=True)
class RecordsObservation:
    """Lock and records of `operate`.

    Attributes:
        lock: Holder of the lock, for people; "" where nobody holds it.
        under_way: The operation that is unfinished, for people; "" where none is.
        resume: Command that resumes it.
        notices: Faults of the records.
        milliseconds: Time that the store took for them.
        current: The operation that is unfinished, where it can be read.
    """

    lock: str = ""
    under_way: str = ""
    resume: str = ""
    notices: tuple[str, ...] = ()
    milliseconds: float = 0.0
    current: Record | None = None


@dataclass(frozen=True)
class DoorObservation:
    """A front door.

    Attributes:
        name: Server, DATACENTER-SERVER.
        status: Status of the front door; None where it cannot be reached.
        reason: Reason why it cannot.
        missing: Colours that the stack has and the door does not, `GENERATION COLOUR`.
        replacements: Commands that let something else serve, without `operate`; ENV stands for the stack.
    """

    name: str
    status: DoorStatus | None
    reason: str = ""
    missing: tuple[str, ...] = ()
    replacements: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColoursObservation:
    """What the stack's outputs have of colours.

    Attributes:
        releases: Releases by colour; "" where the colour does not exist.
        live: The colour that is live everywhere; None where doors differ or do not answer.
    """

    releases: Mapping[Colour, str] = field(default_factory=dict)
    live: Colour | None = None


def observe_door(facts: Facts, door: DoorFacts, answer: DoorStatus, *, is_moving: bool) -> DoorObservation:
    """Return what is known of a front door that answers.

    Args:
        facts: Facts of the stack.
        door: The door.
        answer: Status of the answer.
        is_moving: Whether the stack file notes a move, in which connections may end with their answers.
    """
    status = replace(answer, is_closing=answer.is_closing and not is_moving)
    return DoorObservation(door.name, status, missing=facts.missing_colours(door, answer.backends))


def judge_file(observed: FileObservation) -> Sequence[Finding]:
    """Judge the settings of the stack file."""
    findings = [error(problem, f"correct it in {observed.file}") for problem in observed.problems]
    if observed.unread:
        what = f"{', '.join(observed.unread)}: Pulumi alone can read it; only names of settings were judged"
        findings.append(note(what, "pulumi preview --stack ENV judges the rest"))
    return findings or (ok(f"{observed.file} has no mistake"),)


def judge_state(environment: str, observed: StateObservation) -> Sequence[Finding]:
    """Judge the state.

    Args:
        environment: Name of the stack.
        observed: The state.
    """
    findings = []
    if observed.adoption:
        what, _, remedy = observed.adoption.partition(": ")
        findings.append(error(what, remedy))
    if observed.has_other_salt:
        what = "the stack file has another `encryptionsalt` than the state: it may open none of its secrets"
        findings.append(warning(what, "docs/runbooks/lost-state.md, The stack file has lost its salt"))
    if observed.pending:
        what = f"a pulumi was killed while it was {', '.join(observed.pending)}"
        findings.append(warning(what, _remedy_of_pending(environment, observed)))
    if not observed.resources and observed.traces.reason:
        what = f"the stack is empty, and {observed.traces.reason}: its state is lost"
        findings.append(error(what, _adoption(environment)))
    elif not observed.resources and observed.traces.unknown:
        reason = describe_unasked_account(observed.traces.unknown)
        what = f"the stack is empty; whether it has had servers is not known: {reason}"
        remedy = f"pulumi up --stack {environment}, or, where it has had servers, {_adoption(environment)}"
        findings.append(note(what, remedy))
    elif not observed.resources:
        findings.append(note("the stack is empty", f"pulumi up --stack {environment}"))
    elif not (observed.has_outputs or observed.adoption):
        what = "the stack has resources and no output `operate`: no `pulumi up` has completed"
        remedy = _adoption(environment) if observed.traces.reason else f"pulumi up --stack {environment}"
        findings.append(warning(what, remedy))
    if _version(observed.engine) > _version(observed.own_engine) > ():
        what = f"pulumi {observed.engine} wrote the state, and {observed.own_engine} is on this machine"
        findings.append(warning(what, "install the newer pulumi; an older one may not read the state"))
    return findings or (ok(f"{format_count(observed.resources, 'resource')}, no operation was interrupted"),)


def judge_outputs(environment: str, observed: OutputsObservation) -> Sequence[Finding]:
    """Judge whether there is a stack whose outputs can be read.

    Args:
        environment: Name of the stack.
        observed: Outputs of the stack, as observed.
    """
    if observed.is_missing:
        return (error(observed.reason, f"pulumi stack init {environment}"),)
    if observed.reason:
        what = f"the stack's outputs cannot be read: {observed.reason}"
        return (error(what, f"pulumi stack output --stack {environment}"),)
    return (ok("the stack's outputs can be read"),)


def _adoption(environment: str) -> str:
    return f"operate adopt {environment}, which orders nothing again (docs/runbooks/lost-state.md)"


def _remedy_of_pending(environment: str, observed: StateObservation) -> str:
    """Return what completes interrupted operations, and then takes those out that no `up` takes out.

    For an engine, a command on a server that replaces another one is a creation; `operate recover` runs it
    again, with whatever else differs there, and then does what a `pulumi up` does. It knows the servers by
    the stack's outputs. An engine keeps an interrupted creation through every `up` and `refresh`
    (pkg/backend/journal.go, read in 3.259). To refresh the stack's own resource alone asks no provider and no
    server.
    """
    if observed.adoption:
        return _adoption(environment)
    if not observed.has_pending_creation:
        # A `pulumi up` forgets it, also where nothing differs from the state any more.
        return f"operate recover {environment}, which makes it again; docs/runbooks/lost-server.md"
    completes = (
        f"pulumi up --stack {environment}, which finds its orders by their tokens (docs/design/orders.md)"
    )
    if observed.has_outputs and not observed.has_pending_order_alone:
        completes = (
            f"operate recover {environment}, which does what `pulumi up` would do, and installs again what"
            " was cut short; docs/runbooks/lost-server.md"
        )
    elif observed.traces.reason and not observed.has_outputs:
        completes = _adoption(environment)
    target = f" --target {observed.stack_urn}" if observed.stack_urn else ""
    clear = f"pulumi refresh --stack {environment} --clear-pending-creates --yes --non-interactive{target}"
    reason = "since no `pulumi up` forgets an interrupted creation"
    return f"{completes}; once that has ended well, {clear}, {reason}"


def judge_backups(environment: str, state: StateObservation, file: FileObservation) -> Sequence[Finding]:
    """Judge whether the state and the stack file would survive this machine.

    Args:
        environment: Name of the stack.
        state: The state.
        file: The stack's file, which has the salt of the state's secrets.
    """
    findings = []
    if state.backend.startswith("file://"):
        what = f"the state lies on this machine alone, in {state.backend}"
        remedy = f"pulumi stack export --stack {environment} --file BACKUP, and keep it elsewhere"
        findings.append(note(what, remedy))
    # A stack of the local cloud goes with it; what `make up` writes to its file is not for others.
    is_local = environment.startswith(LOCAL)
    if file.is_committed is False and not is_local:
        what = f"git does not have {file.file} as it is; without it the state's secrets cannot be read"
        findings.append(note(what, f"git add {file.file} && git commit"))
    has_file = "" if is_local else ", and git has the stack file"
    return findings or (ok(f"the state is in {state.backend}{has_file}"),)


def judge_pulumi_locks(environment: str, observed: Sequence[PulumiLock]) -> Sequence[Finding]:
    """Judge Pulumi's own locks.

    Args:
        environment: Name of the stack.
        observed: Pulumi's locks that exist.
    """
    findings = []
    for lock in observed:
        if lock.is_dead:
            what = (
                f"Pulumi's lock is held by {lock.holder}, which is dead: `pulumi up` refuses until it is"
                " broken, and commands of operate break it themselves"
            )
            findings.append(error(what, f"pulumi cancel --stack {environment}"))
        else:
            findings.append(note(f"Pulumi's lock is held by {lock.holder}", "wait for it"))
    return findings or (ok("no pulumi is at work"),)


def judge_records(environment: str, observed: RecordsObservation) -> Sequence[Finding]:
    """Judge lock and records of `operate`.

    Args:
        environment: Name of the stack.
        observed: Lock and records in the stack's store.
    """
    findings = []
    if observed.under_way and not observed.lock:
        findings.append(warning(f"unfinished: {observed.under_way}", observed.resume))
    if observed.lock:
        findings.append(note(observed.lock, f"operate status {environment}; docs/runbooks/stuck-lock.md"))
    findings += [warning(notice, "docs/runbooks/changed-records.md") for notice in observed.notices]
    return findings or (ok(f"not locked, nothing is under way ({observed.milliseconds:.0f} ms)"),)


def judge_rotation(environment: str, rotation: RotationNote | None) -> Sequence[Finding]:
    """Judge whether a secret waits to be live, or its predecessor to be given up.

    Args:
        environment: Name of the stack.
        rotation: Rotation that the stack file notes.
    """
    if rotation is None:
        return (ok("no rotation is under way"),)
    return (warning(rotation.what, name_stack(rotation.remedy, environment)),)


def judge_doors(environment: str, observed: Sequence[DoorObservation]) -> Sequence[Finding]:
    """Judge the front doors, and whether they agree on the live colour.

    Args:
        environment: Name of the stack.
        observed: Front doors, all of them.
    """
    findings = []
    for door in observed:
        if door.status is None:
            what = f"{door.name}: its front door cannot be asked: {door.reason}"
            commands = [name_stack(f"operate {command}", environment) for command in door.replacements]
            ways_out = commands or [f"operate status {environment}"]
            findings.append(error(what, f"{', or '.join(ways_out)}; docs/runbooks/lost-front-door.md"))
        else:
            findings += _backends(environment, door.name, door.status)
            findings += _closing(environment, door.name, door.status)
            findings += [
                error(
                    f"{door.name}: its front door lacks {name}, which the stack has",
                    f"operate recover {environment}",
                )
                for name in door.missing
            ]
    answers = [door.status for door in observed if door.status is not None]
    live = {colour for status in answers for colour in status.live.values()}
    if len(live) > 1:
        by_door = ", ".join(
            f"{door.datacenter} {'/'.join(sorted(set(door.live.values())))}" for door in answers
        )
        what = f"front doors disagree on the live colour: {by_door}"
        findings.append(error(what, f"operate rollback {environment} --colour red, or --colour black"))
    names = ", ".join(door.name for door in observed)
    return findings or (ok(f"{names}: healthy, {'/'.join(sorted(live)) or 'no colour'} is live"),)


def _backends(environment: str, name: str, status: DoorStatus) -> list[Finding]:
    findings = []
    for (generation, colour), counters in sorted(status.backends.items()):
        if counters.up:
            continue
        is_live = status.live.get(generation) == colour
        what = f"{name}: the {'live' if is_live else 'idle'} colour {colour} ({generation}) is unhealthy"
        remedy = f"operate recover {environment}" if is_live else f"pulumi up --stack {environment}"
        findings.append(error(what, remedy) if is_live else warning(what, remedy))
    return findings


def _closing(environment: str, name: str, status: DoorStatus) -> list[Finding]:
    """Judge what a move leaves where its operator is killed."""
    if not status.is_closing:
        return []
    what = f"{name}: its front door ends each connection with its answer, as a killed move leaves it"
    return [warning(what, f"operate recover {environment}, which cuts nothing")]


def judge_colours(environment: str, observed: ColoursObservation) -> Sequence[Finding]:
    """Judge whether there is a live colour, and a way back from it.

    Args:
        environment: Name of the stack.
        observed: Colours and releases, as observed.
    """
    existing = {colour: release for colour, release in observed.releases.items() if release}
    releases = ", ".join(f"{colour} has release {release}" for colour, release in existing.items())
    if observed.live is not None and observed.live not in existing:
        what = f"{observed.live} is live at the front doors, and the stack has no such colour"
        return (error(what, f"operate status {environment}; docs/runbooks/rollback.md"),)
    if len(existing) == 1:
        return (ok(f"{releases}; there is no other release to roll back to"),)
    return (ok(releases),) if existing else (note("the stack has no colour"),)


def _version(text: str) -> tuple[int, ...]:
    numbers = text.removeprefix("v").partition("-")[0].split(".")
    return tuple(int(number) for number in numbers) if all(part.isdecimal() for part in numbers) else ()
