"""What a recovery asks, plans and restores, and how servers are named to it."""

import io
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest
from pulumi.automation import events

from messages.progress import PROGRESS
from messages.progress import step as progress_step
from operate.cli.commands.recover import describe_recovery
from operate.cli.confirmation import confirm_by
from operate.error import NotStartedError, RefusedError
from operate.recover.recovery import Recovery, forget_retired_doors, recover
from operate.servers.host_keys.refused_login import require_login
from operate.servers.ssh import HostKeyError, RefusedLoginError, SshError
from operate.stack.preview import Preview
from operate.stack.state.plan import PlannedOrders, RecoveryPlan
from operate.stack.state.refresh_targets import RefreshedServers
from operate.stack.state.restored import NOTHING_TO_DO, Restored
from operate.stack.state.up_steps import UpSteps


@dataclass
class RecordingStack:
    """A stack whose missing servers are known; remembers what it is asked."""

    missing: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    written_settings: dict[str, object] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    deletions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    restored: Restored = Restored("3 created", {"order": 20.0, "set up": 30.0, "verify": 5.0})  # noqa: RUF009 - frozen

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.written_settings |= settings

    def refresh_own(self, names: Collection[str]) -> RefreshedServers:
        self.calls.append(f"refresh {','.join(names)}")
        return RefreshedServers(self.missing, self.changed)

    def lost_kept_release(self, lost: Collection[str]) -> str:
        return "1" if lost else ""

    def forget_kept_release(self) -> None:
        self.calls.append("forget the kept release")

    def plan(self) -> RecoveryPlan:
        self.calls.append("plan")
        return RecoveryPlan(Preview({"create": 3}, cost=120.5), self.orders, self.deletions)

    def silent_servers(self, names: Collection[str]) -> Mapping[str, str]:
        self.calls.append(f"ask {','.join(names)}")
        return {name: "it does not answer SSH" for name in names if name in self.silent}

    def plan_of_loss(self) -> RecoveryPlan | None:
        self.calls.append("plan of loss")
        return RecoveryPlan(Preview({"create": 3}), self.orders) if self.orders else None

    def restore(self) -> Restored:
        self.calls.append("restore")
        return self.restored

    def verify(self) -> str:
        self.calls.append("verify")
        return "an image was pushed and pulled"


@dataclass
class Operator:
    """Who answers a question, and remembers it."""

    agrees: bool = True
    questions: list[str] = field(default_factory=list)

    def __call__(self, question: str) -> bool:
        self.questions.append(question)
        return self.agrees


GUEST = "VirtualGuest dal05-a"


@pytest.mark.parametrize(
    ("method", "step"), [("refresh_own", "account"), ("plan", "plan"), ("restore", "restore")]
)
def test_each_step_names_what_pulumi_does_in_it(
    method: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        with progress_step("pulumi"):
            raise KeyboardInterrupt

    stack = RecordingStack()
    monkeypatch.setattr(stack, method, interrupt)
    PROGRESS.forget_interrupted_step()
    with pytest.raises(KeyboardInterrupt):
        recover(stack, (), lambda _: None, Operator())
    assert PROGRESS.interrupted_step == f"{step}: pulumi"


def test_a_plan_with_updates_is_the_most_that_is_done() -> None:
    assert RecoveryPlan(Preview({"update": 8})).description == "at most 8 to update"
    assert RecoveryPlan(Preview({"create": 3}), (GUEST,)).description == f"orders {GUEST}; 3 to create"


def test_what_is_missing_is_planned_with_its_cost_and_restored() -> None:
    stack, lines, operator = RecordingStack(("dal05-a",), (GUEST,)), list[str](), Operator()
    recovery = recover(
        stack, ("dal05-a",), lines.append, lambda question: operator(f"{question} (after {len(lines)} lines)")
    )
    assert stack.calls == ["refresh dal05-a", "plan", "forget the kept release", "restore"]
    assert operator.questions == [f"Order {GUEST}? (after 3 lines)"]
    assert lines[0].startswith("account ok: missing: dal05-a (")
    assert lines[1].startswith(f"plan ok: orders {GUEST}; 3 to create; 120.50 USD a month (")
    assert lines[2].startswith("release 1 is lost with its servers: keepRelease leaves the stack file")
    assert lines[3].startswith("restore ok: 3 created; order 20.0 s, set up 30.0 s, verify 5.0 s (")
    assert (recovery.missing, recovery.changes) == (("dal05-a",), "3 created")
    assert list(recovery.seconds) == ["account", "plan", "restore", "order", "set up", "verify"]


@pytest.mark.parametrize(("orders", "calls"), [((GUEST,), ["plan of loss"]), ((), ["plan of loss", "plan"])])
def test_who_agreed_beforehand_waits_for_a_preview_only_where_it_is_needed(
    orders: tuple[str, ...], calls: list[str]
) -> None:
    stack, operator = RecordingStack(("dal05-a",), orders), Operator()
    recover(stack, (), lambda _: None, operator, agreed=True)
    assert stack.calls == ["refresh ", *calls, "forget the kept release", "restore"]
    assert operator.questions == ([f"Order {GUEST}?"] if orders else []), "the caller answers"


@pytest.mark.parametrize(
    ("restored", "end"),
    [
        (
            Restored("1 updated", {"set up": 2.0}, has_changed_container=True),
            "verify ok: an image",
        ),
        (Restored("3 created", {"set up": 2.0, "verify": 5.0}, has_changed_container=True), "restore ok: 3"),
        (
            Restored("1 updated", {"set up": 2.0}),
            "restore ok: 1 updated; set up 2.0 s; not verified again",
        ),
    ],
    ids=["started in place", "replaced", "no container"],
)
def test_a_container_that_was_started_in_place_is_verified(restored: Restored, end: str) -> None:
    """A container that was killed keeps its id, by which the program knows when to verify."""
    lines = list[str]()
    recover(RecordingStack(restored=restored), (), lines.append, Operator())
    assert lines[-1].startswith(end)
    assert not any("not verified" in line for line in lines[:-1])


def test_nothing_is_ordered_against_the_operator() -> None:
    stack = RecordingStack(("dal05-a",), (GUEST,))
    with pytest.raises(RefusedError, match="nothing was ordered"):
        recover(stack, (), lambda _: None, Operator(agrees=False))
    assert stack.calls == ["refresh ", "plan"]


def test_a_server_that_is_only_off_ends_the_recovery_after_its_plan() -> None:
    """After a takeover the lost server's front door is to go: Pulumi would dial it for minutes."""
    deletions = {"dal05-a": ("dal05-a-modern-front-door",), "dal05-b": ("red",)}
    stack = RecordingStack(orders=(GUEST,), deletions=deletions, silent=("dal05-a", "dal05-c"))
    operator, lines = Operator(), list[str]()
    with pytest.raises(NotStartedError) as refused:
        recover(stack, (), lines.append, operator)
    assert stack.calls == ["refresh ", "plan", "ask dal05-a,dal05-b"]
    assert operator.questions == []
    assert "plan ok" in lines[-1]
    (message,) = str(refused.value).splitlines()
    assert message.startswith("dal05-a is in the account and does not come back: it does not answer SSH; the")
    for words in (
        "takes dal05-a-modern-front-door off it",
        "Power dal05-a on",
        "docs/runbooks/lost-server.md",
    ):
        assert words in message


def test_servers_of_which_something_is_taken_and_that_answer_stop_nothing() -> None:
    stack = RecordingStack(deletions={"dal05-b": ("red",)}, silent=("dal05-a",))
    recover(stack, (), lambda _: None, Operator())
    assert stack.calls[-1] == "restore"


def test_without_a_terminal_nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(RefusedError, match="with --yes"):
        confirm_by(yes=False)(f"Order {GUEST}?")
    assert confirm_by(yes=True)(f"Order {GUEST}?")


def test_a_server_that_was_installed_again_is_named_and_nothing_is_ordered() -> None:
    stack, lines, operator = RecordingStack(changed=("dal05-a",)), list[str](), Operator()
    assert recover(stack, (), lines.append, operator).missing == ()
    assert stack.calls == ["refresh ", "plan", "restore"]
    assert lines[0].startswith(
        "account ok: it has every server; its system was reloaded, or its pinned host key given up: dal05-a ("
    )
    assert operator.questions == []


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        (RefusedLoginError("Permission denied"), True),
        (HostKeyError("shows another host key"), False),
        (SshError("no answer"), False),
        ((0, b"", ""), False),
    ],
)
def test_a_pinned_key_is_not_accepted_again_where_the_login_is_refused(
    answer: SshError | tuple[int, bytes, str], is_refused: bool
) -> None:
    class Link:
        def run_each(self, *_: object) -> list[SshError | tuple[int, bytes, str]]:
            return [answer]

    server = {"publicIp": "192.0.2.1", "sshHostKey": "ssh-ed25519 AAAA"}
    refusal = pytest.raises(RefusedError, match=r"pinned already.*recover prod --accept-host-key dal05-a")
    with refusal if is_refused else nullcontext():
        require_login("prod", {"dal05-a": ("7", server)}, Link())


def test_a_warning_is_not_all_well() -> None:
    changes = "nothing to do; warning: dal05-b cannot be worked on: Permission denied; see the runbook"
    text = describe_recovery("prod", (), changes)
    assert text.startswith("no server is lost, but a server cannot be worked on: dal05-b")
    assert text.endswith("Done: nothing to do. `operate doctor prod` asks each server")
    document = Recovery((), changes).as_json()
    assert (document["changes"], document["warnings"]) == (
        "nothing to do", ["dal05-b cannot be worked on: Permission denied; see the runbook"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("retiring", "expected"), [(["dal05-a"], {"retiringDoors": None}), (["dal05-b"], {}), ([], {})]
)
def test_a_takeover_leaves_nothing_in_the_stack_file(
    retiring: list[str], expected: dict[str, object]
) -> None:
    servers = [
        {"name": "a", "datacenter": "dal05", "frontDoor": False},
        {"name": "b", "datacenter": "dal05", "frontDoor": True},
    ]
    stack = RecordingStack()
    forget_retired_doors(stack, servers, retiring)
    assert stack.written_settings == expected


def step(kind: str, op: str, urn: str, event: str = "resOutputsEvent") -> events.EngineEvent:
    metadata = {"op": op, "urn": f"urn:pulumi:prod::p::{urn}", "type": kind, "provider": ""}
    return events.EngineEvent.from_json({"sequence": 1, "timestamp": 1, event: {"metadata": metadata}})


def test_only_a_created_resource_is_an_order() -> None:
    planned = PlannedOrders()
    for kind, op in (
        ("softlayer:index:VirtualGuest", "create"),
        ("softlayer:index:GlobalIp", "create-replacement"),
        ("softlayer:index:SshKey", "update"),
        ("command:remote:Command", "create"),
    ):
        planned(step(kind, op, f"{kind}::dal05-a", "resourcePreEvent"))
    assert planned.orders == [GUEST, "GlobalIp dal05-a"]


def test_an_update_is_timed_by_its_parts() -> None:
    times = iter((0.0, 40.0, 45.0, 61.0, 66.0, 70.0, 72.0))
    steps = UpSteps(lambda: next(times))
    verification = "softlayer-registry:index:Verification$command:remote:Command::push"
    steps(step("softlayer:index:ObjectStorageAccount", "create", "x::store"))
    steps(step("softlayer:index:VirtualGuest", "create", "x::dal05-a"))
    steps(step("docker:index/container:Container", "create", "x::red"))
    steps(step("command:remote:Command", "create", verification))
    steps(step("command:remote:Command", "same", verification))
    steps(step("pulumi:pulumi:Stack", "update", "stack"))
    assert steps.seconds() == {"order": 45.0, "set up": 16.0, "verify": 9.0}
    assert steps.has_changed_container
    assert UpSteps(lambda: 1.0).seconds() == {}


VERIFICATION = "softlayer-registry:index:Verification$command:remote:Command::push"


@pytest.mark.parametrize(
    ("late", "op"),
    [("x::standby", "create"), ("x::red", "delete-replaced"), (VERIFICATION, "delete-replaced")],
    ids=["a standby is prepared longer", "a container is deleted", "what verified before is deleted"],
)
def test_a_verification_has_its_own_time_beside_what_ends_later(late: str, op: str) -> None:
    now = [0.0]
    steps = UpSteps(lambda: now[0])
    for now[0], event in (
        (20.0, step("command:remote:Command", "create", "x::standby", "resourcePreEvent")),
        (30.0, step("docker:index/container:Container", "create", "x::red")),
        (1.0, step("command:remote:Command", "update", f"{VERIFICATION}-trust", "resourcePreEvent")),
        (2.0, step("command:remote:Command", "update", f"{VERIFICATION}-trust")),
        (31.0, step("command:remote:Command", "create-replacement", VERIFICATION, "resourcePreEvent")),
        (32.0, step("command:remote:Command", "update", f"{VERIFICATION}-pull", "resourcePreEvent")),
        (33.0, step("command:remote:Command", "update", f"{VERIFICATION}-pull")),
        (36.0, step("command:remote:Command", "create-replacement", VERIFICATION)),
        (90.0, step("command:remote:Command", op, late)),
    ):
        steps(event)
    now[0] = 91.0
    assert steps.seconds()["verify"] == 6.0


def test_a_restoration_without_a_push_and_a_pull_is_reported() -> None:
    verified = Restored("3 updated", {"set up": 2.0, "verify": 5.0})
    assert verified.description == "3 updated; set up 2.0 s, verify 5.0 s"
    alone = Restored("3 updated", {"set up": 2.0})
    assert (
        alone.description
        == "3 updated; set up 2.0 s; not verified again: nothing that a push and a pull use was changed"
    )
    assert Restored(NOTHING_TO_DO).description == NOTHING_TO_DO


@pytest.mark.parametrize(
    ("kind", "op"),
    [
        ("softlayer:index:VirtualGuest", "update"),
        ("softlayer:index:RegistryPlacement", "update"),
        ("softlayer:index:DestroyCheck", "create"),
        ("softlayer:index:VirtualGuest", "delete-replaced"),
    ],
)
def test_a_server_that_stands_is_set_up_and_not_ordered(kind: str, op: str) -> None:
    times = iter((0.0, 3.0, 40.0, 41.0))
    steps = UpSteps(lambda: next(times))
    steps(step(kind, op, "x::dal05-a"))
    steps(step("docker:index/container:Container", "create", "x::red"))
    assert steps.seconds() == {"set up": 41.0}


def test_nothing_lost_is_no_repair() -> None:
    assert describe_recovery("prod", ["dal05-a"], "3 updated") == (
        "dal05-a was lost, and the stack is recovered: 3 updated"
    )
    assert describe_recovery("prod", ["dal05-a", "dal05-b"], "3 updated").startswith(
        "dal05-a and dal05-b were lost, and the stack is recovered"
    )
    assert "`operate doctor prod` shows whether" in describe_recovery("prod", [], "nothing to do")


def test_a_recovery_without_a_lost_server_names_its_changes() -> None:
    text = describe_recovery("prod", [], "1 created, 3 replaced, 5 updated")
    assert "nothing is lost" not in text
    assert "the account has every server" in text
    assert (
        "missing or outdated on them, or differed from the stack file, was done: 1 created, 3 replaced"
        in text
    )
    assert describe_recovery("prod", [], "nothing to do").startswith(
        "nothing is lost, and nothing was to be done"
    )
