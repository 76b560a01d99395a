"""Commands of messages can be copied: they have the stack's name."""

import pytest

from messages.stack_name import name_stack


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("`operate images ENV` lists the repositories", "`operate images prod` lists the repositories"),
        ("run `bin/operate recover ENV`, which", "run `bin/operate recover prod`, which"),
        ("`operate rotate ssh-key ENV --new X`", "`operate rotate ssh-key prod --new X`"),
        (
            "`operate swap ENV --to 1`, `operate retire ENV`",
            "`operate swap prod --to 1`, `operate retire prod`",
        ),
        ("see `pulumi stack`, repair it", "see `pulumi stack --stack prod`, repair it"),
        ("then run pulumi up again", "then run pulumi up --stack prod again"),
        ("run `pulumi config rm rotation`", "run `pulumi config rm rotation --stack prod`"),
        ("`pulumi config set live red --stack ENV`", "`pulumi config set live red --stack prod`"),
        ("`pulumi up --stack prod`, `pulumi stack ls`", "`pulumi up --stack prod`, `pulumi stack ls`"),
        ("`pulumi stack init prdo`, `pulumi login`", "`pulumi stack init prdo`, `pulumi login`"),
        ("pulumi up: creating dal05-a", "pulumi up: creating dal05-a"),
        ("step 3 of Dockerfile: ENV PATH=/x", "step 3 of Dockerfile: ENV PATH=/x"),
        ("the file stacks/Pulumi.ENV.yaml", "the file stacks/Pulumi.ENV.yaml"),
    ],
)
def test_the_name_is_put_into_commands_alone(message: str, expected: str) -> None:
    assert name_stack(message, "prod") == expected
    assert name_stack(message, "") == message


def test_a_name_is_taken_as_it_is() -> None:
    assert name_stack("operate status ENV", r"a\1b") == r"operate status a\1b"
