"""What the account has of a state's resources, asked without a change to the state; pure.

The question takes no lock and can be asked early. Where servers alone are missing, and all else is as the
state has it, a refresh would do no more than take these servers out of the state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi import automation
from pulumi.automation import events

from operate.recover.lost_resources import SERVERS, resources_on, without_resources

OWN_RESOURCES = "**softlayer:index:**"
"""Targets of the question: what the account has, by the types in the URNs.

`**` stands for any text (pkg/resource/deploy/deployment.go, read in 3.259).
"""
_UNCHANGED = frozenset({"same", "refresh"})
_MISSING = "delete"


@dataclass(frozen=True)
class AccountAnswer:
    """What the account answered.

    Attributes:
        missing: servers that it no longer has, each with URN and id.
        differs: whether anything else is not as the state has it.
    """

    missing: frozenset[tuple[str, str]] = frozenset()
    differs: bool = False

    def missing_from(self, state: automation.Deployment) -> frozenset[str] | None:
        """Return the URNs of the servers in a state that the account no longer has; None needs a refresh.

        Args:
            state: read after the question, under the lock. An id that the account has deleted stays deleted.
        """
        if self.differs:
            return None
        resources = (state.deployment or {}).get("resources", [])
        return frozenset(
            str(resource["urn"])
            for resource in resources
            if (str(resource["urn"]), str(resource.get("id"))) in self.missing
        )


@dataclass
class AccountListener:
    """Listens to a refresh that changes nothing.

    Attributes:
        missing: servers that the account no longer has, each with URN and id.
    """

    missing: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.res_outputs_event is None:
            return
        step = event.res_outputs_event.metadata
        if step.op == _MISSING and step.type in SERVERS and step.old is not None:
            self.missing.add((step.urn, step.old.id))

    def answer(self, changes: Mapping[str, int]) -> AccountAnswer:
        """Return the answer.

        Args:
            changes: numbers of resources by operation, as the refresh has summed them up.
        """
        numbers = dict(changes)
        missing = numbers.pop(_MISSING, 0)
        others = {name for name, number in numbers.items() if number and name not in _UNCHANGED}
        return AccountAnswer(frozenset(self.missing), missing != len(self.missing) or bool(others))


def without_servers(state: automation.Deployment, urns: frozenset[str]) -> automation.Deployment:
    """Return a state without some servers and what was on them.

    Args:
        state: with the servers.
        urns: of the servers.
    """
    deployment = dict(state.deployment or {})
    resources = deployment.get("resources", [])
    deployment["resources"] = without_resources(resources, urns | resources_on(resources, urns))
    return automation.Deployment(state.version, deployment)
