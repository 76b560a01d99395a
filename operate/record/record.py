"""A swap's or a move's record: its request and its progress; at the end an entry of the history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from operate.doors.counters import Counters
from operate.error import OperateError
from operate.record.baseline import Baseline
from operate.record.door_move import DoorMove
from operate.record.move_plan import next_step as next_move_step
from operate.record.options import Limits, SwapOptions
from operate.record.reference_read import ReferenceRead
from operate.record.swap_plan import Direction, Step, SwapState, next_step
from operate.stack.facts import Colour

FORMAT = 1
"""Version of a record's object; it grows when an older version of operate cannot read it or misreads it.

In every format `format`, `id`, `kind`, `who`, `at`, `token` and `source` mean what they mean here."""

UNDER_WAY = "under way"
"""Result of what has not ended."""

MOVED = "moved"
"""Result of a move that has brought the registry to its target."""


@dataclass(frozen=True)
class StepResult:
    """Result of a step.

    Attributes:
        name: Name of the step.
        at: Time at which it started, UTC.
        seconds: Seconds that it took.
        outcome: "ok", "bad" or "stopped".
        detail: Result of the step, for people.
    """

    name: str
    at: str
    seconds: float
    outcome: str
    detail: str


@dataclass(frozen=True)
class Sample:
    """Both colours at a moment, in seconds since the epoch; for the report."""

    at: float
    red: Counters
    black: Counters


@dataclass(frozen=True)
class Record:
    """A swap, a rollback, a retirement, or a move of the registry to another server.

    Attributes:
        id: Number of the record in the history, six digits.
        kind: Kind: swap, rollback, retire or move.
        who: Operator, USER@HOST.
        why: Reason as given.
        at: Time at which it started, UTC.
        source: The colour that was live.
        target: The other one; of a move the same.
        source_release: Release of the source colour.
        release: Release that the target colour has, or gets.
        settings: Settings that the release overrides, given with the swap.
        options: Options of the operation.
        state: Progress of the operation.
        source_counters: The source's counters when it started.
        reference_reads: Reads that are repeated while the target is watched.
        probe_ms: Milliseconds that these reads took of the source, each time before the switch.
        baseline: Figures of the source before the switch.
        target_counters: The target's counters before the switch.
        reason: Why it was rolled back.
        steps: Steps in their order.
        samples: Samples: one before most steps from the build on, many since the switch.
        storage: Fingerprint of the storage when it was settled.
        fingerprint: Fingerprint of all that the live containers are made from, when it was settled.
        replaces: Whether the build replaces the target's containers although they are of that release.
        result: "under way", "live", "rolled back", "refused", "given up", "retired", "moved", "moved back";
            "interrupted" is how an entry is shown whose operator was killed.
        token: Token of the lock of the operator who wrote it last.
        door_move: Front doors of a move, from which to which; None otherwise.
        rotation: Command of the rotation whose swap or retirement this is, without `operate`; "" otherwise.
    """

    id: str
    kind: str
    who: str
    why: str
    at: str
    source: Colour
    target: Colour
    source_release: str
    release: str
    settings: Mapping[str, str] = field(default_factory=dict)
    options: SwapOptions = field(default_factory=SwapOptions)
    state: SwapState = field(default_factory=SwapState)
    source_counters: Counters | None = None
    reference_reads: tuple[ReferenceRead, ...] = ()
    probe_ms: tuple[float, ...] = ()
    baseline: Baseline | None = None
    target_counters: Counters | None = None
    reason: str = ""
    steps: tuple[StepResult, ...] = ()
    samples: tuple[Sample, ...] = ()
    storage: str = ""
    fingerprint: str = ""
    replaces: bool = False
    result: str = UNDER_WAY
    token: int = 0
    door_move: DoorMove | None = None
    rotation: str = ""

    @property
    def outcome(self) -> str:
        """How it ended, for people, behind its title."""
        if self.kind == "rollback" and self.result == "rolled back":
            return f"release {self.source_release} is live again"
        return "waits for clients" if self.awaits_clients else self.result

    @property
    def title(self) -> str:
        """What is done, for people, wherever it is shown.

        Examples: `swap to release 2 (black)`, `rollback to release 1 (red)`, `retire of black, release 2`,
        `move from dal05-a to dal05-b`.
        """
        if self.door_move is not None:
            return f"move from {self.door_move.source} to {self.door_move.target}"
        if self.kind == "retire":
            return f"retire of {self.target}, release {self.release}"
        if self.kind == "rollback":
            return f"rollback to release {self.source_release} ({self.source})"
        return f"swap to release {self.release} ({self.target})"

    @property
    def ends(self) -> tuple[str, str]:
        """From where to where, for people."""
        if self.door_move is not None:
            return self.door_move.source, self.door_move.target
        return (
            f"{self.source} (release {self.source_release or 'none'})",
            f"{self.target} (release {self.release})",
        )

    @property
    def command(self) -> str:
        """Command that resumes it, or its undoing, without `operate`; ENV stands for the stack."""
        if self.is_undone:
            return self._back_command
        if self.door_move is not None:
            return f"move ENV --to {self.door_move.target}{' --retire' if self.awaits_clients else ''}"
        if self.kind == "retire":
            return self.rotation or "retire ENV"
        return self.rotation or f"swap ENV --to {self.release}"

    @property
    def undo_command(self) -> str:
        """The command that undoes it, without `operate`; ENV stands for the stack. "" where none does."""
        return "" if self.kind == "retire" or self.is_undone or self.is_past_undoing else self._back_command

    @property
    def is_undone(self) -> bool:
        """Whether it is being undone already; a rollback is from its start."""
        return self.state.direction is Direction.BACK

    @property
    def is_past_undoing(self) -> bool:
        """Whether it is a move that has begun to take the previous front door out."""
        return self.door_move is not None and not self.is_undone and Step.RETIRE in self.state.started

    @property
    def awaits_clients(self) -> bool:
        """Whether it is a move that has a new address, which its operator gives to clients first."""
        return (
            self.door_move is not None
            and self.door_move.new_address
            and not self.is_undone
            and Step.SWITCH in self.state.done
            and not self.is_past_undoing
        )

    @property
    def remedy(self) -> str:
        """What finishes it and what undoes it, for people; ENV stands for the stack."""
        if self.door_move is not None and self.awaits_clients:
            return (
                f"both front doors serve. Once all clients use the new one, `operate {self.command}` takes"
                f" that of {self.door_move.source} out; `operate {self.undo_command}` takes that of"
                f" {self.door_move.target} out instead"
            )
        resume = f"`operate {self.command}` resumes it"
        if self.door_move is not None and self.is_past_undoing:
            source = self.door_move.source
            return (
                f"{resume}, and nothing undoes it: the front door of {source} is being taken out. Once the"
                f" move has ended, `operate {self.door_move.return_command}` moves the registry back"
            )
        if self.is_undone and self.kind != "rollback":
            return f"`operate {self.command}` finishes undoing it"
        return f"{resume}, `operate {self.undo_command}` undoes it" if self.undo_command else resume

    @property
    def _back_command(self) -> str:
        return "move ENV --back" if self.door_move is not None else "rollback ENV"

    def is_swap_to(self, release: str) -> bool:
        """Return whether it is a swap to a release."""
        return self.kind == "swap" and self.release == release

    @property
    def next_step(self) -> Step | None:
        """The next step; None after the last one."""
        return next_move_step(self.state) if self.door_move is not None else next_step(self.state)

    @property
    def live(self) -> Colour:
        """The colour that is to be live when all is done."""
        return self.target if self.state.direction is Direction.FORWARD else self.source

    @property
    def live_release(self) -> str:
        """Its release."""
        return self.release if self.state.direction is Direction.FORWARD else self.source_release

    def with_state(self, state: SwapState, step: StepResult | None = None) -> "Record":
        """The same, further."""
        return replace(self, state=state, steps=(*self.steps, step) if step else self.steps)

    def as_json(self) -> dict[str, object]:
        """As plain data, for programs."""
        plain: dict[str, object] = json.loads(self.to_json())
        del plain["format"]
        return plain

    def to_json(self) -> bytes:
        """The object's content."""
        state = {
            "direction": self.state.direction.value,
            "started": sorted(self.state.started),
            "done": sorted(self.state.done),
        }
        # A record of a long bake has thousands of counters, which asdict would copy one by one at each step.
        return json.dumps({"format": FORMAT} | vars(self) | {"state": state}, default=vars).encode()


def parse_record(content: bytes) -> Record:
    """Read a record's object.

    Raises:
        OperateError: The object is no record.
    """
    try:
        return _record(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise OperateError(
            f"not readable by this version of operate ({type(error).__name__}: {error}); see"
            " docs/runbooks/swap.md"
        ) from None


def _record(fields: dict[str, object]) -> Record:
    if fields["format"] != FORMAT:
        raise ValueError(f"format must be {FORMAT}, got {fields['format']}")
    options, state = _section(fields, "options"), _section(fields, "state")
    baseline, target_counters, source_counters = (
        fields["baseline"],
        fields["target_counters"],
        fields["source_counters"],
    )
    move = fields.get("door_move")
    return Record(
        **{name: str(fields[name]) for name in _TEXTS},
        source=Colour(str(fields["source"])),
        target=Colour(str(fields["target"])),
        settings={key: str(value) for key, value in _section(fields, "settings").items()},
        options=_options(options),
        token=int(str(fields.get("token", 0))),
        rotation=str(fields.get("rotation", "")),
        replaces=fields["replaces"] is True,
        state=SwapState(
            Direction(str(state["direction"])),
            frozenset(Step(str(step)) for step in _list(state, "started")),
            frozenset(Step(str(step)) for step in _list(state, "done")),
        ),
        door_move=_door_move(move) if isinstance(move, dict) else None,
        source_counters=_counters(source_counters) if isinstance(source_counters, dict) else None,
        reference_reads=tuple(
            _reference_read(read) for read in _list(fields, "reference_reads") if isinstance(read, dict)
        ),
        probe_ms=tuple(float(str(milliseconds)) for milliseconds in _list(fields, "probe_ms")),
        baseline=Baseline(**_numbers(baseline)) if isinstance(baseline, dict) else None,
        target_counters=_counters(target_counters) if isinstance(target_counters, dict) else None,
        steps=tuple(_step(step) for step in _list(fields, "steps") if isinstance(step, dict)),
        samples=tuple(_sample(sample) for sample in _list(fields, "samples") if isinstance(sample, dict)),
    )


_TEXTS = (
    "id",
    "kind",
    "who",
    "why",
    "at",
    "source_release",
    "release",
    "reason",
    "storage",
    "fingerprint",
    "result",
)


def _options(fields: Mapping[str, object]) -> SwapOptions:
    numbers = {
        name: value for name, value in fields.items() if name not in ("limits", "data_copied", "reads")
    }
    limits = _numbers(_section(fields, "limits"))
    whole = {name: int(limits.pop(name)) for name in ("errors", "strikes")}
    return SwapOptions(
        **_numbers(numbers),
        reads=int(str(fields["reads"])),
        data_copied=fields["data_copied"] is True,
        limits=Limits(errors=whole["errors"], strikes=whole["strikes"], **limits),
    )


def _counters(fields: Mapping[str, object]) -> Counters:
    numbers = _numbers({name: value for name, value in fields.items() if name != "up"})
    return Counters(
        requests=int(numbers["requests"]),
        failed=int(numbers["failed"]),
        bytes_moved=int(numbers["bytes_moved"]),
        sessions=int(numbers["sessions"]),
        response_ms=numbers["response_ms"],
        up=fields["up"] is True,
    )


def _door_move(fields: Mapping[str, object]) -> DoorMove:
    flags = (fields["builds"] is True, fields["new_address"] is True)
    return DoorMove(str(fields["source"]), str(fields["target"]), *flags)


def _step(fields: Mapping[str, object]) -> StepResult:
    words = [str(fields[key]) for key in ("name", "at", "outcome", "detail")]
    return StepResult(words[0], words[1], float(str(fields["seconds"])), words[2], words[3])


def _reference_read(fields: Mapping[str, object]) -> ReferenceRead:
    return ReferenceRead(
        **{name: str(fields[name]) for name in ("generation", "path", "digest", "datacenter")}
    )


def _sample(fields: Mapping[str, object]) -> Sample:
    return Sample(
        float(str(fields["at"])), _counters(_section(fields, "red")), _counters(_section(fields, "black"))
    )


def _section(fields: Mapping[str, object], key: str) -> dict[str, object]:
    value = fields[key]
    if not isinstance(value, dict):
        raise TypeError(key)
    return value


def _list(fields: Mapping[str, object], key: str) -> list[object]:
    value = fields[key]
    if not isinstance(value, list):
        raise TypeError(key)
    return value


def _numbers(fields: Mapping[str, object]) -> dict[str, float]:
    return {name: float(str(value)) for name, value in fields.items()}
