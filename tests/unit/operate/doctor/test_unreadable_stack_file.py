"""A stack file that cannot be read is named by its own check alone; what is in it is not believed missing."""

from pathlib import Path

import pytest

from operate.doctor.finding import NotCheckedError, NothingToCheckError
from operate.doctor.probes.missing import observe_missing
from operate.doctor.probes.offers import observe_offers


@pytest.mark.parametrize("text", ["config: {servers: [", "- a list", "config: a: b"])
def test_other_checks_name_the_check_of_the_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text)
    with pytest.raises(NotCheckedError, match="see the check `stack file`"):
        observe_offers("prod", file, (), {})
    with pytest.raises(NotCheckedError, match="see the check `stack file`"):
        observe_missing("prod", file, ())


@pytest.mark.parametrize("text", ["", "config: {}\n"])
def test_an_empty_file_has_no_servers(text: str, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text)
    with pytest.raises(NothingToCheckError, match="has no servers"):
        observe_offers("prod", file, (), {})
