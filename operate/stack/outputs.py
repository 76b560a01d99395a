"""A stack's outputs, through the Automation API; its program is not run and nothing is written."""

from collections.abc import Mapping

from pulumi import automation

from messages.progress import step
from operate.error import OperateError
from operate.stack.pulumi_failure import describe_failure
from operate.stack.stack_file import PROGRAM


def outputs(environment: str) -> Mapping[str, object]:
    """Return a stack's outputs, the secret ones readable.

    Args:
        environment: the stack's name.

    Raises:
        OperateError: there is no such stack, or no engine, or the backend or the passphrase refuses.
    """
    try:
        workspace = automation.LocalWorkspace(work_dir=str(PROGRAM))
        with step("pulumi stack output"):
            output_values = workspace.stack_outputs(environment)
    except (automation.CommandError, automation.InvalidVersionError, OSError) as error:
        reason = describe_failure(error, "see `pulumi stack ls` and PULUMI_BACKEND_URL")
        raise OperateError(f"environment {environment}: {reason}") from None
    return {name: output.value for name, output in output_values.items()}
