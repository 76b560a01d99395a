"""Asks the account for what a stack holds and for what it forgot; changes nothing and takes no lock."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pulumi import automation

from operate.doctor.finding import NothingToCheckError
from operate.doctor.judgements.missing import MissingObservation
from operate.doctor.probes.stack_file import require_readable
from operate.error import OperateError
from operate.stack.account_traces import find_twins
from operate.stack.automation.pulumi_failure import describe_failure
from operate.stack.automation.pulumi_refresh import PulumiRefresh
from operate.stack.automation.pulumi_workspace import FileCommand, StackPlace, select_stack
from operate.stack.config.stack_file import stack_file_of
from operate.stack.python_command import CommandError
from operate.stack.state.account_answer import AccountAnswer
from operate.stack.state.lost_resources import SERVERS, server_urns

T = TypeVar("T")


def observe_missing(
    environment: str, config_file: Path | None, output_servers: Collection[str]
) -> MissingObservation:
    """Return what the account no longer has, and which servers it has beyond the state.

    Args:
        environment: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        output_servers: Servers that the outputs name, DATACENTER-NAME; a recovery that was stopped has taken
            lost ones out of the state already.

    Raises:
        NothingToCheckError: The stack has no servers.
        NotCheckedError: The stack file cannot be read.
        OperateError: Pulumi or the account does not answer.
    """
    place = StackPlace(environment, config_file and config_file.resolve())
    require_readable(place.file)
    stack = _run("not found", lambda: select_stack(place, FileCommand(place)))
    refresh = PulumiRefresh(_run, lambda: stack, lambda _: ())
    state = refresh.export()
    known_servers = server_urns(state)
    answer = refresh.ask() if known_servers else AccountAnswer()
    observed = missing_items(answer, known_servers, output_servers)
    try:
        twins = find_twins(environment, stack_file_of(environment, config_file), _server_ids(state))
    except (OperateError, CommandError) as error:
        return replace(observed, twins_unknown=str(error))
    if not (known_servers or output_servers or twins):
        raise NothingToCheckError("the stack has no servers, and neither has the account under its names")
    return add_twins(observed, twins, known_servers)


def add_twins(
    observed: MissingObservation, twins: Mapping[str, Sequence[str]], state_servers: Collection[str]
) -> MissingObservation:
    """Return an observation with the servers that the state does not hold; pure.

    Args:
        observed: Observation of what is missing.
        twins: Descriptions of servers that the state does not hold, by DATACENTER-NAME.
        state_servers: Servers in the state, DATACENTER-NAME.
    """
    by_kind: tuple[list[str], list[str]] = [], []
    for name, descriptions in twins.items():
        by_kind[name in state_servers].extend(descriptions)
    unmanaged, beside = by_kind
    return replace(observed, unmanaged=tuple(unmanaged), twins=tuple(beside))


def missing_items(
    answer: AccountAnswer, state_servers: Collection[str], output_servers: Collection[str]
) -> MissingObservation:
    """Return what is missing, by an answer, the state and the outputs; pure.

    Args:
        answer: Answer of the account.
        state_servers: Servers in the state, DATACENTER-NAME.
        output_servers: Servers in the outputs, DATACENTER-NAME.
    """
    names = {_name(urn) for urn, _ in answer.missing} | (set(output_servers) - set(state_servers))
    others = sorted(f"{_kind(urn)} {_name(urn)}" for urn in answer.missing_others)
    return MissingObservation(tuple(sorted(names)), tuple(others))


def _server_ids(state: automation.Deployment) -> Collection[str]:
    """Return the ids of all servers in a state, also of those that await their deletion."""
    resources = (state.deployment or {}).get("resources", [])
    return {str(resource.get("id")) for resource in resources if resource["type"] in SERVERS}


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _kind(urn: str) -> str:
    return urn.rpartition("::")[0].rpartition(":")[2]


def _run(action: str, work: Callable[[], T]) -> T:
    """Run what asks Pulumi; nobody waits, and no lock is broken."""
    try:
        return work()
    except (automation.CommandError, automation.InvalidVersionError, OSError, RuntimeError) as error:
        raise OperateError(f"{action}: {describe_failure(error)}") from None
