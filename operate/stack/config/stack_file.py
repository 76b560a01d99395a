"""Settings of a stack file, read without Pulumi."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from operate.error import OperateError

PROGRAM = Path(__file__).resolve().parents[3]
"""Folder with Pulumi.yaml."""
STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What Pulumi takes for a stack (pkg/backend, read in 3.259)."""
_NAMESPACE = "softlayer-registry"
_KEYS = ("encryptionsalt", "encryptedkey")
"""What opens the secrets of a stack file: the salt of a passphrase, or a key that a cloud encrypts."""


def stack_file_of(environment: str, config_file: Path | None = None, program: Path = PROGRAM) -> Path:
    """Return the file of a stack.

    Args:
        environment: Name of the stack.
        config_file: The file where it is elsewhere.
        program: Folder with Pulumi.yaml.
    """
    return config_file or program / "stacks" / f"Pulumi.{environment}.yaml"


def environments(program: Path = PROGRAM) -> list[str]:
    """Return the names of the stacks that have a file.

    Args:
        program: Folder with Pulumi.yaml.
    """
    files = (program / "stacks").glob("Pulumi.*.yaml")
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)


def read_setting(stack_file: Path, name: str) -> str:
    """Return a setting that is a text; "" where the file does not have it, or cannot be read.

    Args:
        stack_file: The stack's file.
        name: Name of the setting, without its namespace.
    """
    value = _value(stack_file, name)
    return value if isinstance(value, str) else ""


def read_list(stack_file: Path, name: str) -> list[Any]:
    """Return a setting that is a list; an empty one where the file does not have it, or cannot be read.

    Args:
        stack_file: The stack's file.
        name: Name of the setting, without its namespace.
    """
    value = read_plain(stack_file, name)
    return value if isinstance(value, list) else []


def read_plain(stack_file: Path, name: str) -> object:
    """Return a setting that is a list or an object as plain data, or what stands in its place.

    Args:
        stack_file: The stack's file.
        name: Name of the setting, without its namespace.
    """
    value = _value(stack_file, name)
    if isinstance(value, str):
        # `pulumi config set` writes a list as text.
        with suppress(ValueError):
            return json.loads(value)
    return value


def has_setting(stack_file: Path, name: str) -> bool:
    """Return whether the file has a setting; not where it cannot be read.

    Args:
        stack_file: The stack's file.
        name: Name of the setting, without its namespace.
    """
    return _value(stack_file, name) is not None


def read_salt(stack_file: Path) -> str:
    """Return the salt with which a passphrase opens the secrets of a file; "" where it has none.

    Args:
        stack_file: The stack's file.
    """
    return str(_content(stack_file).get(_KEYS[0]) or "")


def can_be_decrypted(stack_file: Path) -> bool:
    """Return whether Pulumi opens the secrets of a file without writing another salt into it.

    Args:
        stack_file: The stack's file.
    """
    content = _content(stack_file)
    return any(content.get(key) for key in _KEYS) or has_secret(content)


def is_readable(stack_file: Path) -> bool:
    """Return whether a file is YAML with an object, or empty.

    Args:
        stack_file: The stack's file.
    """
    return _parse(stack_file) is not None


def read_settings(stack_file: Path) -> Mapping[str, object]:
    """Return all settings by their whole names; none where the file cannot be read.

    Args:
        stack_file: The stack's file.
    """
    # Pulumi adds the namespace where it is left out.
    config = _config(stack_file)
    return {name if ":" in name else f"{_NAMESPACE}:{name}": value for name, value in config.items()}


def read_text(stack_file: Path) -> str:
    """Return the whole text of a stack file.

    Raises:
        OperateError: The file cannot be read.
    """
    try:
        return stack_file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OperateError(f"{stack_file}: cannot be read ({type(error).__name__})") from None


def write_text(stack_file: Path, text: str, present: str) -> None:
    """Write the whole text of a stack file, which has the one or the other whenever this is stopped.

    Args:
        stack_file: The stack's file.
        text: The new one.
        present: Text from which the new one was made; an editor may have written another one meanwhile.

    Raises:
        OperateError: The file has another text by now, or cannot be written.
    """
    if read_text(stack_file) != present:
        raise OperateError(f"{stack_file} was edited meanwhile, and is left as it is; run the command again")
    new = stack_file.with_name(f"{stack_file.name}.new")
    try:
        new.write_text(text)
        new.chmod(stack_file.stat().st_mode)
        new.replace(stack_file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OperateError(f"{stack_file}: cannot be written ({error.strerror})") from None


def read_named_settings(stack_file: Path) -> Mapping[str, object]:
    """Return the program's own settings by their names, without namespace; none where it cannot be read.

    Args:
        stack_file: The stack's file.
    """
    prefix = f"{_NAMESPACE}:"
    settings = read_settings(stack_file).items()
    return {name.removeprefix(prefix): value for name, value in settings if name.startswith(prefix)}


def project_defaults(program: Path = PROGRAM) -> Mapping[str, object]:
    """Return the defaults of Pulumi.yaml by the settings' whole names.

    Args:
        program: Folder with Pulumi.yaml.
    """
    declared = _config(program / "Pulumi.yaml")
    return {
        f"{_NAMESPACE}:{name}": setting["default"]
        for name, setting in declared.items()
        if isinstance(setting, dict) and "default" in setting
    }


def _content(file: Path) -> Mapping[str, object]:
    return _parse(file) or {}


def _parse(file: Path) -> Mapping[str, object] | None:
    import yaml  # `operate --help` does not wait for it

    try:
        content: object = yaml.safe_load(file.read_text())
    except (OSError, ValueError, yaml.YAMLError):
        return None
    if content is None:
        return {}
    return content if isinstance(content, dict) else None


def has_secret(value: object) -> bool:
    """Return whether a value of a stack file is, or holds, one that Pulumi has encrypted."""
    match value:
        case {"secure": str()}:
            return True
        case dict():
            return any(map(has_secret, value.values()))
        case list():
            return any(map(has_secret, value))
    return False


def _config(file: Path) -> Mapping[str, object]:
    config = _content(file).get("config")
    return {str(name): value for name, value in config.items()} if isinstance(config, dict) else {}


def _value(stack_file: Path, name: str) -> object:
    return read_settings(stack_file).get(f"{_NAMESPACE}:{name}")
