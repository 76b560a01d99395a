"""A question leaves the stack file byte for byte, although Pulumi writes a salt into one that has none."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi import automation

from operate.clock import SystemClock
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace, is_question
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.stack_file import can_be_decrypted
from operate.stack.facts import Colour
from tests.unit.operate.stack.state.recording_pulumi import RecordingPulumi

TEXT = "config:\n  # by hand\n  softlayer-registry:live: red\n"
SALT = "encryptionsalt: v1:a:v1:b:c\n"


class SaltingPulumi(RecordingPulumi):
    """Writes a salt as `pulumi` does: into the file that it is given, or else into the one in its place."""

    def __init__(self, file: Path) -> None:
        answers = {"config": "{}", "stack history": "[]", "stack output": "{}"}
        super().__init__(answers, {"preview": [{"summaryEvent": {"resourceChanges": {"same": 1}}}]})
        self._file = file

    def run(self, words: list[str]) -> automation.CommandResult:
        """Answer a command."""
        place = words.index("--config-file") + 1 if "--config-file" in words else 0
        file = Path(words[place]) if place else self._file
        plain = words[: place - 1] + words[place + 1 :] if place else words
        if words[:2] != ["stack", "history"] or "--show-secrets" in words:
            file.write_text(f"{SALT}{file.read_text()}")
        return super().run(plain)


Question = Callable[[PulumiStack], object]
RELEASE = DesiredRelease(Colour.BLACK, "2")
QUESTIONS: list[Question] = [
    lambda stack: stack.setting("live"),
    lambda stack: stack.recorded_token(),
    lambda stack: stack.preview(RELEASE),
    lambda stack: stack.preview_settings({"black": "2"}, Colour.RED),
    lambda stack: stack.preview_edits(TEXT, {"black": None}, Colour.RED),
    lambda stack: stack.pending(),
    lambda stack: stack.edited_settings(),
    lambda stack: stack.plan(),
]


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_no_question_of_a_stack_changes_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_elsewhere: bool
) -> None:
    (tmp_path / "stacks").mkdir()
    file = tmp_path / "stacks" / "Pulumi.prod.yaml"
    file.write_text(TEXT)
    pulumi = SaltingPulumi(file)
    monkeypatch.setattr(
        "operate.stack.automation.pulumi_workspace._run_program", lambda words, *_: pulumi.run(words[2:])
    )
    monkeypatch.setattr("pulumi.automation._cmd.subprocess.check_output", lambda *_, **__: b"v3.259.0\n")
    place = StackPlace("prod", file if is_elsewhere else None, tmp_path)
    QUESTIONS[number](PulumiStack(place, SystemClock()))
    assert pulumi.commands
    assert file.read_text() == TEXT
    assert list((tmp_path / "stacks").iterdir()) == [file]


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("preview --json", True),
        ("config --show-secrets --json", True),
        ("config get a", True),
        ("config set-all --json {}", False),
        ("config set a b", False),
        ("config rm a", False),
        ("refresh --yes", False),
        ("refresh --preview-only", True),
        ("up --yes", False),
    ],
)
def test_a_command_is_a_question_where_it_changes_nothing(words: str, is_one: bool) -> None:
    assert is_question(words.split()) is is_one


@pytest.mark.parametrize(
    ("text", "can_be"),
    [
        (TEXT, False),
        ("", False),
        (f"{SALT}{TEXT}", True),
        (f"encryptedkey: a\n{TEXT}", True),
        ("config: {softlayer-registry:registryUsers: [{a: {secure: AAAB}}]}", True),
    ],
)
def test_secrets_are_compared_where_they_can_be_decrypted(tmp_path: Path, text: str, can_be: bool) -> None:
    (tmp_path / "stack.yaml").write_text(text)
    assert can_be_decrypted(tmp_path / "stack.yaml") is can_be
