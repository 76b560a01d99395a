"""A logout reaches every address that a stack's registry has had, also when the stack is gone."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dev.local.environment import Environment
from operate.cli.command_line import app
from operate.error import OperateError
from operate.login.client import CLIENTS
from operate.login.recorded_logins import recorded_logins
from operate.stack.automation.outputs import NoStackError
from operate.stack.local_environment import LOCAL_BACKEND

OLD, NEW = "192.0.2.1:5000", "192.0.2.2:5000"
CLIENT = """\
#!/bin/sh
# Keeps a file for each login, as a client keeps an entry.
eval "address=\\${$#}"
[ ! -e "$HOME/refuses-$1" ] || { echo "Error: refused" >&2; exit 1; }
case $1 in
  login) echo > "$HOME/logins/$address" ;;
  logout)
    [ -e "$HOME/logins/$address" ] || { echo "Error: not logged into $address" >&2; exit 1; }
    /bin/rm "$HOME/logins/$address" ;;
esac
"""


class Machine:
    """A machine with Podman alone, whose stack can move, or go away."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.address = folder, OLD
        (folder / "logins").mkdir()
        (folder / "bin").mkdir()
        self.install("podman")
        monkeypatch.setenv("PATH", f"{folder / 'bin'}")
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///backend")
        monkeypatch.setattr("operate.cli.commands.login._outputs", self.outputs)

    def install(self, client: str) -> None:
        """Install a client."""
        program = self.home / "bin" / client
        program.write_text(CLIENT)
        program.chmod(0o755)

    def outputs(self, environment: str, _config_file: object = None, *_: object) -> dict[str, object]:
        if not self.address:
            raise NoStackError(f"environment {environment}: there is no stack of that name")
        if self.address == "unreadable":
            raise OperateError(f"environment {environment}: its outputs cannot be read")
        return {
            "endpoint": f"https://{self.address}", "user": "docker", "password": "a secret",
            "certificateAuthority": "PEM",
        }  # fmt: skip

    def operate(self, *words: str) -> Result:
        return CliRunner().invoke(app, words)

    @property
    def logins(self) -> set[str]:
        """The addresses of which the client has a login or an authority."""
        authorities = CLIENTS["podman"].authority_file("x").parent.parent
        folders = authorities.iterdir() if authorities.exists() else ()
        return {file.name for file in (*folders, *(self.home / "logins").iterdir())}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_a_logout_after_a_move_reaches_the_former_address(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.address = NEW
    done = machine.operate("logout", "prod")
    assert (done.exit_code, done.stdout) == (0, f"podman: logged out of {OLD}\n")
    assert machine.logins == set()


def test_a_login_after_a_move_leaves_the_former_address(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.address = NEW
    done = machine.operate("login", "prod")
    assert done.stdout.splitlines() == [
        f"podman: logged in to {NEW} as docker",
        f"podman: logged out of {OLD}, the registry's former address",
    ]
    assert machine.logins == {NEW}
    machine.operate("logout", "prod")
    assert machine.logins == set()


def test_a_former_address_that_a_login_could_not_leave_is_left_by_the_next(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.address = NEW
    (machine.home / "refuses-logout").touch()
    done = machine.operate("login", "prod", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["clients"] == [
        {"client": "podman", "action": "login", "registry": NEW, "failure": None},
        {"client": "podman", "action": "logout", "registry": OLD, "failure": "logout: refused"},
    ]
    (machine.home / "refuses-logout").unlink()
    assert machine.operate("login", "prod").exit_code == 0
    assert machine.logins == {NEW}


def test_a_login_that_failed_leaves_the_former_address_alone(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.address = NEW
    (machine.home / "refuses-login").touch()
    assert machine.operate("login", "prod").exit_code == 1
    assert machine.logins == {OLD}
    assert recorded_logins("prod").addresses("podman") == [OLD]


def test_a_logout_needs_no_stack_where_a_login_is_recorded(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.address = ""
    assert machine.operate("logout", "prod").stdout == f"podman: logged out of {OLD}\n"
    assert machine.logins == set()


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_without_a_record_and_a_stack_a_line_names_what_to_delete(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    """`operate logout local` after `make down` had no engine and failed."""
    machine.address = ""
    if stack == "local":
        monkeypatch.delenv("PULUMI_BACKEND_URL")
        monkeypatch.setattr("operate.stack.local_environment.local_variables", lambda _: {})
        machine.address = "unreadable"
    done = machine.operate("logout", stack)
    assert done.exit_code == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"nothing is to be undone: no login to a registry of {stack} is recorded")
    assert "`podman logout HOST:PORT`; delete ~/.config/containers/certs.d/HOST:PORT as well" in line
    document = json.loads(machine.operate("logout", stack, "--json").stdout)
    assert document == {"clients": [], "message": line}


def test_an_address_that_cannot_be_read_is_an_error(machine: Machine) -> None:
    machine.address = "unreadable"
    done = machine.operate("logout", "prod")
    assert done.exit_code == 1
    assert "its address is unknown: environment prod: its outputs cannot be read" in done.stderr


def test_a_login_that_is_recorded_for_another_backend_is_named(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.operate("login", "prod")
    machine.address = ""
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    done = machine.operate("logout", "prod")
    assert done.exit_code == 1
    assert f"of another backend are recorded: {OLD}. Export PULUMI_BACKEND_URL" in done.stderr
    assert machine.logins == {OLD}


def test_a_client_that_was_never_logged_in_stops_no_other_when_the_stack_is_gone(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.install("skopeo")
    machine.address = ""
    done = machine.operate("logout", "prod")
    assert (done.exit_code, done.stdout) == (0, f"podman: logged out of {OLD}\n")


def test_a_logout_of_what_somebody_else_logged_in_to_asks_the_stack(machine: Machine) -> None:
    (machine.home / "logins" / OLD).touch()
    assert machine.operate("logout", "prod").stdout == f"podman: logged out of {OLD}\n"
    assert machine.logins == set()


def test_the_local_stack_is_logged_out_of_when_it_is_down(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its variables name the backend while it is up; nothing does afterwards."""
    assert f"file://{Environment().backend}" == LOCAL_BACKEND
    monkeypatch.setenv("PULUMI_BACKEND_URL", LOCAL_BACKEND)
    machine.operate("login", "local")
    machine.address = ""
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    monkeypatch.setattr("operate.stack.local_environment.local_variables", lambda _: {})
    assert machine.operate("logout", "local").exit_code == 0
    assert machine.logins == set()


def test_stacks_of_other_names_and_backends_keep_their_logins(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.operate("login", "prod")
    machine.address = NEW
    machine.operate("login", "test")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///another")
    machine.address = "192.0.2.3:5000"
    machine.operate("login", "prod")
    assert machine.logins == {OLD, NEW, machine.address}
    machine.operate("logout", "prod")
    assert machine.logins == {OLD, NEW}


def test_an_address_is_of_the_stack_that_was_logged_in_to_it_last(machine: Machine) -> None:
    machine.operate("login", "prod")
    machine.operate("login", "test")
    machine.address = ""
    assert machine.operate("logout", "prod").stdout.startswith("nothing is to be undone: ")
    assert machine.logins == {OLD}
    (machine.home / "refuses-login").touch()
    machine.address = OLD
    machine.operate("login", "prod")
    assert recorded_logins("test").addresses("podman") == [OLD]


def test_the_file_is_private_and_has_no_secret(machine: Machine) -> None:
    machine.operate("login", "prod")
    folder = machine.home / ".local" / "state" / "softlayer-registry" / "operate"
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    text = (folder / "logins.json").read_text()
    assert OLD in text
    assert "secret" not in text
    assert "backend" not in text
