"""What a written stack file holds."""

from collections.abc import Mapping

import yaml


def settings_of(text: str) -> dict[str, object]:
    """Return the settings of the program in the text of a stack file, by their keys."""
    config: Mapping[str, object] = yaml.safe_load(text)["config"]
    return {key.removeprefix("softlayer-registry:"): value for key, value in config.items()}
