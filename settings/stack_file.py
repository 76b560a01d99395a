"""A stack file as Pulumi reads it, for what judges it without Pulumi.

Source: `config.Map` and `LoadProjectStackBytes` (sdk/go/common/resource/config and workspace, read in 3.259).
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from settings.access.encryption_salt import salt_problems
from settings.keys.unknown_keys import NAMESPACE
from settings.stack_yaml import RepeatedKey, StackYamlError, parse_stack_yaml
from settings.table import SETTINGS

_TYPES = {setting.key: setting.type for setting in SETTINGS}
_KEY = re.compile(r"[^:]*|[^:]*:[^:]*|[^:]*:config:[^:]*")
"""Forms of a key that Pulumi takes: NAME, NAMESPACE:NAME, and an old one."""


class StackFileError(Exception):
    """A stack file must be something else; the message begins with its place."""


class MissingStackFileError(StackFileError):
    """There is no stack file."""


@dataclass(frozen=True)
class StackFile:
    """What a stack file has.

    Attributes:
        values: Values of the settings by their keys, without the namespace.
        names: Names of all keys with their namespaces, as Pulumi hands them over.
        environments: Whether it takes further values from Pulumi's environments.
        problems: Why Pulumi refuses it, or cannot decrypt it, a line each.
    """

    values: Mapping[str, object]
    names: tuple[str, ...] = ()
    environments: bool = False
    problems: tuple[str, ...] = ()


def read_file(file: Path) -> StackFile:
    """Return what a stack file has.

    Raises:
        MissingStackFileError: The file does not exist.
        StackFileError: The file cannot be read, or is no stack file.
    """
    try:
        document = parse_stack_yaml(file.read_bytes())
    except FileNotFoundError as error:
        raise MissingStackFileError(f"{file}: cannot be read ({error.strerror})") from None
    except OSError as error:
        raise StackFileError(f"{file}: cannot be read ({error.strerror})") from None
    except StackYamlError as error:
        raise StackFileError(f"{file}: {error}") from None
    content = document.content
    if not isinstance(content, dict):
        raise StackFileError(f"{file}: must have a member config, as in stacks/Pulumi.single.yaml")
    config = {} if content.get("config") is None else content["config"]
    if not isinstance(config, dict):
        raise StackFileError(
            f"{file}: must have a mapping of settings as config, as in stacks/Pulumi.single.yaml"
        )
    by_name = {_whole_name(name): value for name, value in config.items()}
    own = {
        name.removeprefix(f"{NAMESPACE}:"): value
        for name, value in by_name.items()
        if name.startswith(f"{NAMESPACE}:")
    }
    values = {key: typed(key, value) for key, value in own.items()}
    problems = (
        *map(_describe_repeated_key, document.repeated_keys),
        *(f"{key}: must be a text in quotation marks, as every key" for key in document.other_keys),
        *_key_problems(config),
        *salt_problems(content, by_name),
    )
    return StackFile(values, tuple(by_name), bool(content.get("environment")), problems)


def typed(key: str, value: object) -> object:
    """Return a value as the program reads it.

    `pulumi config set` writes numbers and lists as text, and Pulumi hands over every number as text.
    """
    if _TYPES.get(key, "string") == "string":
        return json.dumps(value) if isinstance(value, bool | int | float) else value
    if isinstance(value, str):
        with suppress(ValueError):
            return json.loads(value)
    return value


def is_encrypted(value: object) -> bool:
    """Return whether a value, or a part of it, is encrypted, so that Pulumi alone can read it."""
    match value:
        case {"secure": str()}:
            return True
        case dict():
            return any(map(is_encrypted, value.values()))
        case list():
            return any(map(is_encrypted, value))
    return False


def _whole_name(name: str) -> str:
    """A key with its namespace, which Pulumi adds where it is missing, without the old form's `config`."""
    if ":" not in name:
        return f"{NAMESPACE}:{name}"
    return re.sub(r"^([^:]+):config:([^:]+)$", r"\1:\2", name)


def _describe_repeated_key(key: RepeatedKey) -> str:
    first, second = key.lines
    return (
        f"{_describe_path(key.path)}: must be there once, and is in lines {first} and {second}; remove one"
        " of them"
    )


def _describe_path(path: tuple[str | int, ...]) -> str:
    """Return the keys of a value as problems name it, such as `servers[0].flavor`."""
    words = path[1:] if len(path) > 1 and path[0] == "config" else path
    text = "".join(f"[{word}]" if isinstance(word, int) else f".{word}" for word in words)
    return text.removeprefix(".").removeprefix(f"{NAMESPACE}:")


def _key_problems(config: Mapping[str, object]) -> Iterator[str]:
    """Yield a line for each key that Pulumi refuses, or that stands for the same setting as another one."""
    by_name: dict[str, str] = {}
    for key in config:
        if not _KEY.fullmatch(key):
            yield f"{key}: must be {NAMESPACE}:KEY, or of another namespace NAMESPACE:KEY"
        elif by_name.setdefault(_whole_name(key), key) != key:
            yield f"{key}: must be there once, and is there as {by_name[_whole_name(key)]} too; take one out"
