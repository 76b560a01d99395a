"""What an interrupted rotation offers: nothing before the stack file notes it, then what would succeed."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from typer.testing import CliRunner

from operate.cli.command_line import app
from operate.record.record import Record
from operate.record.rotation_plan import RotationProgress, RotationStep
from operate.record.swap_plan import FORWARD, SwapState
from operate.rotate import environment
from operate.swap.start import OperationRequest
from tests.unit.operate.rotate.simulated_rotations import STARTED, swap_record

ABORT = "`operate rotate http-secret prod --abort` gives it up"
STAGED = RotationProgress("http-secret", "1-s1", 2, (RotationStep.STAGE,))


class InterruptedOperations:
    """Stands for the operations of a stack: a swap writes a record and is interrupted."""

    def __init__(self, record: Record | None) -> None:
        self.history = SimpleNamespace(last_record=record)
        self.requests: list[OperationRequest] = []

    def swap(self, request: OperationRequest, _: object) -> Record:
        self.requests.append(request)
        raise KeyboardInterrupt


def interrupt(
    folder: Path, monkeypatch: pytest.MonkeyPatch, progress: RotationProgress | None, record: Record | None
) -> tuple[str, list[OperationRequest]]:
    """Rotate with a stack file until the swap is interrupted; returns the last line and the requests."""
    file = folder / "Pulumi.prod.yaml"
    settings = {"softlayer-registry:rotation": progress.as_json()} if progress else {}
    file.write_text(yaml.safe_dump({"config": settings}))
    operations = InterruptedOperations(record)

    @contextmanager
    def opened(*_: object, is_question: bool, own_lock: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(operations=operations, facts=None)

    def read(_: environment.StackRotation, key: str) -> object:
        if progress is None:
            raise KeyboardInterrupt
        return progress.as_json() if key == "rotation" else None

    monkeypatch.setattr(environment, "open_environment", opened)
    monkeypatch.setattr(environment.StackRotation, "locked", nullcontext)
    monkeypatch.setattr(environment, "observe_operation", lambda *_: None)
    monkeypatch.setattr(environment.StackRotation, "setting", read)
    monkeypatch.setattr(environment.StackRotation, "check_settings", lambda *_: None)
    done = CliRunner().invoke(app, ["rotate", "http-secret", "prod", "--config-file", str(file)])
    assert done.exit_code == 130, done.output
    return done.stderr.splitlines()[-1], operations.requests


def test_nothing_is_given_up_before_the_stack_file_notes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, _ = interrupt(tmp_path, monkeypatch, None, None)
    assert line == "operate: interrupted; the same command resumes from here"


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        (None, ABORT),
        (STARTED, ABORT),
        (SwapState(started=frozenset(FORWARD)), f"`operate rollback prod`, then {ABORT}"),
    ],
)
def test_the_way_back_is_that_of_the_swap_s_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: SwapState | None, hint: str
) -> None:
    record = swap_record("1-s1", "1", "red", state) if state else None
    line, (request,) = interrupt(tmp_path, monkeypatch, STAGED, record)
    assert line == f"operate: interrupted in `swap`; the same command resumes from here, {hint}"
    assert request.rotation == "rotate http-secret ENV"
