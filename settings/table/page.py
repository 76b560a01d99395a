"""The tables of docs/reference/settings.md, made from the table; pure."""

import json
import posixpath
import re
from collections.abc import Mapping, Sequence

from settings.table.setting import Setting

_TABLE = re.compile(
    r"(?P<begin><!-- settings: (?P<heading>[^>]*?) -->\n)(?P<rows>.*?)(?P<end><!-- /settings -->)", re.DOTALL
)
_HEAD = "| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
_OWN = "reference/settings.md"


def page(text: str, sections: Mapping[str, Sequence[Setting]]) -> str:
    """Return the page with its tables regenerated, each between `<!-- settings: HEADING -->` and its end.

    Raises:
        KeyError: A heading is not one of the sections.
    """
    return _TABLE.sub(
        lambda match: match["begin"] + _HEAD + _rows(sections[match["heading"]]) + match["end"], text
    )


def _rows(settings: Sequence[Setting]) -> str:
    return "".join(
        f"| `{setting.key}` | {_type(setting)} | {_default(setting)} | {_meaning(setting)} |\n"
        for setting in settings
    )


def _type(setting: Setting) -> str:
    return f"secret {setting.type}" if setting.is_secret else setting.type


def _default(setting: Setting) -> str:
    if setting.fallback:
        return setting.fallback
    if setting.default is not None:
        return f"`{json.dumps(setting.default)}`" if setting.default not in ("", [], {}) else "none"
    return "required" if setting.is_required else "none"


def _meaning(setting: Setting) -> str:
    see = f" See [{_title(setting.see)}]({_link(setting.see)})." if setting.see else ""
    return (setting.meaning + see).replace("|", "\\|")


def _link(place: str) -> str:
    return (
        place.removeprefix(_OWN)
        if place.startswith(_OWN)
        else posixpath.relpath(place, posixpath.dirname(_OWN))
    )


def _title(place: str) -> str:
    page_name, _, heading = place.rpartition("/")[2].partition("#")
    return (heading or page_name.removesuffix(".md")).replace("-", " ")
