"""The note of an adoption that has not ended: known to both programs."""

from pathlib import Path

import operate.adopt.unfinished
import settings.adoption
from operate.adopt.unfinished import noted_adoption
from tests.support.stack_settings import MINIMAL, write_stack_file


def test_both_programs_know_the_note_by_the_same_names() -> None:
    names = ("ADOPTION", "RUN_VARIABLE")
    assert [getattr(operate.adopt.unfinished, name) for name in names] == [
        getattr(settings.adoption, name) for name in names
    ]


def test_a_stack_without_the_note_is_not_adopted(tmp_path: Path) -> None:
    assert noted_adoption("prod", write_stack_file(tmp_path / "Pulumi.prod.yaml", MINIMAL)) == ""
    assert noted_adoption("prod", tmp_path / "absent.yaml") == ""
