"""Runs the commands that the local environment is made of."""

import subprocess
from collections.abc import Mapping, Sequence

from dev.local.environment import CHECKOUT, ToldError


def run(
    command: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    capture: bool = False,
) -> str:
    """Run a command in the checkout and return what it printed, if `capture`, else the empty string.

    An interrupt from the terminal reaches the command as well; it is given the time to end in order.

    Args:
        command: the program and its arguments.
        variables: its environment; this process's where None.
        capture: whether to return its standard output instead of showing it.

    Raises:
        ToldError: it failed; its own words stand above on standard error.
    """
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=variables,
        stdout=subprocess.PIPE if capture else None,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as child:
        try:
            printed, _ = child.communicate()
        except KeyboardInterrupt:
            child.wait()
            raise
    if child.returncode != 0:
        raise ToldError(f"{' '.join(command[:4])} ended with {child.returncode}")
    return printed.strip() if capture else ""
