"""What a recovery orders, by the state alone: the lost servers, as the last `pulumi up` had them; pure.

It holds where the stack file is that of the last `pulumi up`. A preview runs the whole program for the same.
"""

import json
from collections.abc import Mapping, Sequence

from pulumi import automation

from operate.stack.config.setting_keys import ADOPTION, OLD_SSH_KEY
from operate.stack.config.stack_file import has_secret
from operate.stack.preview import Preview
from operate.stack.state.plan import RecoveryPlan, order_name

_SUCCEEDED, _UPDATE, _REFRESH = "succeeded", "update", "refresh"
_NOT_DECRYPTED = "ERROR_UNABLE_TO_DECRYPT"
"""Pulumi's value of a secret that another passphrase has encrypted (cmd/pulumi/stack/stack_history.go)."""
_NOTES = frozenset(f"softlayer-registry:{name}" for name in (ADOPTION, OLD_SSH_KEY))
"""Settings that only the runs of an adoption or a rotation have, and that change nothing of a stack."""
_BLINDED = "[secret]"
"""Pulumi's value of a secret that it was not asked to show (sdk/go/common/resource/config/crypt.go)."""


def plan_of_loss(
    before: automation.Deployment, after: automation.Deployment, cost: float | None
) -> RecoveryPlan:
    """Return what bringing back takes.

    Args:
        before: The state with what is lost.
        after: The state without it.
        cost: Cost of the stack, USD a month, as its outputs have it.
    """
    resources = (before.deployment or {}).get("resources", [])
    kept = {str(resource["urn"]) for resource in (after.deployment or {}).get("resources", [])}
    removed = [resource for resource in resources if str(resource["urn"]) not in kept]
    orders = [order_name(str(resource["type"]), str(resource["urn"])) for resource in removed]
    return RecoveryPlan(Preview({"create": len(removed)}, cost=cost), tuple(filter(None, orders)))


def monthly_cost(outputs: automation.OutputMap) -> float | None:
    """Return what a stack costs, USD a month, by its outputs; None where they do not have it."""
    cost = outputs["cost"].value if "cost" in outputs else None
    month = cost.get("monthly") if isinstance(cost, Mapping) else None
    return float(month) if isinstance(month, int | float) else None


def is_as_deployed(
    history: Sequence[automation.UpdateSummary],
    settings: Mapping[str, object],
    defaults: Mapping[str, object],
) -> bool:
    """Return whether a stack file is the one that the last `pulumi up` brought the stack to.

    What it cannot tell counts as a change. Secrets are compared by their names alone: they order nothing.

    Args:
        history: History of the stack's updates, the last one first.
        settings: Settings of the stack file, by their whole names.
        defaults: Defaults of the project, by the settings' whole names.
    """
    last = next((update for update in history if update.kind != _REFRESH), None)
    if last is None or (last.kind, last.result) != (_UPDATE, _SUCCEEDED):
        return False
    deployed = {name: recorded for name, recorded in last.config.items() if name not in _NOTES}
    if not settings.keys() <= deployed.keys() <= (settings.keys() | defaults.keys()):
        return False
    return all(
        has_secret(settings.get(name)) if recorded.secret else _is_same(recorded.value, desired)
        for name, recorded in deployed.items()
        for desired in [settings.get(name, defaults.get(name))]
    )


def edited_settings(
    history: Sequence[automation.UpdateSummary], configured: automation.ConfigMap
) -> Sequence[str]:
    """Return the names of the settings that differ from those of the last `pulumi up`, without a namespace.

    Args:
        history: History of the stack's updates, the last one first, with secrets.
        configured: Settings of the stack file now, with secrets and the project's defaults.
    """
    last = next((update for update in history if update.kind == _UPDATE), None)
    if last is None:
        return ()
    names = sorted((last.config.keys() | configured.keys()) - _NOTES)
    return [
        name.partition(":")[2] for name in names if not _is_equal(last.config.get(name), configured.get(name))
    ]


def _is_equal(recorded: automation.ConfigValue | None, configured: automation.ConfigValue | None) -> bool:
    if recorded is None or configured is None:
        # The project's default of a setting that is left out may be recorded or not.
        present = recorded or configured
        return present is None or not present.value
    if recorded.value in (configured.value, _NOT_DECRYPTED) or (
        recorded.secret and recorded.value == _BLINDED
    ):
        return True
    try:
        return bool(json.loads(recorded.value) == json.loads(configured.value))
    except ValueError:
        return False


def _is_same(recorded: str, desired: object) -> bool:
    if isinstance(desired, str):
        return recorded == desired
    try:
        return bool(json.loads(recorded) == desired)
    except ValueError:
        return False
