"""`python -m settings.check FILE`: what is wrong with a stack file, without Pulumi and without an account.

This is for programs: `operate doctor` and `operate init` read it, which do not import the settings. Prints
`{"problems": ["KEY: what is wrong and what to do"]}`; mistakes are its answer, with which it exits 0. Exit
code 1 and one line on standard error where the file cannot be read.

Secrets are encrypted in the file; only whether those that are needed exist is judged, unless
`--without-secrets` says that they come later. The operator's key pair is judged as well, unless
`--without-key`.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from settings import SettingsError, parse
from settings.access.key_pair import key_pair_problems, place_on_this_machine
from settings.access.secrets import missing_secrets
from settings.doors.move import MOVE, move_problems
from settings.registry.base_archives import base_archive_problems
from settings.table import SETTINGS
from settings.unknown_keys import NAMESPACE, own_keys, unknown_key_problems

_WITHOUT_SECRETS, _WITHOUT_KEY = "--without-secrets", "--without-key"
_SECRETS = frozenset(setting.key for setting in SETTINGS if setting.is_secret)
_TYPES = {setting.key: setting.type for setting in SETTINGS}


class StackFileError(Exception):
    """A stack file cannot be read."""


def read_file(file: Path) -> Mapping[str, object]:
    """Return the settings of a stack file by their keys, without the namespace.

    Raises:
        StackFileError: it cannot be read, or is no stack file.
    """
    try:
        content = yaml.safe_load(file.read_text())
    except OSError as error:
        raise StackFileError(f"{file}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())
        raise StackFileError(f"{file}: must be YAML; {detail}") from None
    config = content.get("config", {}) if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise StackFileError(f"{file}: must have a member config, as in stacks/Pulumi.single.yaml")
    return {key: _typed(key, config[f"{NAMESPACE}:{key}"]) for key in own_keys(map(str, config))}


def _typed(key: str, value: object) -> object:
    """A value as the program reads it: `pulumi config set` writes numbers and lists as text."""
    if isinstance(value, str) and _TYPES.get(key, "string") != "string":
        with suppress(ValueError):
            return json.loads(value)
    return value


def problems_of(
    values: Mapping[str, object], *, with_secrets: bool = True, with_key: bool = True
) -> list[str]:
    """Return everything that is wrong, a line each, with the key first.

    Args:
        values: of the stack file, without the namespace.
        with_secrets: whether the secrets that are needed must be there.
        with_key: whether the operator's key pair is judged.
    """
    problems = unknown_key_problems(values)
    try:
        settings = parse({key: value for key, value in values.items() if key not in _SECRETS})
    except SettingsError as error:
        return problems + list(error.problems)
    if with_secrets:
        problems += missing_secrets(settings.storages, settings.access, filter(values.get, values))
    problems += move_problems(values.get(MOVE), settings.front_doors)
    problems += base_archive_problems(settings.colours)
    if with_key:
        place = place_on_this_machine(settings.ssh_key_file)
        problems += [f"sshKeyFile: {problem}" for problem in key_pair_problems(place)]
    return problems


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit code."""
    options = {argument for argument in arguments if argument.startswith("--")}
    files = [argument for argument in arguments if not argument.startswith("--")]
    if len(files) != 1 or options - {_WITHOUT_SECRETS, _WITHOUT_KEY}:
        sys.stderr.write(f"usage: python -m settings.check [{_WITHOUT_SECRETS}] [{_WITHOUT_KEY}] FILE\n")
        return 2
    try:
        values = read_file(Path(files[0]))
    except StackFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    problems = problems_of(
        values, with_secrets=_WITHOUT_SECRETS not in options, with_key=_WITHOUT_KEY not in options
    )
    sys.stdout.write(json.dumps({"problems": problems}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
