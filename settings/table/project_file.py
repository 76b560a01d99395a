"""The `config` of Pulumi.yaml, made from the table; pure."""

import json
import textwrap
from collections.abc import Sequence

from settings.table.setting import Setting

_HEADING = "config:\n"
_WIDTH = 120


def project_file(text: str, settings: Sequence[Setting]) -> str:
    """Return a project file whose `config`, its last member, is made anew.

    Args:
        text: Of the project file.
        settings: Those of the stack file; secrets are left out, since Pulumi would want a default encrypted.

    Raises:
        ValueError: The file has no `config`.
    """
    before, heading, _ = text.partition(_HEADING)
    if not heading:
        raise ValueError("Pulumi.yaml must have a member config, the last one")
    return before + heading + "".join(_member(setting) for setting in settings if not setting.is_secret)


def _member(setting: Setting) -> str:
    lines = [f"  {setting.key}:", f"    type: {setting.type}"]
    if setting.type == "array":
        lines += ["    items:", f"      type: {setting.items}"]
    if setting.default is not None:
        # JSON is YAML.
        lines.append(f"    default: {json.dumps(setting.default)}")
    text = setting.meaning + (f" Where it is empty: {setting.fallback}." if setting.fallback else "")
    lines += ["    description: >-", textwrap.indent(textwrap.fill(text, _WIDTH - 6), " " * 6)]
    return "\n".join(lines) + "\n"
