"""A stack's outputs; its program is not run and nothing is written."""

from collections.abc import Mapping

from operate.error import OperateError
from operate.stack.automation.missing_stack import explain_missing_stack, hint_of_name
from operate.stack.automation.stack_output import read_outputs
from operate.stack.stack_file import PROGRAM


def outputs(environment: str) -> Mapping[str, object]:
    """Return a stack's outputs, the secret ones readable.

    Args:
        environment: the stack's name.

    Raises:
        OperateError: there is no such stack, or no engine, or the backend or the passphrase refuses.
    """
    values = read_outputs(environment)
    return _outputs_by_api(environment) if values is None else values


def _outputs_by_api(environment: str) -> Mapping[str, object]:
    from pulumi import automation

    from operate.stack.automation.pulumi_failure import describe_failure

    try:
        output_values = automation.LocalWorkspace(work_dir=str(PROGRAM)).stack_outputs(environment)
    except automation.StackNotFoundError:
        raise OperateError(f"environment {environment}: {explain_missing_stack(environment)}") from None
    except (automation.CommandError, automation.InvalidVersionError, OSError) as error:
        reason = describe_failure(error, "see `pulumi stack ls` and PULUMI_BACKEND_URL")
        raise OperateError(f"environment {environment}: {reason}{hint_of_name(environment)}") from None
    return {name: output.value for name, output in output_values.items()}
