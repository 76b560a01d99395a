"""The variables of the local environment that is up, for a shell of the operator's."""

import json
import os
from collections.abc import Mapping

from dev.local.environment import CHECKOUT, STACK, Environment, LocalError

_PROGRAMS = CHECKOUT / "dev" / "local" / "programs"
"""Its `pulumi` takes the stack file that `operate` writes, not the one in `stacks`."""


def read_variables(environment: Environment) -> Mapping[str, str]:
    """Return this process's environment with that of the local stack.

    Raises:
        LocalError: `make up` has not brought it up.
    """
    try:
        own: Mapping[str, str] = json.loads(environment.variables_file.read_text())
    except (OSError, ValueError) as error:
        raise LocalError(f"the stack {STACK} is not up ({type(error).__name__}); run make up first") from None
    path = f"{_PROGRAMS}:{own['PATH']}:{os.environ['PATH']}"
    return os.environ | own | {"PATH": path, "PULUMI_STACK": STACK}
