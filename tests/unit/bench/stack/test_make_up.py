"""The bench of `make up` shows the steps that `dev.local` reports."""

import pytest

from bench.stack.make_up import parse_steps
from dev.local.progress import announced, measured
from messages.progress import report


def test_steps_are_those_that_the_local_environment_reports(capsys: pytest.CaptureFixture[str]) -> None:
    with measured("Pulumi engine"):
        report("downloaded: 3 archives")
    with announced("pulumi up"):
        pass
    report("verified: an image was pushed")
    assert parse_steps(capsys.readouterr().err) == ("Pulumi engine: 0.0 s", "pulumi up: 0.0 s")


def test_an_output_without_steps_is_no_measurement() -> None:
    with pytest.raises(SystemExit, match="a line for each step"):
        parse_steps("    1.0 s  nothing is left\n")
