"""Why Pulumi failed, read from what it printed; pure."""

import re
import signal
import subprocess
from collections.abc import Collection
from contextlib import suppress

from operate.servers.full_disk import full_disk_remedy
from operate.servers.host_keys.refused_key import host_key_remedy
from operate.servers.stopped_docker import silent_docker_remedy
from operate.stack.automation.silent_server import silent_server_remedy

_EXCEPTION = re.compile(r"^ +[\w.]+(Error|Exception): .*(\n.+)*", re.MULTILINE)
"""The end of a traceback in Pulumi's diagnostics, up to the next empty line."""
_ERROR = re.compile(r"^ *(stderr: )?error: +(?P<message>\S(.*:\n((?! *error: ).+\n?)*|.*))", re.MULTILINE)
"""An error of Pulumi's own, not one in a script's output, which follows if its line ends with a colon. The
Automation API puts the first line of standard error behind its name."""
_CONSEQUENCE = re.compile(
    r"(update|preview) failed\s*$|.*(failed with an unhandled exception:|inline source runtime error:)"
    r"|an unhandled error occurred:"
)
"""What Pulumi reports of the stack when a resource failed, before or after that one's own error; what the
program asks of a provider then is refused, which ends it with an exception."""

ENGINE_REMEDY = (
    "for the stack `local` run `make up`; for another one install Pulumi, work in `make shell`, or put the"
    " folder that `.venv/bin/python -m dev.engine build` prints on PATH"
)
"""Where `pulumi` comes from: the local environment's counts for its own stack, and in its shell."""
_UNOPENED = re.compile(
    r"message authentication failed|incorrect passphrase"
    r"|illegal base64 data|malformed state value|unknown state version",
    re.IGNORECASE,
)
"""Pulumi's words for a secret that another key encrypted, for a salt that another passphrase made, and for a
damaged one (pulumi v3.259.0, sdk/go/common/resource/config/crypt.go, pkg/secrets/passphrase)."""
_UNOPENED_REMEDY = (
    "the secrets were encrypted with another passphrase, or the stack file's line `encryptionsalt` is not the"
    " one that they were encrypted with; nothing was changed. Export the right passphrase"
    " (PULUMI_CONFIG_PASSPHRASE, or the file that PULUMI_CONFIG_PASSPHRASE_FILE names), or put the line back,"
    " then run the command again: see docs/runbooks/lost-state.md"
)
_EXIT_CODE = re.compile(r"^ code: (?P<code>-?\d+)$", re.MULTILINE)
"""As the Automation API has it in its error; negative where a signal ended the process."""
_SHELL_OFFSET = 128
"""What a shell adds to the number of the signal that ended its command."""
_LONGEST = 2000
"""Characters of an error that are shown (choice)."""
_HAS_REMEDY = "run the command again"
_PULUMI_AGAIN = "run pulumi up again"
"""What scripts on servers say to whoever runs `pulumi up`; here a command of `operate` did, and resumes."""


def describe_failure(
    error: Exception,
    remedy: str = "see `pulumi stack`, repair it, then run the command again",
    servers: Collection[str] = (),
    rotated_server: str = "",
) -> str:
    """Return one line: the error of a resource, else the program's exception, and the remedy.

    Args:
        error: Error as the Automation API raises it, or with the standard error of `pulumi` as its text.
        remedy: Remedy to append.
        servers: Names of the stack's servers, of which one's disk may be full.
        rotated_server: Server whose host key the stack file notes to be rotated; "" for none.
    """
    if other_key := host_key_remedy(str(error), servers, rotated_server):
        return other_key
    # A server that is off is why its Docker does not answer, too.
    if silent := silent_server_remedy(str(error), servers) or silent_docker_remedy(str(error), servers):
        return silent
    full_disk = full_disk_remedy(str(error), servers)
    if isinstance(error, OSError) and full_disk:
        return f"{_on_one_line(str(error))}; {full_disk}"
    if isinstance(error, OSError):
        return f"pulumi cannot be started; {ENGINE_REMEDY}"
    # The lines of progress before have the beginning of each error, with other lines after it.
    errors = [match["message"] for match in _ERROR.finditer(str(error).rpartition("Diagnostics:")[2])]
    causes = [message for message in errors if not _CONSEQUENCE.match(message)]
    raised = _EXCEPTION.search(str(error))
    if raised and not causes:
        return f"{_on_one_line(raised[0])}; {full_disk or 'repair it, then run the command again'}"
    message = (causes or errors or [_describe_end(str(error))])[0]
    line = _on_one_line(message)
    if other_remedy := full_disk or (_UNOPENED_REMEDY if _UNOPENED.search(line) else ""):
        return f"{line}; {other_remedy}"
    return line if _HAS_REMEDY in line else f"{line}; {remedy}"


def describe_unended_call(error: Exception, command: str, seconds: float) -> str:
    """Return why a call of `pulumi` did not come to its end, and the remedy.

    Args:
        error: Error of `subprocess.run`.
        command: Command, without its values, such as `pulumi config set`.
        seconds: Seconds for which it was waited for.
    """
    if isinstance(error, subprocess.TimeoutExpired):
        return f"`{command}` did not end within {seconds:.0f} s and was stopped; {_HAS_REMEDY}"
    return f"`{command}` cannot be started ({type(error).__name__}); {ENGINE_REMEDY}"


def _describe_end(text: str) -> str:
    """Return how a Pulumi ended that has printed no error."""
    if not (end := _EXIT_CODE.search(text)):
        return "Pulumi failed without an error"
    code = int(end["code"])
    number = -code if code < 0 else code - _SHELL_OFFSET
    with suppress(ValueError):
        return (
            f"Pulumi was ended from outside, by {signal.Signals(number).name}; {_HAS_REMEDY}, which goes on"
        )
    return f"Pulumi ended with exit code {code} and no error; {_HAS_REMEDY}, which goes on"


def _on_one_line(text: str) -> str:
    line = " ".join(text.split()).replace(_PULUMI_AGAIN, _HAS_REMEDY)
    # A remedy stands at the end of an error; one that is cut is none.
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rpartition(' ')[0]} ..."
