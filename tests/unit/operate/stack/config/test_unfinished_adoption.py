"""The note of an adoption that has not ended: known to both programs."""

from pathlib import Path

import settings.adoption
from operate.adopt.stack_file_note import RUN_VARIABLE
from operate.stack.config.setting_keys import ADOPTION
from operate.stack.config.unfinished_adoption import noted_adoption
from tests.support.stack_settings import MINIMAL, write_stack_file


def test_both_programs_know_the_note_by_the_same_names() -> None:
    assert (ADOPTION, RUN_VARIABLE) == (settings.adoption.ADOPTION, settings.adoption.RUN_VARIABLE)


def test_a_stack_without_the_note_is_not_adopted(tmp_path: Path) -> None:
    assert noted_adoption("prod", write_stack_file(tmp_path / "Pulumi.prod.yaml", MINIMAL)) == ""
    assert noted_adoption("prod", tmp_path / "absent.yaml") == ""
