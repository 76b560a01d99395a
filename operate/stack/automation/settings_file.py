"""Writes settings to a stack's file by the Automation API; comments of the file stay."""

import json
from collections.abc import Mapping

from pulumi import automation

from operate.stack.config.config_value import config_value, plain_data
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.release_settings import configured_releases, release_settings
from operate.stack.config.setting_keys import KEEP_RELEASE, RELEASES

PROJECT = "softlayer-registry"
_SECRETS = frozenset({"registrySecret"})
"""Settings that are written encrypted; a preview's copy of the stack file has one too."""


def write_or_remove(stack: automation.Stack, settings: Mapping[str, object]) -> None:
    """Write settings; one that is None is taken out."""
    # A setting may be there with nothing in it.
    present = stack.get_all_config()
    removed = [key for key in settings if settings[key] is None and f"{PROJECT}:{key}" in present]
    if kept := {key: value for key, value in settings.items() if value is not None}:
        write_settings(stack, kept)
    for key in removed:
        stack.remove_config(f"{PROJECT}:{key}")


def configure(stack: automation.Stack, desired: DesiredRelease) -> bool:
    """Write what a colour is to run; an existing release keeps the settings that are not given again.

    Args:
        stack: Stack whose file is written.
        desired: The colour with its release.

    Returns:
        Whether anything is to be built; what is kept builds nothing.
    """
    configured = {
        key.removeprefix(f"{PROJECT}:"): plain_data(value.value)
        for key, value in stack.get_all_config().items()
    }
    values = release_settings(configured, desired)
    releases = configured_releases(configured)
    same = (configured.get(desired.colour.value) or "") == desired.release
    same = same and values.get(RELEASES, releases) == releases
    is_kept = not desired.keep or configured.get(KEEP_RELEASE) == desired.keep
    if is_kept:
        values.pop(KEEP_RELEASE, None)
    if not (same and is_kept):
        write_settings(stack, values)
    return not same


def write_settings(stack: automation.Stack, values: Mapping[str, object]) -> None:
    """Write settings at once, in the format of `pulumi config --json`; comments of the file stay.

    Args:
        stack: Stack whose file is written.
        values: Values by their names without the project's.
    """
    configuration = {
        f"{PROJECT}:{key}": {**config_value(value), "secret": key in _SECRETS}
        for key, value in values.items()
    }
    stack.set_all_config_json(json.dumps(configuration))
