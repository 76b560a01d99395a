"""The variables of the local environment that is up, for a shell of the operator's."""

import json
import os
from collections.abc import Mapping

from dev.local.environment import STACK, Environment, LocalError


def read_variables(environment: Environment) -> Mapping[str, str]:
    """Return this process's environment with that of the local stack.

    Raises:
        LocalError: `make up` has not brought it up.
    """
    try:
        own: Mapping[str, str] = json.loads(environment.variables_file.read_text())
    except (OSError, ValueError) as error:
        raise LocalError(f"the stack {STACK} is not up ({type(error).__name__}); run make up first") from None
    return os.environ | own | {"PATH": f"{own['PATH']}:{os.environ['PATH']}"}
