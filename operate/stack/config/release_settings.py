"""What a colour's release is in the stack file; pure."""

from collections.abc import Mapping

from operate.stack.config.config_value import typed_setting
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.setting_keys import KEEP_RELEASE, RELEASES

_LIVE_DEFAULT = "red"
"""Of the setting `live`, as Pulumi.yaml has it."""


def live_colour(setting: object) -> str:
    """Return the colour with which the stack file has a new front door begin.

    Args:
        setting: Setting `live` as plain data; None or "" where the file does not have it.
    """
    return str(setting or _LIVE_DEFAULT)


def release_settings(configured: Mapping[str, object], desired: DesiredRelease) -> dict[str, object]:
    """Return the settings with which a colour runs a release.

    An existing release keeps the settings that are not given again. What is no mapping of releases is left
    as it is, for the settings' reader to name.

    Args:
        configured: Settings of the stack file as plain data, by their keys.
        desired: Release that the colour is to run.
    """
    values: dict[str, object] = {desired.colour.value: desired.release}
    releases = configured_releases(configured)
    if desired.release and isinstance(releases, Mapping):
        overrides = releases.get(desired.release, {})
        if isinstance(overrides, Mapping):
            added = {key: typed_setting(value) for key, value in desired.settings.items()}
            values[RELEASES] = {**releases, desired.release: {**overrides, **added}}
    if desired.keep:
        values[KEEP_RELEASE] = desired.keep
    return values


def configured_releases(configured: Mapping[str, object]) -> object:
    """Return the setting `releases`; none given is one release 1, as the program has it.

    Args:
        configured: Settings of the stack file as plain data, by their keys.
    """
    return configured.get(RELEASES) or {"1": {}}
