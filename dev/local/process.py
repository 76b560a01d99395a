"""Runs the commands that the local environment is made of."""

import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from dev.local.environment import CHECKOUT, CommandFailedError
from messages.progress import PROGRESS


def run(
    command: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    capture: bool = False,
) -> str:
    """Run a command in the checkout and return what it printed, if `capture`, else the empty string.

    Where a live line is shown, what the command writes is put above it.

    An interrupt from the terminal reaches the command as well; it is given the time to end in order.

    Args:
        command: the program and its arguments.
        variables: its environment; this process's where None.
        capture: whether to return its standard output instead of showing it.

    Raises:
        CommandFailedError: it failed; its own words stand above on standard error.
    """
    is_relayed = PROGRESS.has_live_line
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=variables,
        stdout=subprocess.PIPE if capture or is_relayed else None,
        stderr=subprocess.PIPE if is_relayed else None,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
    ) as child:
        try:
            printed = _read(child, capture=capture)
        except KeyboardInterrupt:
            child.wait()
            raise
    if child.returncode != 0:
        raise CommandFailedError(f"{' '.join(command[:4])} ended with {child.returncode}")
    return printed.strip()


def _read(child: "subprocess.Popen[str]", *, capture: bool) -> str:
    """Wait for the end of a command; return its standard output if `capture`, and relay all else there is."""
    printed: list[str] = []
    take = printed.append if capture else _relay
    readers = [
        threading.Thread(target=_read_lines, args=(stream, act), daemon=True)
        for stream, act in ((child.stdout, take), (child.stderr, _relay))
        if stream is not None
    ]
    for reader in readers:
        reader.start()
    child.wait()
    for reader in readers:
        reader.join()
    return "".join(printed)


def _read_lines(lines: Iterable[str], act: Callable[[str], None]) -> None:
    for line in lines:
        act(line)


def _relay(line: str) -> None:
    PROGRESS.write_line(line.rstrip("\n"))
