"""Whether the account has servers of a stack that its state does not have; asks the account and Pulumi.

The first `pulumi up` orders servers under names and tags that only this stack gives, long before a command
writes anything to the stack file.
"""

import json
import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from messages.progress import step
from operate.error import OperateError
from operate.stack.config.servers_setting import full_name
from operate.stack.config.setting_keys import SERVERS
from operate.stack.config.stack_file import PROGRAM, read_list, read_setting
from operate.stack.python_command import CommandError, run_command
from operate.stack.traces import NO_CREDENTIALS, Traces, has_lived

_COMMAND = ("-m", "provider.commands.adoptable")
_SECONDS = 20.0
"""For which a check waits for the account, or an error for Pulumi (choice)."""
_ERROR_SECONDS = 15.0
"""For which an error waits for the account (choice): an account that is reached answers its few questions
within three, and a machine at work takes several to load the command. Without an answer the error names both
ways on."""
_LINE_SECONDS = 2.0
"""After which the wait is named (choice): what the operator has asked for is not the account."""
_CREDENTIALS = ("SL_API_KEY", "SOFTLAYER_API_KEY")
_TAG = "softlayer-registry"
"""Tag of every server that the program orders, beside the stack's name (`components/server/order.py`)."""
_VIRTUAL, _METAL = "VirtualGuest", "BareMetalServer"


def has_credentials() -> bool:
    """Return whether the environment has the account's key, so that it can be asked without the stack."""
    return any(os.environ.get(name) for name in _CREDENTIALS)


def find_traces(environment: str, stack_file: Path) -> Traces:
    """Return what shows that a stack without outputs has had servers.

    Args:
        environment: The stack's name.
        stack_file: The stack's file.
    """
    if has_lived(stack_file):
        return Traces(in_file=True)
    requested = planned_servers(environment, stack_file)
    if not requested:
        return Traces()
    try:
        servers = _servers_in_account(environment, stack_file, requested)
        if not servers:
            return Traces()
        known_servers = _servers_in_state(environment)
    except (OperateError, CommandError) as error:
        return Traces(unknown=str(error))
    return Traces(servers=tuple(sorted(set(servers) - known_servers)))


def planned_servers(environment: str, stack_file: Path) -> Sequence[Mapping[str, object]]:
    """Return the servers of a stack file as a search of the account needs them; none if it is unreadable.

    Args:
        environment: The stack's name, which becomes a tag.
        stack_file: The stack's file.
    """
    domain = read_setting(stack_file, "domain")
    servers = [server for server in read_list(stack_file, SERVERS) if isinstance(server, Mapping)]
    return [
        {
            "kind": _METAL if server.get("preset") else _VIRTUAL,
            "name": full_name(server),
            "inputs": {"hostname": full_name(server), "domain": domain, "tags": [_TAG, environment]},
        }
        for server in servers
        if domain
    ]


def find_twins(environment: str, stack_file: Path, state_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Return the servers with this stack's names, domain and tags that its state does not hold.

    Args:
        environment: The stack's name.
        stack_file: The stack's file.
        state_ids: Identifiers of all servers in the state, also of those that await their deletion.

    Returns:
        Descriptions such as `dal05-a-k3jx2q7a.example.com (10.0.0.1), 110000001`, by DATACENTER-NAME; no
        names without any.

    Raises:
        OperateError: The account does not answer.
        CommandError: The account does not answer.
    """
    requested = planned_servers(environment, stack_file)
    if not requested:
        return {}
    twins = {
        name: [f"{item['description']}, {item['id']}" for item in items if str(item["id"]) not in state_ids]
        for name, items in _ask_account(environment, stack_file, requested, _SECONDS).items()
    }
    return {name: sorted(descriptions) for name, descriptions in twins.items() if descriptions}


def parse_servers(exported: Mapping[str, object]) -> frozenset[str]:
    """Return the servers in a state, DATACENTER-NAME; pure.

    Args:
        exported: Output of `pulumi stack export`.
    """
    deployment = exported.get("deployment")
    resources = deployment.get("resources") if isinstance(deployment, Mapping) else None
    return frozenset(
        str(resource.get("urn")).rpartition("::")[2]
        for resource in resources or ()
        if str(resource.get("type")).rpartition(":")[2] in (_VIRTUAL, _METAL)
    )


def _servers_in_account(
    environment: str, stack_file: Path, requested: Sequence[Mapping[str, object]]
) -> Sequence[str]:
    candidates = _ask_account(environment, stack_file, requested, _ERROR_SECONDS)
    return [name for name, items in candidates.items() if items]


def _ask_account(
    environment: str, stack_file: Path, requested: Sequence[Mapping[str, object]], seconds: float
) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """Return the account's candidates for each server, by its name.

    Args:
        environment: The stack's name.
        stack_file: The stack's file.
        requested: Servers as `planned_servers` returns them.
        seconds: Seconds for an answer.
    """
    configuration: Mapping[str, object] = {}
    if not has_credentials():
        # SSH and the provider's route are not loaded where nobody asks.
        from operate.stack.provider_configuration import provider_configuration

        configuration = provider_configuration(environment, stack_file)
        if not configuration.get("apiKey"):
            raise CommandError(NO_CREDENTIALS)
    request = {"configuration": dict(configuration), "resources": list(requested)}
    with step("waiting for the account, which may have servers of the stack", _LINE_SECONDS):
        answer = run_command(_COMMAND, request, seconds)
    candidates: Mapping[str, Sequence[Mapping[str, object]]] = answer["candidates"]
    return candidates


def _servers_in_state(environment: str) -> frozenset[str]:
    """Return the servers in the state; none where there is no such stack, so that all of it is lost."""
    try:
        completed = subprocess.run(
            ["pulumi", "stack", "export", "--stack", environment, "--non-interactive"],
            cwd=PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS,
            check=True,
        )  # fmt: skip
        return parse_servers(json.loads(completed.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return frozenset()
