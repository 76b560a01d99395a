"""How this machine's pip reaches its package index, as a pip.conf for another pip."""

import re

_LINE = re.compile(r"(?P<section>[^.]*)\.(?P<key>[a-z-]+)='(?P<value>.*)'")
# What says how to get there; the rest says where to put things.
_KEPT = ("default-timeout", "extra-index-url", "index-url", "proxy", "retries", "timeout", "trusted-host")


def pip_configuration(listed: str, authorities: str) -> str:
    """Return the text of a pip.conf; it may hold a password in an address.

    Args:
        listed: What `pip config list` prints.
        authorities: Path of the certificate authorities there; "" leaves them to pip.
    """
    options: dict[str, str] = {}
    # Environment comes first in pip's list and last in its precedence of files: it wins.
    for line in reversed(listed.splitlines()):
        match = _LINE.fullmatch(line.strip())
        if match and match["key"] in _KEPT:
            options[match["key"].replace("default-timeout", "timeout")] = match["value"].replace(
                "\\n", "\n  "
            )
    if authorities:
        options["cert"] = authorities
    return "[global]\n" + "".join(f"{key} = {options[key]}\n" for key in sorted(options))
