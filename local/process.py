"""Runs the commands that the local environment is made of."""

import subprocess
from collections.abc import Mapping, Sequence

from local.environment import CHECKOUT, LocalError


def run(command: Sequence[str], *, variables: Mapping[str, str] | None = None, capture: bool = False) -> str:
    """Run a command in the checkout and return what it printed, if `capture`, else the empty string.

    Raises:
        LocalError: it failed; its own words stand above on standard error.
    """
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=variables,
        stdout=subprocess.PIPE if capture else None,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LocalError(f"{' '.join(command[:4])} ended with {done.returncode}; its own words stand above")
    return done.stdout.strip() if capture else ""
