"""The `config` of Pulumi.yaml, made from the table; pure.

No setting has a `type`, and each has a default, an empty one where the stack file must have it. Pulumi would
check both before it runs the program, stop at the first mistake, and so hide all the others, which
the settings' reader reports together with what is nearest.
"""

import json
import textwrap
from collections.abc import Mapping, Sequence

from settings.table.setting import Setting, SettingType

_HEADING = "config:\n"
_WIDTH = 120
_EMPTY: Mapping[SettingType, object] = {
    "string": "", "array": [], "object": {}, "integer": 0, "boolean": False,
}  # fmt: skip


def project_file(text: str, settings: Sequence[Setting]) -> str:
    """Return a project file whose `config`, its last member, is regenerated.

    Args:
        text: Text of the project file.
        settings: Settings of the stack file; secrets are left out, since Pulumi would want a default
            encrypted.

    Raises:
        ValueError: The file has no `config`.
    """
    before, heading, _ = text.partition(_HEADING)
    if not heading:
        raise ValueError("Pulumi.yaml must have a member config, the last one")
    return before + heading + "".join(_member(setting) for setting in settings if not setting.is_secret)


def _member(setting: Setting) -> str:
    default = _EMPTY[setting.type] if setting.default is None else setting.default
    text = f"{_kind(setting)}: {setting.meaning}"
    if setting.fallback:
        text += f" Where it is empty: {setting.fallback}."
    # JSON is YAML.
    lines = [f"  {setting.key}:", f"    default: {json.dumps(default)}", "    description: >-"]
    return "\n".join([*lines, textwrap.indent(textwrap.fill(text, _WIDTH - 6), " " * 6)]) + "\n"


def _kind(setting: Setting) -> str:
    """The type in words, which nobody but people reads."""
    kind = f"array of {setting.items}s" if setting.type == "array" else setting.type
    return f"{kind}, required" if setting.is_required else kind
