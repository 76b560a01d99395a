"""The file of the stack `local`: made from the checkout's once, and the operator's from then on.

`operate` writes releases, colours and secrets into it that exist nowhere else, so it is kept for as long as
the environment exists, as the file of any other stack is.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from dev.local.environment import CHECKOUT, STACK, Environment, LocalError

TRACKED_FILE = CHECKOUT / "stacks" / f"Pulumi.{STACK}.yaml"
"""The checkout's file, from which the first one is made."""
_ENDPOINT = "softlayer:endpointUrl"
_BASE_ARCHIVE = "softlayer-registry:registryBaseArchive"
_RELEASES = "softlayer-registry:releases"


class StackFile:
    """The stack's file of one environment.

    Args:
        environment: Environment of the stack, with its cloud up.
        tracked_file: Tracked file that a new stack file begins as a copy of.
    """

    def __init__(self, environment: Environment, tracked_file: Path = TRACKED_FILE) -> None:
        self._environment, self._tracked_file = environment, tracked_file

    def write_first(self) -> bool:
        """Make the file from the checkout's where there is none; return whether it was made.

        Raises:
            LocalError: The checkout's file cannot be read.
        """
        target = self._environment.stack_file
        if target.exists():
            return False
        content = _read(self._tracked_file)
        self._environment.stack_file_origin.write_bytes(self._tracked_file.read_bytes())
        config = {**_settings(content), **self._machine_settings()}
        new = target.with_suffix(".new")
        new.write_text(yaml.safe_dump({**content, "config": config}, sort_keys=False))
        new.replace(target)
        return True

    def outdated_settings(self) -> dict[str, str]:
        """Return the settings of this machine that the file lacks, or names otherwise than they are.

        Raises:
            LocalError: The file cannot be read.
        """
        return outdated_settings(_settings(_read(self._environment.stack_file)), self._machine_settings())

    def has_changed_origin(self) -> bool:
        """Return whether the checkout's file has other settings than when the first one was made.

        Raises:
            LocalError: The checkout's file cannot be read.
        """
        origin = self._environment.stack_file_origin
        return origin.exists() and _settings(_read(origin)) != _settings(_read(self._tracked_file))

    def release_names(self) -> list[str]:
        """Return the names of the releases that the file has.

        Raises:
            LocalError: The file cannot be read.
        """
        releases = _settings(_read(self._environment.stack_file)).get(_RELEASES)
        return [str(name) for name in releases] if isinstance(releases, Mapping) else []

    def _machine_settings(self) -> dict[str, str]:
        return {
            _ENDPOINT: self._environment.credentials()["endpoint_xmlrpc"],
            _BASE_ARCHIVE: str(self._environment.base_archive),
        }


def outdated_settings(present: Mapping[str, object], machine: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of the machine that must be written into a stack file.

    The endpoint must be that of the cloud, whose port may be another one after a restart. Any other setting
    is only added where it is missing, since the operator may have chosen another value.

    Args:
        present: The file's settings.
        machine: The settings as they are on this machine.
    """
    return {
        name: value
        for name, value in machine.items()
        if name not in present or (name == _ENDPOINT and present[name] != value)
    }


def _read(file: Path) -> dict[str, object]:
    try:
        content: object = yaml.safe_load(file.read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise LocalError(
            f"{file}: cannot be read ({type(error).__name__}); mend it, or begin anew with make down, make up"
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get("config"), dict):
        raise LocalError(
            f"{file}: must have the stack's settings under config; mend it, or begin anew with make down,"
            " make up"
        )
    return content


def _settings(content: Mapping[str, object]) -> dict[str, object]:
    config = content["config"]
    return dict(config) if isinstance(config, dict) else {}
