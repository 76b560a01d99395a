"""Security groups and attachments: lost answers, refusals and waits that end in time."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from provider.errors import NotFoundError, ProviderError, RefusedCallError, UnfinishedError, WaitTimeoutError
from provider.resources.contract import State
from provider.resources.network import security_group_attachment
from provider.resources.network.security_group import SecurityGroup
from provider.resources.network.security_group_attachment import SecurityGroupAttachment, parse
from provider.values import UNKNOWN, Properties
from tests.support.provider.provider_session import session
from tests.unit.provider.scripted_cloud import (
    LOST_ANSWER,
    MISSING,
    REFUSED,
    FaultError,
    ScriptedCloud,
    target,
)

GROUP = SecurityGroup()
AT = target("softlayer:index:SecurityGroup")
GET = "Network_SecurityGroup::getObject"
ADD = "Network_SecurityGroup::addRules"
DELETE = "Network_SecurityGroup::deleteObject"
SSH: Properties = {"direction": "ingress", "protocol": "tcp", "portRangeMin": 22}
SSH_THERE = {"id": 5, "direction": "ingress", "protocol": "tcp", "portRangeMin": 22, "portRangeMax": 22}
WEB: Properties = {"name": "web", "rules": [SSH]}

ATTACHMENT = SecurityGroupAttachment()
OF = target("softlayer:index:SecurityGroupAttachment")
BOUND = "Network_SecurityGroup::getNetworkComponentBindings"
ATTACH = "Network_SecurityGroup::attachNetworkComponents"
DETACH = "Network_SecurityGroup::detachNetworkComponents"
READY = "Virtual_Guest_Network_Component::securityGroupsReady"
LOG = "Event_Log::getAllObjects"
ID = "7/3/public"
INPUTS: Properties = {"securityGroupId": 7, "guestId": 3, "interface": "public"}
PRIVATE = [{"id": 30, "port": 0}]
PORTS = [*PRIVATE, {"id": 31, "port": 1}]


def group(*rules: object, **more: object) -> dict[str, object]:
    return {"id": 7, "name": "web", "description": "", "rules": list(rules), **more}


def groups(more: Mapping[str, Sequence[object]] | None = None) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Account::getSecurityGroups": [[]],
            "Network_SecurityGroup::createObject": [{"id": 7}],
            GET: [group()],
            ADD: [{"requestId": "r"}],
            **(more or {}),
        }
    )


def test_a_lost_answer_to_rules_is_believed_when_the_group_has_them(tmp_path: Path) -> None:
    cloud = groups({ADD: [LOST_ANSWER], GET: [group(), group(SSH_THERE)]})
    created = cloud.run(tmp_path, lambda session: GROUP.create(session, AT, WEB))
    assert created.outputs["securityGroupId"] == 7
    assert cloud.called(ADD) == 1


def test_a_lost_answer_to_rules_that_are_not_there_keeps_the_group(tmp_path: Path) -> None:
    cloud = groups({ADD: [LOST_ANSWER]})
    with pytest.raises(UnfinishedError, match="was created but lacks rules") as caught:
        cloud.run(tmp_path, lambda session: GROUP.create(session, AT, WEB))
    assert caught.value.identifier == "7"
    with pytest.raises(UnfinishedError):
        cloud.run(tmp_path, lambda session: GROUP.update(session, AT, "7", State({}, {}), WEB))


def test_a_group_that_an_interrupted_run_made_is_found_by_name_and_description(tmp_path: Path) -> None:
    listed: list[object] = [{"id": 4, "name": "web", "description": "another"}]
    mine = [*listed, {"id": 7, "name": "web", "description": ""}]
    answers: Mapping[str, Sequence[object]] = {
        "Network_SecurityGroup::createObject": [LOST_ANSWER],
        "Account::getSecurityGroups": [listed, mine],
    }
    cloud = groups(answers)
    created = cloud.run(tmp_path, lambda session: GROUP.create(session, AT, {"name": "web"}))
    assert created.identifier == "7"


def test_a_group_that_is_gone(tmp_path: Path) -> None:
    cloud = groups({GET: [MISSING], DELETE: [MISSING]})
    assert cloud.run(tmp_path, lambda session: GROUP.read(session, AT, "7", State({}, {}))) is None
    with pytest.raises(ProviderError, match="pulumi refresh"):
        cloud.run(tmp_path, lambda session: GROUP.update(session, AT, "7", State({}, {}), WEB))
    cloud.run(tmp_path, lambda session: GROUP.delete(session, AT, "7", State({}, {})))
    assert cloud.called(DELETE) == 1


def test_a_changed_description_is_drift_and_is_set_again(tmp_path: Path) -> None:
    cloud = groups({GET: [group(description="theirs")], "Network_SecurityGroup::editObject": [True]})
    live = cloud.run(tmp_path, lambda session: GROUP.read(session, AT, "7", State({"name": "web"}, {})))
    assert live is not None
    assert live.inputs["description"] == "theirs"
    cloud.run(tmp_path, lambda session: GROUP.update(session, AT, "7", State({}, {}), {"name": "web"}))
    assert cloud.calls[-1] == ("Network_SecurityGroup::editObject", ({"name": "web", "description": ""},))


def test_a_group_with_members_is_not_deleted_and_they_are_named(tmp_path: Path) -> None:
    member = {"networkComponentId": 1, "networkComponent": {"guest": {"hostname": "db"}}}
    cloud = groups({DELETE: [REFUSED], GET: [group(networkComponentBindings=[member, {}])]})
    with pytest.raises(ProviderError, match=r"servers \?, db are in it"):
        cloud.run(tmp_path, lambda session: GROUP.delete(session, AT, "7", State({}, {})))


def test_a_group_that_another_s_rule_names_is_not_deleted(tmp_path: Path) -> None:
    cloud = groups({DELETE: [FaultError("SoftLayer_Exception_Public", "In use as a remote group.")]})
    with pytest.raises(ProviderError, match="Remove that rule first"):
        cloud.run(tmp_path, lambda session: GROUP.delete(session, AT, "7", State({}, {})))


def test_a_group_just_detached_is_deleted_at_the_second_try_or_the_refusal_reported(tmp_path: Path) -> None:
    cloud = groups({DELETE: [REFUSED, True]})
    cloud.run(tmp_path, lambda session: GROUP.delete(session, AT, "7", State({}, {})))
    assert cloud.called(DELETE) == 2
    stubborn = groups({DELETE: [REFUSED]})
    with pytest.raises(RefusedCallError, match="not possible"):
        stubborn.run(tmp_path, lambda session: GROUP.delete(session, AT, "7", State({}, {})))


def test_an_id_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedCallError, match="whole number"):
        groups().run(tmp_path, lambda session: GROUP.read(session, AT, "web", State({}, {})))


def test_a_name_of_blanks_and_parts_that_are_wrong_are_all_reported() -> None:
    rules: list[Properties] = [
        {"direction": "in", "ethertype": "IPv5", "protocol": "sctp"},
        {"direction": "ingress", "protocol": "tcp", "portRangeMin": 70_000, "remoteIp": "10.0.0.300"},
    ]
    failures = GROUP.check(session(), AT.urn, {}, {"name": " ", "rules": rules}).failures
    assert sorted(failure.path for failure in failures) == [
        "name",
        "rules[0].direction",
        "rules[0].ethertype",
        "rules[0].protocol",
        "rules[1].portRangeMin",
        "rules[1].remoteIp",
    ]


def test_unknown_numbers_in_previews() -> None:
    assert GROUP.preview(WEB, None)["securityGroupId"] is UNKNOWN
    assert ATTACHMENT.preview(INPUTS, None)["networkComponentId"] is UNKNOWN
    assert ATTACHMENT.preview(INPUTS, {"networkComponentId": 31})["networkComponentId"] == 31


# Attachments


def server(ports: object = PORTS) -> dict[str, object]:
    return {
        "id": 3,
        "provisionDate": "2026-01-01T00:00:00+00:00",
        "primaryIpAddress": "192.0.2.1",
        "primaryBackendIpAddress": "10.0.0.1",
        "billingItem": {"id": 1},
        "networkComponents": ports,
    }


def attachments(more: Mapping[str, Sequence[object]] | None = None) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Account::getVirtualGuests": [[server()]],
            "Virtual_Guest::getObject": [server()],
            ATTACH: [{"requestId": "r"}],
            DETACH: [{"requestId": "d"}],
            BOUND: [[{"networkComponentId": 31}]],
            READY: [True],
            LOG: [[{"metaData": '{"requestId": "r"}'}]],
            **(more or {}),
        }
    )


def test_attached_is_what_is_listed_ready_and_logged(tmp_path: Path) -> None:
    cloud = attachments({BOUND: [[], [{"networkComponentId": 31}]], READY: [False, False, True]})
    created = cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS))
    assert (created.identifier, created.outputs["networkComponentId"]) == (ID, 31)
    assert cloud.calls[-3][0] == BOUND
    assert any("waits until the hosts follow" in message for message in cloud.user_log.messages)


@pytest.mark.parametrize(
    "log",
    [[], [{"metaData": "no json"}], [{"metaData": "[1]"}], [{"metaData": '{"requestId": "other"}'}], REFUSED],
)
def test_a_log_that_reports_nothing_is_not_waited_for_for_ever(tmp_path: Path, log: object) -> None:
    cloud = attachments({LOG: [log]})
    assert cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS)).identifier == ID
    assert cloud.called(LOG) > 10


@pytest.mark.parametrize(
    ("bound", "ready", "message"),
    [
        ([], True, "the group does not list the interface"),
        ([{"networkComponentId": 31}], False, "soft reboot"),
    ],
)
def test_an_attachment_that_does_not_come_about_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: object, ready: bool, message: str
) -> None:
    monkeypatch.setattr(security_group_attachment, "SECONDS", 300)
    cloud = attachments({BOUND: [bound], READY: [ready]})
    with pytest.raises(UnfinishedError, match=message) as caught:
        cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS))
    assert caught.value.identifier == ID
    assert caught.value.outputs["networkComponentId"] == 31
    with pytest.raises(UnfinishedError, match=message):
        cloud.run(tmp_path, lambda session: ATTACHMENT.update(session, OF, ID, State(INPUTS, {}), INPUTS))


def test_update_attaches_again_only_where_it_is_not(tmp_path: Path) -> None:
    bound = attachments()
    bound.run(tmp_path, lambda session: ATTACHMENT.update(session, OF, ID, State(INPUTS, {}), INPUTS))
    assert bound.called(ATTACH) == 0
    lacking = attachments({BOUND: [[], [{"networkComponentId": 31}]]})
    lacking.run(tmp_path, lambda session: ATTACHMENT.update(session, OF, ID, State(INPUTS, {}), INPUTS))
    assert lacking.called(ATTACH) == 1


def test_a_server_without_that_interface_is_reported(tmp_path: Path) -> None:
    cloud = attachments({"Virtual_Guest::getObject": [server(PRIVATE)]})
    with pytest.raises(RefusedCallError, match="Server 3 has no public interface"):
        cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS))


def test_one_that_is_not_bound_or_whose_server_is_gone_is_read_as_gone(tmp_path: Path) -> None:
    state = State({}, {})
    unbound = attachments({BOUND: [[]]})
    assert unbound.run(tmp_path, lambda session: ATTACHMENT.read(session, OF, ID, state)) is None
    missing_guest = attachments({"Virtual_Guest::getObject": [MISSING], "Account::getVirtualGuests": [[]]})
    assert missing_guest.run(tmp_path, lambda session: ATTACHMENT.read(session, OF, ID, state)) is None
    live = attachments().run(tmp_path, lambda session: ATTACHMENT.read(session, OF, ID, state))
    assert live is not None
    assert live.inputs == INPUTS


def test_one_whose_group_is_listed_all_the_same_stays(tmp_path: Path) -> None:
    state = State({}, {})
    silent = attachments({BOUND: [MISSING], "Account::getSecurityGroups": [[{"id": 7}]]})
    with pytest.raises(
        ProviderError, match="Security group 7: getObject does not find it, but the account lists"
    ):
        silent.run(tmp_path, lambda session: ATTACHMENT.read(session, OF, ID, state))
    missing_group = attachments({BOUND: [MISSING], "Account::getSecurityGroups": [[]]})
    assert missing_group.run(tmp_path, lambda session: ATTACHMENT.read(session, OF, ID, state)) is None


def test_delete_detaches_and_waits_and_is_content_with_what_is_gone(tmp_path: Path) -> None:
    bindings = [{"networkComponentId": 31}]
    cloud = attachments({BOUND: [bindings, bindings, []], READY: [False, True]})
    cloud.run(tmp_path, lambda session: ATTACHMENT.delete(session, OF, ID, State({}, {})))
    assert cloud.called(DETACH) == 1
    for unbound in (attachments({BOUND: [[]]}), attachments({"Virtual_Guest::getObject": [MISSING]})):
        unbound.run(tmp_path, lambda session: ATTACHMENT.delete(session, OF, ID, State({}, {})))
        assert unbound.called(DETACH) == 0


def test_a_detachment_that_does_not_come_about_is_reported(tmp_path: Path) -> None:
    with pytest.raises(WaitTimeoutError, match="Detaching 7/3/public"):
        attachments().run(tmp_path, lambda session: ATTACHMENT.delete(session, OF, ID, State({}, {})))


@pytest.mark.parametrize("identifier", ["7", "7/3", "7/x/public", "7/3/both"])
def test_ids_that_are_none(identifier: str) -> None:
    with pytest.raises(RefusedCallError, match="no id of an attachment"):
        parse(identifier)


# The server that is waited for


def test_a_server_on_its_way_out_is_not_attached(tmp_path: Path) -> None:
    leaving = {"id": 3, "provisionDate": "2026-01-01T00:00:00+00:00"}
    cloud = attachments({"Account::getVirtualGuests": [[leaving]]})
    with pytest.raises(NotFoundError, match="being reclaimed"):
        cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS))
    assert cloud.called(ATTACH) == 0


def test_a_server_that_no_list_has_is_requested_by_its_id_before_it_is_given_up(tmp_path: Path) -> None:
    cloud = attachments({"Account::getVirtualGuests": [[]], "Virtual_Guest::getObject": [MISSING]})
    with pytest.raises(NotFoundError, match="server 3 is gone from the account"):
        cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS))


def test_a_server_that_is_never_ready_is_reported_with_what_goes_on(tmp_path: Path) -> None:
    busy_transaction = {"transactionStatus": {"name": "CLOUD_PROVISION"}}
    busy = {"id": 3, "activeTransaction": busy_transaction}
    cloud = attachments({"Account::getVirtualGuests": [[], [{"id": 3}], [busy]]})
    with pytest.raises(WaitTimeoutError, match=r"not ready within 2700 s \(now: CLOUD_PROVISION\)"):
        cloud.run(tmp_path, lambda session: ATTACHMENT.create(session, OF, INPUTS))
    waits = [message.partition(": ")[2] for message in cloud.user_log.messages]
    assert waits == ["not listed yet", "waits for its next step", "CLOUD_PROVISION"]
