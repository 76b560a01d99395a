"""What `make up` says at its end: verified only where an image was pushed and pulled."""

import pytest

from dev.local.stack.pulumi_output import PulumiOutput
from dev.local.stack.stack import Deployment

PULL = " {} command:remote:Command dal05-a-modern-verification-pull {}"


@pytest.mark.parametrize(
    ("line", "verified"),
    [
        (PULL.format("+ ", "created (2s)"), True),
        (PULL.format("+-", "created replacement (2s)"), True),
        (PULL.format("--", "deleted original (0.3s)"), False),
        (PULL.format("+ ", "creating (0s)"), False),
        (PULL.format("+ ", "**creating failed** error: exit status 1"), False),
        (" ~  command:remote:Command dal05-a-modern-door updated (1s)", False),
        ("    82 unchanged", False),
    ],
)
def test_a_run_has_verified_where_an_image_was_pulled(line: str, *, verified: bool) -> None:
    output = PulumiOutput(lambda _: None, "pulumi up")
    output.take_line(line)
    assert output.has_verified is verified


def test_what_was_not_verified_is_not_called_so() -> None:
    assert Deployment({}).description.startswith("verified: an image was pushed")
    text = Deployment({}, is_verified=False).description
    assert text.startswith(
        "not verified again: nothing that a push and a pull use was changed; `bin/operate doc"
    )


def test_a_swap_that_is_not_finished_is_named() -> None:
    operation = {
        "kind": "swap",
        "release": "2",
        "resume": "operate swap local --to 2",
        "undo": "operate rollback local",
    }
    assert Deployment({}, is_verified=False, operation=operation).description.endswith(
        ". A swap of release 2 is not finished: `bin/operate swap local --to 2` resumes it, `bin/operate"
        " rollback local` undoes it"
    )
