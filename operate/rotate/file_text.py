"""The text of a stack file: its settings, and whether they are as before a rotation; pure."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from operate.stack.config.config_value import plain_data
from operate.stack.config.setting_keys import ROTATION

_NAMESPACE = "softlayer-registry:"
_TEXTS_KEPT = 8
"""Texts whose content is kept (choice): giving a rotation up asks eleven times what two or three say."""


def settings_of(text: str) -> dict[str, object]:
    """Return the settings of a stack file as plain data, without their namespace; secrets stay encrypted.

    Args:
        text: Text of the file.
    """
    config = file_content(text).get("config")
    settings = config if isinstance(config, Mapping) else {}
    return {str(name).removeprefix(_NAMESPACE): _plain(value) for name, value in settings.items()}


def text_afterwards(before: str, present: str, encrypted_again: Collection[str]) -> str:
    """Return the text of a stack file once a rotation is given up, without the rotation's progress.

    Pulumi writes a file without its empty lines and in an order of its own. Where the file says what it said
    before the rotation, it has every byte of before; what others have changed since then stays.

    Args:
        before: Text before the rotation.
        present: Text now; its settings are restored.
        encrypted_again: Secret settings whose value was restored; their encryption differs.
    """
    is_same = _meaning(before, encrypted_again) == _meaning(present, encrypted_again)
    return before if is_same else present


def _meaning(text: str, encrypted_again: Collection[str]) -> object:
    settings = {name: value for name, value in settings_of(text).items() if name != ROTATION}
    for name in encrypted_again:
        if _is_secret(settings.get(name)):
            settings[name] = None
    return {**file_content(text), "config": _comparable(settings)}


def file_content(text: str) -> dict[str, Any]:
    """Return everything that a stack file has; nothing where it cannot be read.

    Args:
        text: Text of the file.
    """
    return deepcopy(_parsed(text))


@lru_cache(_TEXTS_KEPT)
def _parsed(text: str) -> dict[str, Any]:
    import yaml  # `operate history` does not wait for it

    try:
        content: object = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return dict(content) if isinstance(content, Mapping) else {}


def _plain(value: object) -> object:
    """Return a setting as plain data: `pulumi config set` writes an object or a list as text."""
    return (plain_data(value) if value else value) if isinstance(value, str) else value


def _comparable(value: object) -> object:
    """Return a value in which a number or a truth value is its text: Pulumi takes both as the same."""
    match value:
        case Mapping():
            return {str(name): _comparable(inner) for name, inner in value.items()}
        case list():
            return [_comparable(inner) for inner in value]
        case bool():
            return str(value).lower()
    return value if value is None else str(value)


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and "secure" in value
