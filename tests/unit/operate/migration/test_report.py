"""What a migration tells, for people and for programs."""

import io
import json

from rich.console import Console

from operate.migration.progress import ProgressDisplay
from operate.migration.report import ImageStatus, LayerEnds, Outcome, Report

ENDS = (LayerEnds("a" * 64, 7, "sha256:1", "sha256:1", checksum=True),)
DONE = Outcome("app:v1", ImageStatus.MIGRATED, "", "a" * 64, "sha256:2", ENDS)
FAILED = Outcome("app:v2", ImageStatus.FAILED, "image bbb has no layer; push it again")


def test_a_failure_makes_the_report_fail() -> None:
    assert Report((DONE,), 7, 9, 2, 0, 1.0).ok
    assert not Report((DONE, FAILED), 7, 9, 2, 0, 1.0).ok


def test_people_read_a_line_an_image_and_the_sums() -> None:
    assert list(Report((DONE, FAILED), 7, 9, 2, 1, 1.5).lines()) == [
        "migrated: app:v1 sha256:2",
        "failed: app:v2 image bbb has no layer; push it again",
        "2 images: 1 migrated, 0 already present, 1 failed",
        "7 bytes of layers read, 9 bytes sent in 2 blobs, 1 mounted, in 1.5 s",
    ]


def test_programs_read_the_same() -> None:
    read = json.loads(json.dumps(Report((DONE, FAILED), 7, 9, 2, 1, 1.5).as_json()))
    assert (read["ok"], read["migrated"], read["present"], read["failed"]) == (False, 1, 0, 1)
    assert (read["read"], read["bytes_sent"], read["uploaded"], read["mounted"]) == (7, 9, 2, 1)
    assert read["images"][0]["layers"] == [
        {"image": "a" * 64, "size": 7, "legacy": "sha256:1", "modern": "sha256:1", "checksum": True}
    ]


def test_without_a_terminal_there_is_a_line_an_image() -> None:
    stream = io.StringIO()
    with ProgressDisplay(Console(file=stream, width=40)) as display:
        display.planned(2, 14)
        display.passed(7)
        display.image(DONE)
        display.image(FAILED)
    assert [line.split(" s  ")[1] for line in stream.getvalue().splitlines()] == [
        "1/2 migrated: app:v1",
        "2/2 failed: app:v2",
    ]


def test_on_a_terminal_there_is_a_bar() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with ProgressDisplay(console) as display:
        display.planned(2, 14)
        display.passed(7)
        display.image(DONE)
    printed = stream.getvalue()
    assert "7/14 bytes" in printed
    assert "1/2 images" in printed
