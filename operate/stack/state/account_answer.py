"""What the account has of a state's resources, read without a change to the state; pure.

The question takes no lock and can be asked early. Where servers are missing, and all else is as in the state,
a refresh would do no more than take these servers out of the state. The engine counts as the same what has
other outputs alone, such as the date of a reload: they are compared here. Secrets in events are masked: the
provider reports those that differ (provider/protocol/steps.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi import automation
from pulumi.automation import events

from operate.stack.state.lost_resources import SERVERS, resources_on, without_resources

_OWN = "softlayer:index:"
OWN_RESOURCES = f"**{_OWN}**"
"""Targets of the question: what the account has, by the types in the URNs.

`**` stands for any text (pkg/resource/deploy/deployment.go, read in 3.259).
"""
_UNCHANGED = frozenset({"same", "refresh"})
_MISSING = "delete"


@dataclass(frozen=True)
class AccountAnswer:
    """What the account answered.

    Attributes:
        missing: Servers that it no longer has, each with URN and id.
        differs: Whether anything else is not as the state has it.
        missing_others: URNs of what the account no longer has beside servers, such as the global IP.
    """

    missing: frozenset[tuple[str, str]] = frozenset()
    differs: bool = False
    missing_others: frozenset[str] = frozenset()

    def missing_from(self, state: automation.Deployment) -> frozenset[str] | None:
        """Return the URNs of the servers in a state that the account no longer has; None asks for a refresh.

        It does where anything else differs, and where no server is missing.

        Args:
            state: Read after the question, under the lock. An id that the account has deleted stays deleted.
        """
        if self.differs:
            return None
        resources = (state.deployment or {}).get("resources", [])
        missing = frozenset(
            str(resource["urn"])
            for resource in resources
            if (str(resource["urn"]), str(resource.get("id"))) in self.missing
        )
        return missing or None


@dataclass
class AccountListener:
    """Listens to a refresh that changes nothing.

    Attributes:
        missing: Servers that the account no longer has, each with URN and id.
    """

    missing: set[tuple[str, str]] = field(default_factory=set)
    _missing_others: set[str] = field(default_factory=set)
    _differing: set[str] = field(default_factory=set)

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.diagnostic_event is not None and _OWN in (event.diagnostic_event.urn or ""):
            self._differing.add(str(event.diagnostic_event.urn))
        if event.res_outputs_event is None:
            return
        step = event.res_outputs_event.metadata
        if step.op == _MISSING and step.type in SERVERS and step.old is not None:
            self.missing.add((step.urn, step.old.id))
            return
        if step.op == _MISSING and step.type.startswith(_OWN):
            self._missing_others.add(step.urn)
        if not _is_same(step.old, step.new):
            self._differing.add(step.urn)

    def answer(self, changes: Mapping[str, int]) -> AccountAnswer:
        """Return the answer.

        Args:
            changes: Numbers of resources by operation, as the refresh has summed them up.
        """
        numbers = dict(changes)
        missing = numbers.pop(_MISSING, 0)
        operations = {name for name, number in numbers.items() if number and name not in _UNCHANGED}
        differing = self._differing - {urn for urn, _ in self.missing}
        differs = missing != len(self.missing) or bool(operations or differing)
        return AccountAnswer(frozenset(self.missing), differs, frozenset(self._missing_others))


def _is_same(old: events.StepEventStateMetadata | None, new: events.StepEventStateMetadata | None) -> bool:
    if old is None or new is None:
        return False
    first, second = (
        (state.id, state.init_errors or [], _set_values(state.inputs), _set_values(state.outputs))
        for state in (old, new)
    )
    return first == second


def _set_values(properties: Mapping[str, object] | None) -> Mapping[str, object]:
    """Properties without those that are null, which a state may leave out."""
    return {name: value for name, value in (properties or {}).items() if value is not None}


def without_servers(state: automation.Deployment, urns: frozenset[str]) -> automation.Deployment:
    """Return a state without some servers and what was on them.

    Args:
        state: State with the servers.
        urns: URNs of the servers.
    """
    deployment = dict(state.deployment or {})
    resources = deployment.get("resources", [])
    deployment["resources"] = without_resources(resources, urns | resources_on(resources, urns))
    return automation.Deployment(state.version, deployment)
