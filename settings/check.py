"""`python -m settings.check FILE`: what is wrong with a stack file, without Pulumi and without an account.

This is for programs: `operate` runs it, which does not import the settings. Prints
`{"problems": ["KEY: what is wrong and what to do"], "unread": ["KEY"]}`; mistakes are its answer, with which
it exits 0. That a file is no YAML is a mistake, too, which has the file in place of the key. Exit code 1 and
one line on standard error where there is no file.

Secrets are encrypted in the file; only whether those that are needed exist is judged, unless
`--without-secrets` says that they come later. The operator's key pair is judged as well, unless
`--without-key`. With `--changes` the file is judged as if it had the settings of a JSON object on standard
input as well, where null takes one out. What Pulumi alone can read is `unread`; then names of settings are
judged, and no more.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from settings import SettingsError, explain_problems, parse
from settings.access.key_pair import key_pair_problems, place_on_this_machine
from settings.access.secret_problems import missing_secrets
from settings.doors.move import MOVE, move_problems
from settings.keys.mistyped_keys import without_consequences
from settings.keys.unknown_keys import unknown_key_problems, unknown_namespace_problems
from settings.registry.base_archives import base_archive_problems
from settings.stack_file import (
    MissingStackFileError,
    StackFile,
    StackFileError,
    is_encrypted,
    read_file,
    typed,
)
from settings.table import SETTINGS

_WITHOUT_SECRETS, _WITHOUT_KEY, _CHANGES = "--without-secrets", "--without-key", "--changes"
_SECRETS = frozenset(setting.key for setting in SETTINGS if setting.is_secret)
_ENVIRONMENTS = "environment"


def problems_of(
    values: Mapping[str, object], *, with_secrets: bool = True, with_key: bool = True
) -> list[str]:
    """Return everything that is wrong, a line each, with the key first.

    Args:
        values: Values of the stack file, without the namespace.
        with_secrets: Whether the secrets that are needed must be there.
        with_key: Whether the operator's key pair is judged.
    """
    problems, plain = unknown_key_problems(values), without_secrets(values)
    try:
        settings = parse(plain)
    except SettingsError as error:
        return without_consequences(plain, problems + list(error.problems))
    if with_secrets:
        problems += missing_secrets(settings.storages, settings.access, filter(values.get, values))
    problems += move_problems(values.get(MOVE), settings.front_doors)
    problems += base_archive_problems(settings.colours)
    if with_key:
        place = place_on_this_machine(settings.ssh_key_file)
        problems += [f"sshKeyFile: {problem}" for problem in key_pair_problems(place)]
    if with_key and settings.next_ssh_key_file:
        next_place = settings.next_ssh_key_file.expanduser()
        problems += [f"nextSshKeyFile: {problem}" for problem in key_pair_problems(next_place)]
    return explain_problems(plain, problems)


def without_secrets(values: Mapping[str, object]) -> dict[str, object]:
    """Return the settings that `parse` takes."""
    return {key: value for key, value in values.items() if key not in _SECRETS}


def unread_keys(file: StackFile) -> list[str]:
    """Return what only Pulumi can read of a file: encrypted settings that need not be, and environments."""
    keys = [key for key, value in sorted(file.values.items()) if key not in _SECRETS and is_encrypted(value)]
    return [*keys, *([_ENVIRONMENTS] if file.environments else [])]


def with_changes(values: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Return settings with some changed, and without those that a change has as None."""
    changed = {**values, **{key: typed(key, value) for key, value in changes.items()}}
    return {key: value for key, value in changed.items() if key not in changes or value is not None}


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit code."""
    options = {argument for argument in arguments if argument.startswith("--")}
    files = [argument for argument in arguments if not argument.startswith("--")]
    if len(files) != 1 or options - {_WITHOUT_SECRETS, _WITHOUT_KEY, _CHANGES}:
        sys.stderr.write(
            f"usage: python -m settings.check [{_WITHOUT_SECRETS}] [{_WITHOUT_KEY}] [{_CHANGES}] FILE\n"
        )
        return 2
    try:
        file = read_file(Path(files[0]))
    except MissingStackFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except StackFileError as error:
        sys.stdout.write(json.dumps({"problems": [str(error)], "unread": []}) + "\n")
        return 0
    values = with_changes(file.values, json.load(sys.stdin) if _CHANGES in options else {})
    unread = unread_keys(file)
    problems = [*file.problems, *unknown_namespace_problems(file.names)]
    if unread:
        problems += unknown_key_problems(values)
    else:
        problems += problems_of(
            values, with_secrets=_WITHOUT_SECRETS not in options, with_key=_WITHOUT_KEY not in options
        )
    sys.stdout.write(json.dumps({"problems": problems, "unread": unread}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
