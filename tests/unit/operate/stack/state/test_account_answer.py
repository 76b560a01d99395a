"""When the account's answer and the state alone are enough to know what a recovery does."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from pulumi import automation
from pulumi.automation import events

from operate.stack.state.account_answer import AccountAnswer, AccountListener, without_servers
from operate.stack.state.loss import is_as_deployed, monthly_cost, plan_of_loss
from tests.unit.operate.stack.state.stack_state import STACK, URN, names

GUEST = f"{URN}softlayer:index:VirtualGuest::dal05-a"
SERVERS = "softlayer-registry:servers"
SETTINGS: Mapping[str, object] = {
    SERVERS: [{"name": "a", "memory": 2048}],
    "softlayer-registry:globalIp": True,
    "softlayer-registry:domain": "registry.example",
    "softlayer-registry:registryUsers": {"docker": {"secure": "AAAA"}},
    "softlayer-registry:password": {"secure": "BBBB"},
}
DEFAULTS: Mapping[str, object] = {"softlayer-registry:port": 5000, "softlayer-registry:black": ""}


def test_a_server_is_missing_by_its_id() -> None:
    answer = AccountAnswer(frozenset({(GUEST, "97")}))
    assert answer.missing_from(STACK) == frozenset({GUEST})
    assert AccountAnswer(frozenset({(GUEST, "96")})).missing_from(STACK) is None, "ordered again since"
    assert AccountAnswer().missing_from(STACK) is None, "what is not lost may be pruned or reloaded"
    assert AccountAnswer(frozenset({(GUEST, "97")}), differs=True).missing_from(STACK) is None


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"same": 3}, False),
        ({"same": 3, "update": 0}, False),
        ({"same": 2, "update": 1}, True),
        ({"same": 2, "delete": 1}, True),
        ({"create": 1}, True),
    ],
)
def test_what_the_events_do_not_explain_differs(changes: dict[str, int], *, differs: bool) -> None:
    assert AccountListener().answer(changes).differs is differs


def refresh_event(
    kind: str, name: str, op: str, old: Mapping[str, object], new: Mapping[str, object] | None
) -> events.EngineEvent:
    """The end of a resource's refresh, as the engine logs it."""
    urn = f"{URN}{kind}::{name}"
    entry = {"type": kind, "urn": urn, "id": "97", "parent": "", "provider": "", "inputs": {}}
    metadata: dict[str, object] = {
        "op": op, "urn": urn, "type": kind, "provider": "", "old": {**entry, "outputs": old}
    }  # fmt: skip
    if new is not None:
        metadata["new"] = {**entry, "outputs": new}
    return events.EngineEvent.from_json(
        {"sequence": 1, "timestamp": 1, "resOutputsEvent": {"metadata": metadata}}
    )


@pytest.mark.parametrize(
    ("new", "differs"),
    [
        ({"installation": "98", "cancellationDate": None}, False),
        ({"installation": "98@2026-11-29"}, True),
        ({"installation": "98", "cancellationDate": "2026-12-01"}, True),
        (None, True),
    ],
)
def test_another_output_differs_although_the_engine_counts_it_as_the_same(
    new: Mapping[str, object] | None, *, differs: bool
) -> None:
    listener, kind = AccountListener(), "softlayer:index:VirtualGuest"
    listener(refresh_event(kind, "dal05-a", "delete", {"installation": "97"}, None))
    listener(refresh_event(kind, "dal05-b", "same", {"installation": "98"}, new))
    assert listener.answer({"same": 1, "delete": 1}) == AccountAnswer(frozenset({(GUEST, "97")}), differs)


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("softlayer:index:ObjectStorageAccount::store", True),
        ("softlayer:index:VirtualGuest::dal05-a", False),
        ("docker:index/container:Container::red", False),
    ],
)
def test_what_the_provider_reports_of_a_resource_differs(name: str, *, differs: bool) -> None:
    listener = AccountListener()
    diagnostic = {"message": "not as the state has it: key", "color": "raw", "severity": "info"}
    event = {"sequence": 1, "timestamp": 1, "diagnosticEvent": {**diagnostic, "urn": f"{URN}{name}"}}
    listener(refresh_event("softlayer:index:VirtualGuest", "dal05-a", "delete", {}, None))
    listener(events.EngineEvent.from_json(event))
    assert listener.answer({"same": 2, "delete": 1}).differs is differs


def test_with_a_server_goes_what_is_on_it_and_nothing_else() -> None:
    kept = without_servers(STACK, frozenset({GUEST}))
    assert set(names(STACK)) - set(names(kept)) == {"dal05-a", "red", "red-image", "engine"}
    assert "dal05-a" in names(STACK), "the state that was read stays"
    plan = plan_of_loss(STACK, kept, 73.0)
    assert plan.orders == ("VirtualGuest dal05-a",)
    assert plan.preview.changes == {"create": 4}


@pytest.mark.parametrize(
    ("value", "cost"), [({"monthly": 73}, 73.0), ({"monthly": None}, None), ("?", None), (None, None)]
)
def test_the_cost_is_read_where_the_outputs_have_it(value: object, cost: float | None) -> None:
    assert monthly_cost({"cost": automation.OutputValue(value, secret=False)}) == cost
    assert monthly_cost({}) is None


def update(
    kind: str = "update", result: str = "succeeded", settings: Mapping[str, object] = SETTINGS
) -> automation.UpdateSummary:
    """An update as the history has it, without what is secret."""
    config: dict[str, dict[str, object]] = {}
    for name, value in {**DEFAULTS, **settings}.items():
        secret = "secure" in json.dumps(value)
        text = value if isinstance(value, str) else json.dumps(value)
        config[name] = {"secret": True} if secret else {"secret": False, "value": text}
    return automation.UpdateSummary(kind, datetime.now(UTC), "", {}, config, result)


def test_a_stack_file_is_the_deployed_one_by_every_setting() -> None:
    assert is_as_deployed([update("refresh", "failed"), update()], SETTINGS, DEFAULTS)
    assert is_as_deployed([update()], {**SETTINGS, "softlayer-registry:port": 5000}, DEFAULTS)
    without_defaults = update()
    for name in DEFAULTS:
        del without_defaults.config[name]
    assert is_as_deployed([without_defaults], SETTINGS, DEFAULTS)
    adopted = update(settings={**SETTINGS, "softlayer-registry:adoption": {"by": "anna@desk"}})
    assert is_as_deployed([adopted], SETTINGS, DEFAULTS)
    present = {**SETTINGS, "softlayer-registry:adoption": {"by": "anna@desk"}}
    assert not is_as_deployed([update()], present, DEFAULTS)


@pytest.mark.parametrize(
    "settings",
    [
        {**SETTINGS, SERVERS: [{"name": "a", "memory": 4096}]},
        {**SETTINGS, "softlayer-registry:globalIp": False},
        {**SETTINGS, "softlayer-registry:domain": "other.example"},
        {**SETTINGS, "softlayer-registry:firewall": True},
        {**SETTINGS, "softlayer-registry:port": 5001},
        {**SETTINGS, "softlayer-registry:password": "in the clear"},
        {name: value for name, value in SETTINGS.items() if name != "softlayer-registry:globalIp"},
        {},
    ],
)
def test_any_other_stack_file_is_not(settings: dict[str, object]) -> None:
    assert not is_as_deployed([update()], settings, DEFAULTS)


@pytest.mark.parametrize(
    "last", [[], [update("refresh")], [update(result="failed")], [update("destroy"), update()]]
)
def test_after_anything_but_an_update_that_succeeded_nothing_is_known(
    last: list[automation.UpdateSummary],
) -> None:
    assert not is_as_deployed(last, SETTINGS, DEFAULTS)
