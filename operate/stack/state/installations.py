"""What a state believes to be installed on servers, and what is to be installed again; pure.

A state keeps the inputs of the last `pulumi up` that ended. What a killed one, or somebody, left on a server
differs from that, and a later `pulumi up`, which compares the program with the state alone, does nothing
about it. So the state's command is altered: the next `pulumi up` then runs it in place. A replacement would
delete afterwards what it has just installed.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pulumi import automation

from operate.stack.state.lost_resources import Resource, recorded_installation, server_outputs

COMMAND = "command:remote:Command"
"""Type of what runs on a server."""
_MARKED = re.compile(r"INSTALLATION=\S+ mark=\S*/(?P<name>[^/\s]+) digest=(?P<digest>[0-9a-f]+);")
"""With which the command of an installation begins (components/remote/installation_mark.py)."""
_REPEAT = " # to be repeated"
VERIFICATION = "softlayer-registry:index:Verification$"
"""In the URN of what a component `Verification` has."""
_PUSH_AND_PULL = ("-push", "-pull")
"""Ends of the names of its commands (components/verification/verification.py)."""
_STANDBY_FOLDER = "/etc/registry-standby/"
"""What a standby was prepared with (components/scripts/standby.sh), until a recovery has ended."""
_TRIAL = "-trial"
"""Ends the name of an installation that another one confirms, in which the other is not done alone."""
_REASONS = {"missing": "its installation did not end", "other": "it was installed from other settings"}


@dataclass(frozen=True)
class Installation:
    """What a command installed on a server.

    Attributes:
        server: Server, DATACENTER-NAME.
        name: Name of its mark, and of the resource.
        digest: Digest that the mark must have.
        urn: URN of the resource.
    """

    server: str
    name: str
    digest: str
    urn: str

    @property
    def argument(self) -> str:
        """NAME=DIGEST, for installed.sh."""
        return f"{self.name}={self.digest}"


@dataclass(frozen=True)
class ChangedInstallation:
    """An installation that differs from the state.

    Attributes:
        installation: The installation.
        reason: Description of the difference, for people.
    """

    installation: Installation
    reason: str

    @property
    def description(self) -> str:
        """For people."""
        return f"{self.installation.server}: {self.installation.name}: {self.reason}"


def expected_installations(state: automation.Deployment) -> list[Installation]:
    """Return what must be installed on the servers of a state.

    A command that is to be repeated expects nothing.
    """
    commands = _commands(state)
    if not commands:
        return []
    servers = {outputs.get("installation"): name for name, (_, outputs) in server_outputs(state).items()}
    installations = []
    for resource in commands:
        create = _create(resource)
        match = _MARKED.match(create)
        server = servers.get(recorded_installation(resource))
        if match and server and not create.endswith(_REPEAT):
            installations.append(Installation(server, match["name"], match["digest"], str(resource["urn"])))
    return installations


def changed_installations(
    expected: Sequence[Installation], outputs: Mapping[str, str]
) -> list[ChangedInstallation]:
    """Return what differs from the state.

    Args:
        expected: Installations expected on all servers.
        outputs: Outputs of installed.sh, by server; one that is left out does not answer.
    """
    changed = []
    for server, output in outputs.items():
        by_name = {
            line.split(" ", 2)[0]: line.split(" ", 2)[1:] for line in output.splitlines() if " " in line
        }
        for installation in expected:
            if installation.server == server and installation.name in by_name:
                kind, *files = by_name[installation.name]
                reason = _REASONS.get(kind) or _describe_edit(files[0] if files else "a file")
                changed.append(ChangedInstallation(installation, reason))
    return changed


def _describe_edit(file: str) -> str:
    if file.startswith(_STANDBY_FOLDER):
        return f"{file} was changed or deleted, by a takeover, by a recovery that was cut short, or by hand"
    return f"{file} was edited or deleted"


def interrupted_commands(state: automation.Deployment) -> frozenset[str]:
    """Return the URNs of commands on servers that a killed engine was changing or deleting."""
    pending = (state.deployment or {}).get("pending_operations") or []
    present = {str(resource["urn"]) for resource in _commands(state)}
    urns = {
        str(operation["resource"]["urn"])
        for operation in pending
        if operation.get("type") in ("updating", "deleting")
    }
    return frozenset(urns & present)


def repeat_commands(state: automation.Deployment, urns: Collection[str]) -> automation.Deployment:
    """Return a state with which the next `pulumi up` runs some commands again; the same where there are none.

    Args:
        state: State of the stack.
        urns: URNs of commands. What goes with a trial is repeated with it.
    """
    repeated = frozenset(_with_trials(state, urns))
    if not repeated:
        return state
    resources = [
        _repeated(resource)
        if resource["urn"] in repeated and not _create(resource).endswith(_REPEAT)
        else resource
        for resource in (state.deployment or {}).get("resources", [])
    ]
    return automation.Deployment(state.version, {**(state.deployment or {}), "resources": resources})


def verification_commands(state: automation.Deployment) -> frozenset[str]:
    """Return the URNs of the commands that push and pull an image.

    Args:
        state: State of the stack.
    """
    urns = (str(resource["urn"]) for resource in _commands(state))
    return frozenset(urn for urn in urns if VERIFICATION in urn and urn.endswith(_PUSH_AND_PULL))


def _with_trials(state: automation.Deployment, urns: Collection[str]) -> Iterator[str]:
    stems = {urn.removesuffix(_TRIAL) for urn in urns}
    for resource in _commands(state):
        if str(resource["urn"]).removesuffix(_TRIAL) in stems:
            yield str(resource["urn"])


def _repeated(resource: Resource) -> Resource:
    create = f"{_create(resource)}{_REPEAT}"
    changed = dict(resource)
    for part in ("inputs", "outputs"):
        if isinstance(values := resource.get(part), Mapping):
            changed[part] = {**values, "create": create}
    return changed


def _commands(state: automation.Deployment) -> list[Resource]:
    resources: list[Resource] = (state.deployment or {}).get("resources", [])
    # One that a later one replaces waits for its deletion, under the same URN.
    return [resource for resource in resources if resource["type"] == COMMAND and not resource.get("delete")]


def _create(resource: Resource) -> str:
    inputs = resource.get("inputs")
    create = inputs.get("create") if isinstance(inputs, Mapping) else None
    return create if isinstance(create, str) else ""
