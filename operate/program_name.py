"""Names this program in messages as it can be started where they are read.

Messages say `operate status prod`. Where no `operate` is on PATH, as outside of `make shell`, that cannot be
copied: they name the file that was started instead, such as `bin/operate`.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

VARIABLE = "OPERATE_PROGRAM"
"""Name of the variable with the file that was started, as it was written; `bin/operate` sets it."""
COMMANDS = (
    "adopt", "dashboard", "doctor", "history", "images", "init", "login", "logout", "migrate", "move",
    "observe", "open", "recover", "retire", "rollback", "rotate", "route", "ssh", "status", "swap",
)  # fmt: skip
"""The commands; `operate` before another word, which is no option, is no command."""
_COMMAND = re.compile(rf"(?<![\w./-])operate(?= (?:(?:{'|'.join(COMMANDS)})\b|--|\[))")


def started_program(variables: Mapping[str, str]) -> str:
    """Return how a shell starts this program; "operate" where that is on PATH, or nothing else is known.

    Args:
        variables: Environment of this process.
    """
    program = variables.get(VARIABLE, "")
    if not program or shutil.which("operate", path=variables.get("PATH")):
        return "operate"
    return shlex.quote(program)


def name_program(text: str, program: str) -> str:
    """Return a text in whose commands the program is named as it can be started.

    Args:
        text: Text for people.
        program: Program as a shell starts it.
    """
    return _COMMAND.sub(lambda _: program, text)


class NamingStream:
    """A text stream that names the program in what is written.

    Args:
        stream: Stream that is written to.
        program: Program as a shell starts it.
    """

    def __init__(self, stream: TextIO, program: str) -> None:
        self._stream, self._program = stream, program

    def write(self, text: str) -> int:
        """Write a text; returns the number of its characters."""
        self._stream.write(name_program(text, self._program))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts, one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Return what the stream has itself."""
        return getattr(self._stream, name)


def naming_stream(stream: TextIO) -> TextIO:
    """Return a stream that names the program; the stream itself where it is named as it is."""
    program = started_program(os.environ)
    return stream if program == "operate" else NamingStream(stream, program)  # type: ignore[return-value]
