"""The live release, of which the stack file has other overrides than it was made with."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from operate.doctor.finding import NotCheckedError, NothingToCheckError, Severity
from operate.doctor.judgements.live_release import LiveReleaseObservation, judge_live_release
from operate.doctor.judgements.stack import DoorObservation
from operate.doctor.probes.stack import StackProbes
from operate.doctor.shared import Shared
from operate.doors.door_status import DoorStatus
from operate.stack.facts import Colour
from operate.stack.facts_output import parse_facts
from tests.support.stack_settings import MINIMAL, write_stack_file
from tests.unit.operate.stack.operate_output import OUTPUT

DEPLOYED = {"memory": 1024.0, "debug": True}


@pytest.mark.parametrize(
    ("configured", "difference", "options"),
    [
        ({"memory": 1280, "debug": True}, "memory (1024, now 1280)", " --set memory=1280"),
        ({"memory": "1024"}, "debug (True, now none)", ""),
        (
            {"memory": 1024, "debug": "true", "baseImage": "a b"},
            "baseImage (none, now a b)",
            " --set 'baseImage=a b'",
        ),
    ],
)
def test_an_edit_of_the_live_release_is_named_with_what_makes_it(
    configured: Mapping[str, object], difference: str, options: str
) -> None:
    (finding,) = judge_live_release("prod", LiveReleaseObservation("1", DEPLOYED, configured, "3"))
    assert finding.severity is Severity.WARNING
    assert f"than it was made with: {difference}. A `pulumi up`" in finding.what
    assert finding.remedy.startswith("put back `releases.1` in the stack file")
    assert f"`operate swap prod --to 3{options}`" in finding.remedy


@pytest.mark.parametrize("configured", [{"memory": "1024", "debug": "true"}, {"memory": 1024, "debug": True}])
def test_texts_and_numbers_of_the_same_value_are_no_edit(configured: Mapping[str, object]) -> None:
    (finding,) = judge_live_release("prod", LiveReleaseObservation("1", DEPLOYED, configured, "2"))
    assert finding.severity is Severity.OK


def _probes(tmp_path: Path, releases: object, live: Colour) -> StackProbes:
    """Probes of a stack whose red release 1 was made with 1024 MB, as the output has numbers."""
    red = {"release": "1", "containers": {}, "settings": {"memory": 1024.0}}
    facts = parse_facts("prod", {**OUTPUT, "colours": {"red": red, "black": None}})
    probes = StackProbes("prod", write_stack_file(tmp_path / "stack.yaml", {**MINIMAL, "releases": releases}))
    probes.facts = Shared(lambda: facts)
    status = DoorStatus("dal05-a", {"modern": live}, 1, {})
    probes.doors = Shared(lambda: [DoorObservation("dal05-a", status)])
    return probes


@pytest.mark.parametrize(
    ("releases", "severity"),
    [
        ({"1": {"memory": 1024}}, Severity.OK),
        ({"1": {"memory": 1024, "baseArchive": "elsewhere/base.tar"}, "2": {"memory": 2048}}, Severity.OK),
        ({"1": {"memory": 2048}}, Severity.WARNING),
        ({"1": {}}, Severity.WARNING),
        ([], Severity.WARNING),
    ],
)
def test_the_stack_file_is_compared_with_the_output(
    releases: Mapping[str, object] | list[str], severity: Severity, tmp_path: Path
) -> None:
    observed = _probes(tmp_path, releases, Colour.RED).observe_live_release()
    (finding,) = judge_live_release("prod", observed)
    assert finding.severity is severity
    assert observed.new_release == ("3" if "2" in releases else "2")


def test_a_live_colour_that_the_stack_does_not_have_is_another_check_s(tmp_path: Path) -> None:
    with pytest.raises(NotCheckedError, match="the live release is not known; see the check `colours`"):
        _probes(tmp_path, {}, Colour.BLACK).observe_live_release()


@pytest.mark.parametrize("text", [None, "config: ["])
def test_a_stack_file_that_cannot_be_read_is_no_edit(text: str | None, tmp_path: Path) -> None:
    """Another operator may have a checkout without the file."""
    probes, file = _probes(tmp_path, {}, Colour.RED), tmp_path / "stack.yaml"
    file.unlink()
    if text is not None:
        file.write_text(text)
    with pytest.raises(NotCheckedError, match="cannot be read; see the check `stack file`"):
        probes.observe_live_release()


@pytest.mark.parametrize("releases", [{"secure": "v1:a:b"}, {"1": {"memory": {"secure": "v1:a:b"}}}])
def test_what_pulumi_has_encrypted_is_neither_compared_nor_shown(releases: object, tmp_path: Path) -> None:
    with pytest.raises(NothingToCheckError, match="`releases` is encrypted, so that only Pulumi"):
        _probes(tmp_path, releases, Colour.RED).observe_live_release()
