"""A stack's outputs, through the Automation API; its program is not run and nothing is written."""

from collections.abc import Mapping

from pulumi import automation

from operate.error import OperateError
from operate.stack_file import PROGRAM


def outputs(environment: str) -> Mapping[str, object]:
    """Return a stack's outputs, the secret ones readable.

    Args:
        environment: the stack's name.

    Raises:
        OperateError: there is no such stack, or no engine, or the backend or the passphrase refuses.
    """
    try:
        workspace = automation.LocalWorkspace(work_dir=str(PROGRAM))
        output_values = workspace.stack_outputs(environment)
    except (automation.CommandError, automation.InvalidVersionError, OSError) as error:
        raise OperateError(f"environment {environment}: {_reason(error)}") from None
    return {name: output.value for name, output in output_values.items()}


def _reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, OSError):
        return "pulumi cannot be started; put the folder that `python -m engine build` prints on PATH"
    for line in text.splitlines():
        if "error:" in line:
            return f"{line.split('error:', 1)[1].strip()}; see `pulumi stack ls` and PULUMI_BACKEND_URL"
    return "its outputs cannot be read; see `pulumi stack output`"
