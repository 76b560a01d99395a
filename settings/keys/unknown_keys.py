"""Keys of the stack file that are no settings: a typing error must not silently leave a default in place."""

from collections.abc import Iterable

from messages.nearest import nearest_hint, nearest_names
from settings.adoption import ADOPTION
from settings.doors.move import MOVE
from settings.table import SETTINGS

NAMESPACE = "softlayer-registry"
_WRITTEN_BY_OPERATE = frozenset({"lastSwap", ADOPTION, MOVE, "rotation", "oldSshKeyFile"})
"""What `operate` notes in the stack file: the last swap, and an adoption, a move or a rotation under way."""
KNOWN_KEYS = frozenset(setting.key for setting in SETTINGS) | _WRITTEN_BY_OPERATE
_PROVIDER = "softlayer"
"""Namespace of the provider, which is no typing error of ours."""
PROVIDER_KEYS = frozenset(
    {"username", "apiKey", "endpointUrl", "timeout", "rateLimit", "orderSettle", "verifyOrders"}
)
"""The provider's own settings, as provider/schema.json has them."""
_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL"})
"""What the engine reads of a provider's namespace."""
_LIKENESS = 0.8
"""Share of letters in common from which a namespace is taken for ours (choice)."""


def unknown_key_problems(keys: Iterable[str]) -> list[str]:
    """Return a line for each key that is no setting, with those that are nearest.

    Args:
        keys: Keys of the stack file, without the namespace.
    """
    offered = KNOWN_KEYS - _WRITTEN_BY_OPERATE
    return [
        f"{key}: is not a setting{nearest_hint(key, offered)}; docs/reference/settings.md has all"
        for key in sorted(set(keys) - KNOWN_KEYS)
    ]


def unknown_namespace_problems(names: Iterable[str]) -> list[str]:
    """Return a line for each key whose namespace is this one mistyped, or that is no setting of the provider.

    Args:
        names: Names of the stack file's keys, with their namespaces.
    """
    namespaces = {name: name.partition(":")[0] for name in sorted(names)}
    mistyped = [
        f"{name}: must begin with {NAMESPACE}:, as settings do; nobody reads {namespace}:"
        for name, namespace in namespaces.items()
        if namespace not in (NAMESPACE, _PROVIDER) and nearest_names(namespace, [NAMESPACE], _LIKENESS)
    ]
    prefix = f"{_PROVIDER}:"
    keys = sorted(name.removeprefix(prefix) for name in namespaces if name.startswith(prefix))
    unknown = [
        f"{prefix}{key}: is not a setting of the provider{nearest_hint(key, PROVIDER_KEYS)}"
        for key in keys
        if key not in PROVIDER_KEYS | _ENGINE_KEYS
    ]
    return mistyped + unknown


def own_keys(keys: Iterable[str]) -> list[str]:
    """Return the keys of this program's namespace, without it."""
    prefix = f"{NAMESPACE}:"
    return [key.removeprefix(prefix) for key in keys if key.startswith(prefix)]
