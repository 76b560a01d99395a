"""The text of a remote script: one file of `components/scripts`, with what it sources put in its place.

A script reaches its server by standard input, alone; so the files that it sources travel within it.
"""

import re
from pathlib import Path

_SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
_SOURCE = re.compile(r"^source (lib/[a-z0-9-]+\.sh)$", re.MULTILINE)


def script_source(name: str) -> str:
    """Return the script whole.

    Args:
        name: File name in `components/scripts`; it sources files of `lib/` there by lines of their own.

    Raises:
        FileNotFoundError: The script or a file that it sources does not exist.
    """
    return _SOURCE.sub(
        lambda match: (_SCRIPTS / match[1]).read_text().rstrip("\n"), (_SCRIPTS / name).read_text()
    )
