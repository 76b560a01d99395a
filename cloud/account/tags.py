"""Tags, as setTags reads them."""

import re

from cloud import faults
from cloud.values import Json

_FORBIDDEN = re.compile(r"[^A-Za-z0-9 _.:-]")


def read_tags(text: Json) -> tuple[str, ...]:
    """Return the tags of a comma-separated text; "" means none. What a tag may not hold is left out of it.

    Raises:
        ApiFault: The value is no text.
    """
    if text is None:
        return ()
    if not isinstance(text, str):
        raise faults.invalid_parameter("Tags must be one text, separated by commas.")
    cleaned = (_FORBIDDEN.sub("", part).strip() for part in text.split(","))
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))
