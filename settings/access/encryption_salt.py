"""The salt of a stack file, without which no passphrase opens its encrypted settings.

For a file that lacks it Pulumi makes another salt unasked, with which the same passphrase opens nothing.
"""

import re
from collections.abc import Iterator, Mapping

_SALT, _CLOUD_KEY = "encryptionsalt", "encryptedkey"
_SALT_FORM = re.compile(r"v1:[^:\s]+:v1:[^:\s]+:[^:\s]+")
"""As `pulumi stack init` writes it: version, salt, and an encrypted text that proves the passphrase."""
_BY_KEY = re.compile(r"v1:[^:\s]+:[^:\s]+")
"""Version, nonce and text of what a key of the file encrypts; what Pulumi Cloud encrypts has another form."""
_REMEDY = (
    "take it back from git, from a backup, or from the state; docs/runbooks/lost-state.md says how. Until"
    " then run no `pulumi up`, `preview` or `config set`, which would write another salt"
)


def salt_problems(content: Mapping[object, object], values: Mapping[str, object]) -> list[str]:
    """Return what is wrong with the salt, a line at most.

    Args:
        content: Content of the stack file.
        values: Configuration in the stack file, by the keys.
    """
    salt, encrypted = content.get(_SALT), [key for key, value in values.items() if any(_texts(value))]
    if salt and not (isinstance(salt, str) and _SALT_FORM.fullmatch(salt)):
        return [f"{_SALT}: must be v1:SALT:v1:NONCE:TEXT on one line, as Pulumi wrote it; {_REMEDY}"]
    if salt or content.get(_CLOUD_KEY) or not encrypted:
        return []
    return [f"{_SALT}: is missing; without it no passphrase opens {', '.join(encrypted)}; {_REMEDY}"]


def _texts(value: object) -> Iterator[str]:
    """Yield the texts of a value that a key of the file encrypts."""
    match value:
        case {"secure": str(text), **further} if not further:
            yield from [text] if _BY_KEY.fullmatch(text) else []
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)
