"""An open note of a replacement is closed only where the account says for certain that it is gone."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest

from provider.errors import AnotherAccountError, ProviderError
from provider.protocol import steps
from provider.resources.contract import State
from provider.resources.handlers import RESOURCES
from provider.resources.ordering.lost_replacement import TokenResource, refuse_to_delete
from provider.resources.ordering.noted import NotedResource, settle_deletion
from provider.resources.ordering.open_note import OpenNote, is_conclusive
from provider.session import Session
from provider.softlayer.account import ACCOUNT_ID
from provider.values import Properties, Value
from tests.support.provider.guest_inputs import GOOD
from tests.support.provider.order_note import make_old
from tests.unit.provider.scripted_cloud import LOST_ANSWER, MISSING, REFUSED, ScriptedCloud, target

GUEST, METAL = "softlayer:index:VirtualGuest", "softlayer:index:BareMetalServer"
GLOBAL_IP, GROUP = "softlayer:index:GlobalIp", "softlayer:index:SecurityGroup"
STORAGE = "softlayer:index:ObjectStorageAccount"
INPUTS: Properties = {**GOOD, "name": "ssh"}
OUTPUTS: dict[str, Value] = {**INPUTS, "orderId": 7, "globalIdentifier": "7", ACCOUNT_ID: 12345}

Answers = Mapping[str, Sequence[object]]
SILENCE: Answers = {
    "Virtual_Guest::getObject": [MISSING],
    "Account::getVirtualGuests": [[]],
    "Hardware_Server::getObject": [MISSING],
    "Account::getHardware": [[]],
    "Account::getOrders": [[]],
    "Account::getGlobalIpRecords": [[]],
    "Network_SecurityGroup::getObject": [MISSING],
    "Account::getSecurityGroups": [[]],
    "Account::getHubNetworkStorage": [[]],
    "Network_Storage::getObject": [MISSING],
}
FIRST_QUESTIONS = {
    GUEST: "Virtual_Guest::getObject",
    METAL: "Hardware_Server::getObject",
    GLOBAL_IP: "Account::getOrders",
    GROUP: "Network_SecurityGroup::getObject",
    STORAGE: "Account::getHubNetworkStorage",
}
KINDS = tuple(FIRST_QUESTIONS)
SERVER = {"id": 8, "globalIdentifier": "8", "provisionDate": "2026-11-01", "billingItem": {"id": 5}}
RECLAIMED = {**SERVER, "activeTransaction": {"id": 1, "transactionStatus": {"name": "RECLAIM_WAIT"}}}
TICKET = {**SERVER, "openCancellationTicket": {"id": 6}}
DAY = {**SERVER, "billingItem": {"id": 5, "cancellationDate": "2026-12-01"}}
BILL = {"id": 5, "orderItem": {"order": {"id": 8}}}
ADDRESS = {"id": 3, "billingItem": BILL}
CANCELLED_ADDRESS = {"id": 3, "billingItem": {**BILL, "cancellationDate": "2026-12-01"}}
STORED = {"id": 8, "vendorName": "Swift", "billingItem": {"id": 5}}


def order(date: str) -> object:
    """Return the order of a global IP, which is cancelled for a date."""
    return {"id": 8, "items": [{"categoryCode": "global_ipv4", "billingItem": {"cancellationDate": date}}]}


class OpenOrder:
    """A note of an order, beside a state that holds number 7 of the resource.

    Attributes:
        cloud: the account.
        is_old: whether the account shows the order for certain.
    """

    def __init__(
        self, folder: Path, kind: str, answers: Answers, note_id: str = "8", state_id: int = 7
    ) -> None:
        self.cloud = ScriptedCloud({**SILENCE, **answers})
        self._folder = folder
        self._note_id, self._state_id = note_id, state_id
        self.is_old = True
        self._resource = RESOURCES[kind]
        self._target = target(kind)

    def is_closed_by_diff(self) -> bool:
        """Show what the state holds to the provider; return whether the note is closed, and not refused."""

        async def diff(session: Session) -> None:
            await steps.diff(self._resource, session, self._target, "7", State(INPUTS, OUTPUTS), INPUTS)

        return self._is_closed_by(diff)

    def is_closed_by_deletion(self, *, is_replacement: bool = False) -> bool:
        """Delete what the state holds; return whether the note is closed, and not refused."""
        resource, urn, state = self._resource, self._target.urn, State(INPUTS, OUTPUTS)

        async def settle(session: Session) -> None:
            if is_replacement:
                session.tokens.created(urn)
            if isinstance(resource, NotedResource):
                await settle_deletion(resource, session, urn, "7", state)
            if isinstance(resource, TokenResource):
                await refuse_to_delete(resource, session, urn, "7", state)

        return self._is_closed_by(settle)

    def _is_closed_by(self, work: Callable[[Session], Awaitable[None]]) -> bool:
        async def run(session: Session) -> bool:
            note = self._write(session)
            try:
                await work(session)
            except ProviderError:
                assert note.exists()
                raise
            return not note.exists()

        return self.cloud.run(self._folder, run)

    def _write(self, session: Session) -> Path:
        if isinstance(self._resource, NotedResource):
            name = self._resource.note_name(session, self._target.urn)
            text = json.dumps({"made": int(self._note_id)} if self._note_id else {"known": [self._state_id]})
        else:
            name, text = session.tokens.for_new(self._target.urn), self._note_id
        session.journal.opened(name, text)
        if self.is_old:
            make_old(session.journal.path(name))
        return session.journal.path(name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_question_finds_is_gone(kind: str, tmp_path: Path) -> None:
    assert OpenOrder(tmp_path, kind, {}).is_closed_by_diff()


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (GUEST, {"Virtual_Guest::getObject": [RECLAIMED]}),
        (GUEST, {"Virtual_Guest::getObject": [DAY]}),
        (METAL, {"Hardware_Server::getObject": [RECLAIMED]}),
        (METAL, {"Hardware_Server::getObject": [DAY]}),
        (METAL, {"Hardware_Server::getObject": [TICKET]}),
        (GLOBAL_IP, {"Account::getOrders": [[order("2026-11-01")]]}),
        (GLOBAL_IP, {"Account::getGlobalIpRecords": [[CANCELLED_ADDRESS]]}),
        (STORAGE, {"Account::getHubNetworkStorage": [[{**STORED, "billingItem": None}]]}),
    ],
)
def test_what_leaves_counts_as_gone(kind: str, answers: Answers, tmp_path: Path) -> None:
    assert OpenOrder(tmp_path, kind, answers).is_closed_by_diff()


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (GUEST, {"Virtual_Guest::getObject": [SERVER]}),
        (GUEST, {"Account::getVirtualGuests": [[SERVER]]}),
        (METAL, {"Hardware_Server::getObject": [SERVER]}),
        (METAL, {"Account::getHardware": [[SERVER]]}),
        (GLOBAL_IP, {"Account::getOrders": [[order("")]]}),
        (GLOBAL_IP, {"Account::getGlobalIpRecords": [[ADDRESS]]}),
        (GROUP, {"Network_SecurityGroup::getObject": [{"id": 8}]}),
        (STORAGE, {"Account::getHubNetworkStorage": [[STORED]]}),
    ],
)
def test_what_one_question_finds_is_a_replacement_under_way(
    kind: str, answers: Answers, tmp_path: Path
) -> None:
    with pytest.raises(ProviderError, match=r"ordered a replacement of .* \((server|number) 8\)"):
        OpenOrder(tmp_path, kind, answers).is_closed_by_diff()


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (GROUP, {"Account::getSecurityGroups": [[{"id": 8}]]}),
        (STORAGE, {"Network_Storage::getObject": [STORED]}),
    ],
)
def test_answers_that_contradict_each_other_are_an_error(kind: str, answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="nothing was changed"):
        OpenOrder(tmp_path, kind, answers).is_closed_by_diff()


@pytest.mark.parametrize(("kind", "method"), FIRST_QUESTIONS.items())
def test_an_account_that_does_not_answer_is_an_error(kind: str, method: str, tmp_path: Path) -> None:
    words = r"could not be asked whether it still has it: .*reset by peer.*softlayer-orders.*Run the same"
    with pytest.raises(ProviderError, match=words):
        OpenOrder(tmp_path, kind, {method: [LOST_ANSWER]}).is_closed_by_diff()


@pytest.mark.parametrize("kind", KINDS)
def test_the_credentials_of_another_account_close_nothing(kind: str, tmp_path: Path) -> None:
    open_order = OpenOrder(tmp_path, kind, {"Account::getObject": [{"id": 777}]})
    words = r"^(Server|Global IP|Security group|Object storage account) it is in SoftLayer account 12345, but"
    with pytest.raises(AnotherAccountError, match=words):
        open_order.is_closed_by_diff()
    assert [name for name, _ in open_order.cloud.calls] == ["Account::getObject"]


@pytest.mark.parametrize("bills", [[[]], [REFUSED]])
def test_who_sees_no_bills_is_told_nothing_by_a_missing_order(
    bills: Sequence[object], tmp_path: Path
) -> None:
    with pytest.raises(ProviderError, match="ordered a replacement of"):
        OpenOrder(tmp_path, GLOBAL_IP, {"Account::getAllBillingItems": bills}).is_closed_by_diff()


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_id_nothing_is_asked(kind: str, tmp_path: Path) -> None:
    open_order = OpenOrder(tmp_path, kind, {}, note_id="")
    with pytest.raises(ProviderError, match=r"ordered a replacement of .* \((if any|one that is not 7)"):
        open_order.is_closed_by_diff()
    assert open_order.cloud.calls == []


OTHERS: Mapping[str, Answers] = {
    GLOBAL_IP: {"Account::getOrders": [[order("")]]},
    GROUP: {"Account::getSecurityGroups": [[{"id": 8, "name": "ssh"}]]},
    STORAGE: {"Account::getHubNetworkStorage": [[STORED, {**STORED, "id": 9, "billingItem": None}]]},
}


@pytest.mark.parametrize("kind", OTHERS)
def test_without_an_id_a_note_is_closed_where_the_account_has_no_other_one(kind: str, tmp_path: Path) -> None:
    """The state's one, number 7, came after the note, which knows number 3 alone."""
    assert OpenOrder(tmp_path, kind, {}, note_id="", state_id=3).is_closed_by_diff()
    for state_id in (8, 3):
        with_peer = OpenOrder(tmp_path, kind, OTHERS[kind], note_id="", state_id=state_id)
        if state_id == 8:
            assert with_peer.is_closed_by_diff(), "the other one existed before"
        else:
            with pytest.raises(ProviderError, match="may have ordered another"):
                with_peer.is_closed_by_diff()


@pytest.mark.parametrize("kind", OTHERS)
def test_without_an_answer_a_note_without_an_id_stays(kind: str, tmp_path: Path) -> None:
    (method,) = OTHERS[kind]
    with pytest.raises(ProviderError, match="could not be asked"):
        OpenOrder(tmp_path, kind, {method: [LOST_ANSWER]}, note_id="", state_id=3).is_closed_by_diff()


def test_who_sees_no_bills_does_not_close_a_note_without_an_id(tmp_path: Path) -> None:
    bills: Answers = {"Account::getAllBillingItems": [[]]}
    with pytest.raises(ProviderError, match="may have ordered another"):
        OpenOrder(tmp_path, GLOBAL_IP, bills, note_id="", state_id=3).is_closed_by_diff()


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_note_nothing_is_asked(kind: str, tmp_path: Path) -> None:
    cloud, resource = ScriptedCloud({}), RESOURCES[kind]

    async def diff(session: Session) -> None:
        await steps.diff(resource, session, target(kind), "7", State(INPUTS, OUTPUTS), INPUTS)

    cloud.run(tmp_path, diff)
    assert cloud.calls == []


def test_a_note_that_another_run_writes_meanwhile_is_kept(tmp_path: Path) -> None:
    """A preview waits for no lock: an order may go out while it asks."""

    def order_goes_out(*_: object) -> object:
        (note,) = (tmp_path / "softlayer-orders").iterdir()
        note.write_text("")
        raise MISSING

    open_order = OpenOrder(tmp_path, GUEST, {"Virtual_Guest::getObject": [order_goes_out]})
    with pytest.raises(ProviderError, match="ordered a replacement of"):
        open_order.is_closed_by_diff()


def test_a_state_that_names_no_account_closes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(OUTPUTS, ACCOUNT_ID)
    open_order = OpenOrder(tmp_path, GUEST, {})
    with pytest.raises(ProviderError, match="ordered a replacement of"):
        open_order.is_closed_by_diff()
    assert open_order.cloud.calls == []


@pytest.mark.parametrize(
    ("identifier", "age", "expected"), [("8", 60.1, True), ("8", 60.0, False), ("", 61.0, False)]
)
def test_the_account_is_asked_about_old_notes_with_an_id(identifier: str, age: float, expected: bool) -> None:
    assert is_conclusive(OpenNote("token", "text", identifier, age), 60) is expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_closes_the_note_of_what_no_question_finds(kind: str, tmp_path: Path) -> None:
    assert OpenOrder(tmp_path, kind, {}).is_closed_by_deletion()


EXISTING: Mapping[str, Answers] = {
    GUEST: {"Virtual_Guest::getObject": [SERVER]},
    METAL: {"Hardware_Server::getObject": [SERVER]},
    GLOBAL_IP: {"Account::getOrders": [[order("")]]},
    GROUP: {"Network_SecurityGroup::getObject": [{"id": 8}]},
    STORAGE: {"Account::getHubNetworkStorage": [[STORED]]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_is_refused_where_what_a_note_is_of_exists(kind: str, tmp_path: Path) -> None:
    """`pulumi destroy` shows nothing by a Diff, so that nothing else would look at the note."""
    words = r"^\w[\w ]+ 7 was not deleted: a run that ended early .*\((server|number) 8\).*softlayer-orders"
    with pytest.raises(ProviderError, match=words):
        OpenOrder(tmp_path, kind, EXISTING[kind]).is_closed_by_deletion()


@pytest.mark.parametrize("kind", KINDS)
def test_the_deletion_of_what_is_replaced_asks_nothing(kind: str, tmp_path: Path) -> None:
    open_order = OpenOrder(tmp_path, kind, EXISTING[kind])
    assert not open_order.is_closed_by_deletion(is_replacement=True)
    assert open_order.cloud.calls == []


@pytest.mark.parametrize(("kind", "method"), FIRST_QUESTIONS.items())
def test_a_deletion_is_refused_where_the_account_does_not_answer(
    kind: str, method: str, tmp_path: Path
) -> None:
    with pytest.raises(ProviderError, match="could not be asked"):
        OpenOrder(tmp_path, kind, {method: [LOST_ANSWER]}).is_closed_by_deletion()


@pytest.mark.parametrize("kind", [GUEST, METAL])
def test_a_deletion_is_refused_where_a_server_s_note_has_no_id(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"was not deleted: .* \(if any, its name ends with -\w{8}\)"):
        OpenOrder(tmp_path, kind, {}, note_id="").is_closed_by_deletion()


@pytest.mark.parametrize("state_id", [3, 7])
@pytest.mark.parametrize("kind", OTHERS)
def test_without_an_id_a_deletion_asks_for_all_that_the_note_may_be_of(
    kind: str, state_id: int, tmp_path: Path
) -> None:
    """Whether the state's one, number 7, came after the note or before it."""
    assert OpenOrder(tmp_path, kind, {}, note_id="", state_id=state_id).is_closed_by_deletion()
    with pytest.raises(ProviderError, match="was not deleted"):
        OpenOrder(tmp_path, kind, OTHERS[kind], note_id="", state_id=state_id).is_closed_by_deletion()


@pytest.mark.parametrize("kind", KINDS)
def test_a_note_that_another_deletion_of_the_run_closes_is_no_reason_to_refuse(
    kind: str, tmp_path: Path
) -> None:
    """A run that was cut short after its order leaves both in the state: the engine deletes them at once."""
    (method,), (answers,) = EXISTING[kind], EXISTING[kind].values()

    def other_deletion_closes_it(*_: object) -> object:
        for note in (tmp_path / "softlayer-orders").iterdir():
            note.unlink()
        return answers[0]

    assert OpenOrder(tmp_path, kind, {method: [other_deletion_closes_it]}).is_closed_by_deletion()


@pytest.mark.parametrize("kind", OTHERS)
def test_a_young_note_without_an_id_stays_where_the_account_shows_no_other_one(
    kind: str, tmp_path: Path
) -> None:
    open_order = OpenOrder(tmp_path, kind, {}, note_id="", state_id=3)
    open_order.is_old = False
    with pytest.raises(ProviderError, match="too early to know"):
        open_order.is_closed_by_diff()
    with pytest.raises(ProviderError, match="was not deleted"):
        open_order.is_closed_by_deletion()
