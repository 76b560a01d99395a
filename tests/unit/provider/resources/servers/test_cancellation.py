"""A server that is billed by the month is cancelled, replaced or emptied only where the program says so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import ProviderError, RefusedCallError
from provider.resources.contract import State
from provider.resources.servers.cancellation import cancellation, record_choice
from provider.resources.virtual_guest.order import GuestOrder
from provider.resources.virtual_guest.server import VirtualGuest
from provider.session import Session
from provider.values import Properties
from tests.support.provider.guest_inputs import GOOD, URN
from tests.support.provider.provider_session import session
from tests.unit.provider.scripted_cloud import MISSING, ScriptedCloud, target

WORDS = st.sampled_from(["", "immediate", "anniversary"])
AT = target("softlayer:index:VirtualGuest")
MONTHLY = VirtualGuest().check(session(), URN, {}, {**GOOD, "hourly": False}).inputs
CANCEL, SCHEDULE = "Virtual_Guest::deleteObject", "Billing_Item::cancelServiceOnAnniversaryDate"


@given(st.booleans(), WORDS, st.sampled_from([None, "", "immediate", "anniversary"]))
def test_the_program_s_word_counts_then_the_state_s(hourly: bool, recorded: str, present: str | None) -> None:
    own = session()
    if present is not None:
        record_choice(own, URN, {"cancellation": present} if present else {})
    inputs: Properties = {"hourly": hourly, **({"cancellation": recorded} if recorded else {})}
    choice = present or recorded
    if choice or hourly:
        assert cancellation(own, URN, "7", State(inputs, {})) == (choice or "immediate")
    else:
        with pytest.raises(ProviderError, match="billed by the month and paid until its next bill date"):
            cancellation(own, URN, "7", State(inputs, {}))


@pytest.mark.parametrize(("word", "refused"), [("", True), ("immediate", False), ("anniversary", False)])
@pytest.mark.parametrize("name", ["datacenter", "privateNetworkOnly", "hourly"])
def test_a_change_that_takes_a_new_server_is_refused_in_a_preview(
    word: str, refused: bool, name: str
) -> None:
    old: Properties = {**MONTHLY, **({"cancellation": word} if word else {})}
    changed: Properties = {"datacenter": "ams03", "privateNetworkOnly": True, "hourly": True}
    failures = VirtualGuest().check(session(), URN, old, {**old, name: changed[name]}).failures
    assert [failure.path for failure in failures] == ([name] if refused else [])
    assert all("set cancellation to anniversary or immediate" in failure.reason for failure in failures)


def test_a_change_in_place_is_not_refused() -> None:
    assert VirtualGuest().check(session(), URN, MONTHLY, {**MONTHLY, "hostname": "other"}).failures == ()


def test_another_word_is_refused() -> None:
    failures = VirtualGuest().check(session(), URN, {}, {**GOOD, "cancellation": "never"}).failures
    assert [failure.path for failure in failures] == ["cancellation"]
    assert "must be immediate or anniversary, not 'never'" in failures[0].reason


@given(st.booleans(), WORDS)
def test_a_forced_replacement_needs_the_word_as_well(hourly: bool, word: str) -> None:
    async def offered(_: object) -> dict[str, object]:
        return {}

    inputs: Properties = {**GOOD, "hourly": hourly, **({"cancellation": word} if word else {})}
    assert GuestOrder(inputs, offered).may_replace() is (hourly or bool(word))


def guest(**billing: object) -> dict[str, object]:
    return {
        "id": 7, "provisionDate": "2026-01-01T00:00:00+00:00", "primaryIpAddress": "192.0.2.1",
        "primaryBackendIpAddress": "10.0.0.1", "billingItem": {"id": 70, **billing},
    }  # fmt: skip


def cloud(*answers: object, listed: bool = False, billing: list[object] | None = None) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Account::getAllBillingItems": billing or [[{"id": 1}]],
            "Account::getVirtualGuests": [[guest()] if listed else []],
            "Virtual_Guest::getObject": list(answers),
            "Virtual_Guest::setTags": [True],
            CANCEL: [True],
            SCHEDULE: [True],
        }
    )


def delete(running: ScriptedCloud, folder: Path, **inputs: object) -> None:
    old: Properties = {**MONTHLY, **inputs}  # type: ignore[dict-item]
    running.run(folder, lambda session: VirtualGuest().delete(session, AT, "7", State(old, old)))


def test_a_monthly_server_without_a_word_stays(tmp_path: Path) -> None:
    running = cloud(guest())
    with pytest.raises(ProviderError, match=r"Server 7 is billed by the month.*was not cancelled"):
        delete(running, tmp_path)
    assert running.calls == []


def test_it_stays_where_a_container_of_the_same_run_was_refused(tmp_path: Path) -> None:
    running = cloud(guest())
    old: Properties = {**MONTHLY, "cancellation": "anniversary"}

    async def work(session: Session) -> None:
        with pytest.raises(RefusedCallError):
            async with session.guard.judging():
                raise RefusedCallError("it holds images")
        await VirtualGuest().delete(session, AT, "7", State(old, old))

    with pytest.raises(ProviderError, match=r"Server 7 was not cancelled.*it holds images"):
        running.run(tmp_path, work)
    assert running.calls == []


def test_at_once_is_at_once(tmp_path: Path) -> None:
    running = cloud(guest(), MISSING)
    delete(running, tmp_path, cancellation="immediate")
    assert (running.called(CANCEL), running.called(SCHEDULE)) == (1, 0)


def test_at_its_anniversary_it_runs_on_and_its_name_is_given_up_before(tmp_path: Path) -> None:
    running = cloud(guest(), guest(), guest(cancellationDate="2026-12-24T00:00:00+00:00"), listed=True)
    delete(running, tmp_path, cancellation="anniversary")
    names = [name for name, _ in running.calls]
    assert names.index("Virtual_Guest::setTags") < names.index(SCHEDULE), "the irreversible step is the last"
    assert running.called(CANCEL) == 0
    assert "warning: Server 7 is cancelled for 2026-12-24" in running.user_log.messages[-1]


def test_a_user_who_sees_no_bills_cannot_schedule_it(tmp_path: Path) -> None:
    hidden = {**guest(), "billingItem": {}}
    running = cloud(hidden, billing=[[]])
    with pytest.raises(
        ProviderError, match=r"Server 7 cannot be cancelled: user tester sees no billing items"
    ):
        delete(running, tmp_path, cancellation="anniversary")
    assert running.called(SCHEDULE) == 0


@pytest.mark.parametrize("answers", [[MISSING], [guest(cancellationDate="2026-12-24T00:00:00+00:00")]])
def test_what_is_gone_or_scheduled_is_not_cancelled_again(tmp_path: Path, answers: list[object]) -> None:
    running = cloud(*answers)
    delete(running, tmp_path, cancellation="anniversary")
    assert running.called(SCHEDULE) == 0
