"""Where the operator's SSH key lies on this machine: a setting of the operator, never an output."""

import os
from pathlib import Path

import yaml

from operate.error import OperateError

VARIABLE = "SOFTLAYER_REGISTRY_SSH_KEY"
"""Environment variable with the place of the key on this machine, where it is not the stack file's."""
_SETTING = "softlayer-registry:sshKeyFile"
_PROGRAM = Path(__file__).resolve().parent.parent


def operator_key(environment: str, config_file: Path | None = None, program: Path = _PROGRAM) -> Path:
    """Return the operator's private key: the variable's, else the one that the stack file names.

    Args:
        environment: the stack's name.
        config_file: the stack's file where it is elsewhere.
        program: folder with Pulumi.yaml, from which the stack file names a relative place.

    Raises:
        OperateError: no place is named, or there is no key.
    """
    stack_file = config_file or program / "stacks" / f"Pulumi.{environment}.yaml"
    place = os.environ.get(VARIABLE) or _setting(stack_file)
    if not place:
        raise OperateError(
            f"the SSH key of environment {environment}: {stack_file} names no sshKeyFile; export {VARIABLE}"
            " with the place of the key on this machine, then run the command again"
        )
    key = program / Path(place).expanduser()
    if not key.is_file():
        raise OperateError(
            f"the SSH key of environment {environment}: {key} does not exist; export {VARIABLE} with its"
            " place on this machine, then run the command again"
        )
    return key


def _setting(stack_file: Path) -> str:
    try:
        content: object = yaml.safe_load(stack_file.read_text())
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    config = content.get("config") if isinstance(content, dict) else None
    place = config.get(_SETTING) if isinstance(config, dict) else None
    return place if isinstance(place, str) else ""
