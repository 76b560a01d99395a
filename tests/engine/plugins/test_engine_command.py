"""The command plugin's Command over real gRPC, on a real sshd: what runs when, and what comes back."""

from pathlib import Path

import grpc
import pytest

from tests.engine.plugin import Plugin
from tests.engine.recording_engine import RecordingEngine
from tests.engine.ssh_daemon import SshDaemon
from tests.engine.wire import UNKNOWN, Properties, is_secret, reveal, secret

COMMAND = "command:remote:Command"


def test_create_runs_the_command_and_keeps_what_it_wrote(command: Plugin, connection: Properties) -> None:
    created = command.create(
        COMMAND, {"connection": connection, "create": "echo out; echo more; echo err >&2"}
    )
    assert created.state["stdout"] == "out\nmore"
    assert created.state["stderr"] == "err"
    assert created.id.startswith("thing")


def test_create_without_a_command_runs_nothing(
    command: Plugin, sshd: SshDaemon, connection: Properties
) -> None:
    before = sshd.connections()
    created = command.create(COMMAND, {"connection": connection, "delete": "true"})
    assert created.state["stdout"] == created.state["stderr"] == ""
    assert sshd.connections() == before


def test_preview_runs_nothing_and_leaves_the_output_unknown(
    command: Plugin, sshd: SshDaemon, connection: Properties, tmp_path: Path
) -> None:
    before = sshd.connections()
    created = command.create(
        COMMAND, {"connection": connection, "create": f"touch {tmp_path}/made"}, preview=True
    )
    assert created.state["stdout"] == UNKNOWN
    assert not (tmp_path / "made").exists()
    assert sshd.connections() == before


def test_the_connection_is_secret_as_a_whole_and_the_output_only_on_demand(
    command: Plugin, connection: Properties
) -> None:
    created = command.create(
        COMMAND, {"connection": connection, "create": "echo open", "stdin": secret("hidden")}
    )
    assert is_secret(created.inputs["connection"])
    assert is_secret(created.state["connection"])
    assert reveal(created.state["connection"])["port"] == connection["port"]
    assert is_secret(created.state["stdin"])
    assert created.state["stdout"] == "open"


def test_check_fills_in_the_defaults_of_a_connection(command: Plugin) -> None:
    checked, failures = command.check(COMMAND, {"connection": {"host": "h"}, "create": "true"})
    assert failures == {}
    assert reveal(checked["connection"]) == {
        "host": "h", "port": 22, "user": "root", "dialErrorLimit": 10, "perDialTimeout": 15,
    }  # fmt: skip


def test_check_names_every_bad_property_at_once(command: Plugin) -> None:
    _, failures = command.check(
        COMMAND,
        {
            "connection": {
                "host": "h",
                "port": 70000,
                "hostKey": "no key",
                "dialErrorLimit": -2,
                "perDialTimeout": -1,
                "proxy": {"host": "p", "port": 1.5},
            },
            "logging": "everything",
        },
    )
    assert set(failures) == {
        "connection.port",
        "connection.hostKey",
        "connection.dialErrorLimit",
        "connection.perDialTimeout",
        "connection.proxy.port",
        "logging",
    }


def test_check_lets_unknown_values_pass(command: Plugin) -> None:
    unknown = {"host": UNKNOWN, "port": UNKNOWN, "hostKey": UNKNOWN, "privateKey": secret(UNKNOWN)}
    checked, failures = command.check(COMMAND, {"connection": unknown, "create": UNKNOWN, "logging": UNKNOWN})
    assert failures == {}
    assert reveal(checked["connection"])["host"] == UNKNOWN


def test_stdin_reaches_the_command(command: Plugin, connection: Properties) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "wc -c", "stdin": "12345"})
    assert created.state["stdout"].strip() == "5"


def test_a_command_that_does_not_read_its_stdin_still_ends_well(
    command: Plugin, connection: Properties
) -> None:
    created = command.create(
        COMMAND, {"connection": connection, "create": "echo done", "stdin": "x" * 1_000_000}
    )
    assert created.state["stdout"] == "done"


def test_environment_that_sshd_accepts_arrives_and_the_rest_is_warned_of_by_name(
    command: Plugin, connection: Properties, engine_log: RecordingEngine
) -> None:
    created = command.create(
        COMMAND,
        {
            "connection": connection,
            "create": "echo $GREETING-$REFUSED",
            "environment": {"GREETING": "hello", "REFUSED": "top-secret-value"},
        },
    )
    assert created.state["stdout"] == "hello-"
    assert len(engine_log.warnings) == 1
    assert "REFUSED" in engine_log.warnings[0]
    assert "top-secret-value" not in engine_log.warnings[0]


@pytest.mark.parametrize(
    ("extra_inputs", "expected"), [({}, "first/oops"), ({"addPreviousOutputInEnv": False}, "/")]
)
def test_the_previous_output_is_in_the_environment_unless_it_must_not_be(
    command: Plugin, connection: Properties, extra_inputs: Properties, expected: str
) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "echo first; echo oops >&2"})
    show = "echo $PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR"
    updated = command.update(created, {"connection": connection, "update": show, **extra_inputs})
    assert updated.state["stdout"] == expected


def test_update_runs_the_update_command(command: Plugin, connection: Properties) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "echo created"})
    updated = command.update(
        created, {"connection": connection, "create": "echo created", "update": "echo updated"}
    )
    assert updated.state["stdout"] == "updated"
    assert updated.id == created.id


def test_update_runs_the_create_command_when_there_is_no_other(
    command: Plugin, connection: Properties
) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "echo one"})
    updated = command.update(created, {"connection": connection, "create": "echo two", "update": ""})
    assert updated.state["stdout"] == "two"


def test_the_same_inputs_need_no_update(command: Plugin, connection: Properties) -> None:
    inputs = {"connection": connection, "create": "echo one", "triggers": [1, "two", {"three": True}]}
    created = command.create(COMMAND, inputs)
    diff = command.diff(created, inputs)
    assert diff.changes == diff.DIFF_NONE
    assert list(diff.diffs) == []


def test_another_command_is_an_update_and_new_triggers_a_replacement(
    command: Plugin, connection: Properties
) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "echo one"})
    changed = command.diff(created, {"connection": connection, "create": "echo two"})
    assert changed.changes == changed.DIFF_SOME
    assert list(changed.replaces) == []
    triggered = command.diff(created, {"connection": connection, "create": "echo one", "triggers": [1]})
    assert list(triggered.replaces) == ["triggers"]


def test_delete_runs_the_delete_command_over_the_connection_in_the_state(
    command: Plugin, connection: Properties, tmp_path: Path
) -> None:
    created = command.create(
        COMMAND,
        {
            "connection": connection,
            "create": "echo kept",
            "delete": f"echo $PULUMI_COMMAND_STDOUT > {tmp_path}/gone",
        },
    )
    command.delete(created)
    assert (tmp_path / "gone").read_text() == "kept\n"


def test_delete_without_a_command_connects_to_nothing(
    command: Plugin, sshd: SshDaemon, connection: Properties
) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "true"})
    before = sshd.connections()
    command.delete(created)
    assert sshd.connections() == before


def test_read_returns_the_state_as_it_is(command: Plugin, connection: Properties) -> None:
    created = command.create(COMMAND, {"connection": connection, "create": "echo one"})
    read = command.read(created)
    assert read.id == created.id
    assert read.state["stdout"] == "one"
    assert is_secret(read.state["connection"])


@pytest.mark.parametrize(
    ("logging", "expected"),
    [
        (None, {"to-out", "to-err"}),
        ("stdoutAndStderr", {"to-out", "to-err"}),
        ("stdout", {"to-out"}),
        ("stderr", {"to-err"}),
        ("none", set()),
    ],
)
def test_logging_reports_what_is_shown_in_the_log_and_in_errors(
    command: Plugin,
    connection: Properties,
    engine_log: RecordingEngine,
    logging: str | None,
    expected: set[str],
) -> None:
    inputs: Properties = {"connection": connection, "create": "echo to-out; echo to-err >&2; exit 7"}
    if logging is not None:
        inputs["logging"] = logging
    with pytest.raises(grpc.RpcError) as failed:
        command.create(COMMAND, inputs)
    assert set(engine_log.infos) == expected
    message = str(failed.value.details())
    assert "exit status 7" in message
    assert {word for word in ("to-out", "to-err") if word in message} == expected


def test_a_failure_tells_nothing_of_stdin_environment_or_command(
    command: Plugin, connection: Properties, engine_log: RecordingEngine
) -> None:
    inputs = {
        "connection": connection,
        "create": "cat >&2; echo $GREETING; : in-the-command; exit 1",
        "stdin": "first secret line\nsecond secret line\n",
        "environment": {"GREETING": "secret-greeting"},
    }
    with pytest.raises(grpc.RpcError) as failed:
        command.create(COMMAND, inputs)
    message = str(failed.value.details())
    everything = "\n".join([message, *engine_log.infos])
    assert "[secret]" in message
    for hidden in ("first secret", "second secret", "secret-greeting", "in-the-command"):
        assert hidden not in everything
    assert str(connection["privateKey"]).splitlines()[1] not in everything


def test_a_command_killed_by_a_signal_reports_so(command: Plugin, connection: Properties) -> None:
    with pytest.raises(grpc.RpcError, match="signal TERM"):
        command.create(COMMAND, {"connection": connection, "create": "kill -TERM $$"})
