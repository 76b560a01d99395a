"""Where the operator's SSH key is on this machine: a setting of the operator, never an output."""

import os
from pathlib import Path

from operate.error import OperateError
from operate.stack.config.stack_file import PROGRAM, read_setting, stack_file_of

VARIABLE = "SOFTLAYER_REGISTRY_SSH_KEY"
"""Environment variable with the path of the key on this machine, where it is not the stack file's."""


def operator_key(environment: str, config_file: Path | None = None, program: Path = PROGRAM) -> Path:
    """Return the operator's private key: the variable's, else the one that the stack file names.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        program: Folder with Pulumi.yaml, from which the stack file names a relative place.

    Raises:
        OperateError: No place is named, or there is no key.
    """
    stack_file = stack_file_of(environment, config_file, program)
    place = os.environ.get(VARIABLE) or read_setting(stack_file, "sshKeyFile")
    if not place:
        raise OperateError(
            f"the SSH key of environment {environment}: {stack_file} names no sshKeyFile; export {VARIABLE}"
            " with the path of the key on this machine, then run the command again"
        )
    key = program / Path(place).expanduser()
    if not key.is_file():
        raise OperateError(
            f"the SSH key of environment {environment}: {key} does not exist; export {VARIABLE} with its"
            " place on this machine, then run the command again"
        )
    return key
