"""Secrets that do not open: the message names the passphrase and the salt."""

import pytest
from pulumi import automation

from operate.stack.automation.pulumi_failure import describe_failure


@pytest.mark.parametrize(
    "words",
    [
        "error: failed to decrypt configuration key 'a:b': cipher: message authentication failed",
        'error: constructing secrets manager of type "passphrase": incorrect passphrase',
        "error: illegal base64 data at input byte 0",
        "error: malformed state value",
        "error: unknown state version",
    ],
)
def test_what_does_not_open_the_secrets_is_named(words: str) -> None:
    """A salt that is cut or edited has no word of the passphrase in Pulumi's error."""
    message = describe_failure(automation.CommandError(automation.CommandResult("", words, 255)))
    assert "encryptionsalt" in message
    assert "docs/runbooks/lost-state.md" in message


def test_another_failure_is_described_as_it_was() -> None:
    error = automation.CommandError(automation.CommandResult("", "error: no space left", 255))
    assert "encryptionsalt" not in describe_failure(error)
