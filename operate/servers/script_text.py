"""The text of a script for servers: one file, with what it sources put in its place.

A script reaches its server by standard input, alone; so the files that it sources travel within it.
"""

import re
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
"""Folder with the scripts that commands run on servers."""
_SOURCE = re.compile(r"^source (lib/[a-z0-9-]+\.sh)$", re.MULTILINE)


def script_text(script: Path) -> str:
    """Return a script whole.

    Args:
        script: File of the script; it sources files of `lib/` beside it by lines of their own.

    Raises:
        FileNotFoundError: The script or a file that it sources does not exist.
    """
    return _SOURCE.sub(lambda match: (script.parent / match[1]).read_text().rstrip("\n"), script.read_text())
