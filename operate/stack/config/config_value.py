"""Settings in the format of `pulumi config --json`; pure."""

import json
import re
from collections.abc import Mapping


def config_value(value: object) -> Mapping[str, object]:
    """Return a text, or an object or a list."""
    if isinstance(value, str):
        return {"value": value, "secret": False}
    return {"value": json.dumps(value), "objectValue": value, "secret": False}


def plain_data(text: str | None) -> object:
    """Return a setting as plain data: an object or a list, or else the text; None where there is none."""
    try:
        return json.loads(text) if text and text[0] in "[{" else text or None
    except ValueError:
        # A password, for one, may begin with a bracket.
        return text


def typed_setting(value: str) -> str | int | bool:
    """Return a setting of the command line as YAML has it."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if re.fullmatch(r"[0-9]+", value) else value
