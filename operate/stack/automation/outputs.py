"""A stack's outputs; its program is not run, and this machine remembers the facts among them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from operate.error import NotStartedError
from operate.stack.automation.missing_stack import explain_missing_stack, failure_of
from operate.stack.automation.stack_output import read_outputs
from operate.stack.config.stack_file import PROGRAM, stack_file_of
from operate.stack.facts_cache import remember_facts
from operate.stack.placement import place_outputs, read_placement


class NoStackError(NotStartedError):
    """Pulumi's backend has no stack of a name."""


def outputs(
    environment: str,
    config_file: Path | None = None,
    explain: Callable[[str, Path | None], str] = explain_missing_stack,
) -> Mapping[str, object]:
    """Return a stack's outputs, the secret ones readable, with the endpoints that clients use now.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        explain: Returns the message about a missing stack; by default it may wait for the account.

    Raises:
        NoStackError: The stack does not exist.
        OperateError: The engine does not exist, or the backend or the passphrase refuses.
    """
    values = read_outputs(environment)
    values = _outputs_by_api(environment, config_file, explain) if values is None else values
    remember_facts(environment, config_file, values)
    placement = read_placement(stack_file_of(environment, config_file))
    return place_outputs(environment, values, placement)


def _outputs_by_api(
    environment: str, config_file: Path | None, explain: Callable[[str, Path | None], str]
) -> Mapping[str, object]:
    from pulumi import automation

    from operate.stack.automation.pulumi_failure import describe_failure

    try:
        output_values = automation.LocalWorkspace(work_dir=str(PROGRAM)).stack_outputs(environment)
    except automation.StackNotFoundError:
        raise NoStackError(f"environment {environment}: {explain(environment, config_file)}") from None
    except (automation.CommandError, automation.InvalidVersionError, OSError) as error:
        reason = describe_failure(error, "see `pulumi stack ls` and PULUMI_BACKEND_URL")
        has_engine = not isinstance(error, FileNotFoundError)
        raise failure_of(environment, reason, config_file, has_engine=has_engine) from None
    return {name: output.value for name, output in output_values.items()}
