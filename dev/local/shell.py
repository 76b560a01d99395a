"""The variables of the local environment that is up, for a shell of the operator's."""

import json
import os
from collections.abc import Mapping

from dev.local.environment import CHECKOUT, STACK, Environment, LocalError

_PROGRAMS = CHECKOUT / "dev" / "local" / "programs"
"""Its `pulumi` takes the stack file that `operate` writes, not the one in `stacks`."""


_WARNINGS = "ignore:The parameter --tag is used more than once"
"""`slcli` declares that option twice, of which its library warns at each start (softlayer-python 6.2.9)."""


def read_variables(environment: Environment) -> Mapping[str, str]:
    """Return this process's environment with that of the local stack.

    Raises:
        LocalError: `make up` has not brought it up.
    """
    try:
        own: Mapping[str, str] = json.loads(environment.variables_file.read_text())
    except (OSError, ValueError):
        raise LocalError(f"the stack {STACK} is not up; run make up first") from None
    path = f"{_PROGRAMS}:{own['PATH']}:{os.environ['PATH']}"
    warnings = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), _WARNINGS]))
    return os.environ | own | {"PATH": path, "PULUMI_STACK": STACK, "PYTHONWARNINGS": warnings}
