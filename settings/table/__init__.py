"""The table of settings: each key once, with its type, default and meaning.

`settings` reads the stack file by it; `python -m settings` writes the `config` of Pulumi.yaml and the tables
of docs/reference/settings.md from it.
"""

import copy
from collections.abc import Mapping, Sequence

from settings.table.access import ACCESS
from settings.table.environment import ENVIRONMENT
from settings.table.registry import REGISTRY
from settings.table.server import SERVER
from settings.table.setting import ReleasePart, Setting
from settings.table.storage import STORAGE

SECTIONS: Mapping[str, Sequence[Setting]] = {
    "The environment": ENVIRONMENT,
    "A server": SERVER,
    "The registry": REGISTRY,
    "Where images are kept": STORAGE,
    "Who reaches it": ACCESS,
}
"""By the heading of the page."""
SETTINGS: tuple[Setting, ...] = (*ENVIRONMENT, *REGISTRY, *STORAGE, *ACCESS)
"""Those of the stack file itself."""


def release_keys(*parts: ReleasePart) -> frozenset[str]:
    """Return the keys by which a release overrides settings of these parts of it."""
    overridable = (setting for setting in SETTINGS if setting.release_key)
    return frozenset(setting.release_key for setting in overridable if setting.release_of in parts)


def with_defaults(values: Mapping[str, object], settings: Sequence[Setting] = SETTINGS) -> dict[str, object]:
    """Return values with the defaults of settings that they lack."""
    defaults = {setting.key: setting.default for setting in settings if setting.default is not None}
    return {**copy.deepcopy(defaults), **values}


def without_empty(values: Mapping[str, object]) -> dict[str, object]:
    """Return values without empty texts of settings that must be given, which are as good as missing.

    Pulumi hands such a text over where the stack file does not have the setting: see `project_file`.
    """
    required = {setting.key for setting in SETTINGS if setting.is_required}
    return {key: value for key, value in values.items() if value != "" or key not in required}
