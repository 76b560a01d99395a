"""What a standby keeps: the steps that make it the registry, as one archive; pure."""

import base64
import gzip
import io
import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from components.remote.script_source import script_source

LIVE = "@LIVE@"
"""Stands for the colour that goes live, in the arguments of a step."""
_START = "standby-start.sh"
_WORD = re.compile(r"[A-Za-z0-9@._:/=,+-]+")


class StepOrder(StrEnum):
    """When a step runs: behind the one before, beside those that follow, or once all beside it have ended."""

    NEXT = "next"
    BESIDE = "beside"
    AFTER = "after"


@dataclass(frozen=True)
class StandbyStep:
    """One run of a script, prepared.

    Attributes:
        name: Name of the step, unique.
        script: File name in `components/scripts`.
        arguments: Arguments of the script, each a word that a shell leaves as it is.
        content: What the script reads. Secret.
        colour: The step is for this colour only; "" for both.
        order: When the step runs beside the others.

    Raises:
        ValueError: A word that a shell would split or expand.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    content: str = field(default="", repr=False)
    colour: str = ""
    order: StepOrder = StepOrder.NEXT

    def __post_init__(self) -> None:
        for word in (self.name, self.script, *self.arguments):
            if not _WORD.fullmatch(word):
                raise ValueError(f"step {self.name} of a standby: {word!r} must be a plain word")

    @property
    def line(self) -> str:
        """The step as standby-start.sh reads it."""
        return " ".join((self.name, self.colour or "-", self.order, self.script, *self.arguments)) + "\n"


def bundle(steps: Sequence[StandbyStep]) -> str:
    """Return the archive in base64, the same for the same steps; secret."""
    files = {"steps": "".join(step.line for step in steps), "start": script_source(_START)}
    for step in steps:
        files[f"scripts/{step.script}"] = script_source(step.script)
        files[f"inputs/{step.name}"] = step.content
    stream = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, text in sorted(files.items()):
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    return base64.encodebytes(stream.getvalue()).decode()
