"""A stack file as Pulumi reads it, for what judges it without Pulumi.

Source: `config.Map` and `LoadProjectStackBytes` (sdk/go/common/resource/config and workspace, read in 3.259).
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from settings.table import SETTINGS
from settings.unknown_keys import NAMESPACE

_TYPES = {setting.key: setting.type for setting in SETTINGS}
_BOOLEAN, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"


class StackFileError(Exception):
    """A stack file cannot be read."""


@dataclass(frozen=True)
class StackFile:
    """What a stack file has.

    Attributes:
        values: of the settings by their keys, without the namespace.
        names: of all keys with their namespaces, as Pulumi hands them over.
        environments: whether it takes further values from Pulumi's environments.
    """

    values: Mapping[str, object]
    names: tuple[str, ...] = ()
    environments: bool = False


class _Loader(yaml.SafeLoader):
    """Resolves scalars as Pulumi does, by YAML 1.2: `yes` is a text, and so is a date."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOLEAN, _TIMESTAMP)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile("^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def read_file(file: Path) -> StackFile:
    """Return what a stack file has.

    Raises:
        StackFileError: it cannot be read, or is no stack file.
    """
    try:
        # A safe loader of our own.
        content = yaml.load(file.read_text(), _Loader)  # noqa: S506
    except OSError as error:
        raise StackFileError(f"{file}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())
        raise StackFileError(f"{file}: must be YAML; {detail}") from None
    config = content.get("config") or {} if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise StackFileError(f"{file}: must have a member config, as in stacks/Pulumi.single.yaml")
    by_name = {_whole_name(str(name)): value for name, value in config.items()}
    own = {
        name.removeprefix(f"{NAMESPACE}:"): value
        for name, value in by_name.items()
        if name.startswith(f"{NAMESPACE}:")
    }
    values = {key: typed(key, value) for key, value in own.items()}
    return StackFile(values, tuple(by_name), environments=bool(content.get("environment")))


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
