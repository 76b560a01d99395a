"""sshd on a real machine: passwords work as on a hoster's image, until the program forbids them."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import asyncssh
import pytest

from cloud.interfaces import MachineSpec
from components.remote.script_source import script_source
from harness.cloud.machine_host import MachineOwner
from harness.waiting import until
from tests.cloud.machines.one_machine import one_machine

pytestmark = pytest.mark.expected_seconds(30)

PASSWORD = "correct horse battery"
EFFECTIVE = "/usr/sbin/sshd -T -C user=root,host=x,addr=192.0.2.1"
SETTINGS = "/etc/ssh/sshd_config.d/00-softlayer-registry.conf"


@dataclass(frozen=True)
class Server:
    """A machine whose root has a password, as SoftLayer gives one."""

    operator: MachineOwner
    spec: MachineSpec

    @property
    def address(self) -> str:
        return self.spec.public_ip or ""

    def script(self, action: str) -> "subprocess.CompletedProcess[bytes]":
        """Run the script as the component does, by a login of its own."""
        return self.operator.ssh(
            self.address, f"bash -s -- {action}", stdin=script_source("sshd.sh").encode()
        )

    def output(self, action: str) -> str:
        done = self.script(action)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def run(self, command: str) -> str:
        return self.operator.checked_ssh(self.address, command)

    def takes_password(self) -> bool:
        async def attempt() -> bool:
            try:
                async with asyncssh.connect(
                    self.address, username="root", password=PASSWORD, client_keys=None, agent_path=None,
                    known_hosts=None, config=None, connect_timeout=20,
                    preferred_auth="password,keyboard-interactive",
                ):  # fmt: skip
                    return True
            except (asyncssh.PermissionDenied, ConnectionRefusedError):
                return False

        return asyncio.run(attempt())

    def effective(self) -> set[str]:
        return set(self.run(EFFECTIVE).splitlines())

    def effective_settings(self) -> set[str]:
        """The settings in effect; none while nobody can log in."""
        return set(self.operator.ssh(self.address, EFFECTIVE).stdout.decode().splitlines())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with one_machine(tmp_path_factory.mktemp("sshd"), "sshd", 512, 1) as machine:
        server = Server(machine.operator, machine.spec)
        server.run(f"echo 'root:{PASSWORD}' | chpasswd")
        yield server


def test_an_image_takes_passwords_until_the_program_forbids_them(server: Server) -> None:
    assert server.takes_password()
    assert server.output("try") == "changed"
    assert server.output("confirm") == "unchanged"
    assert not server.takes_password()
    assert server.effective() >= {
        "permitrootlogin without-password",
        "passwordauthentication no",
        "kbdinteractiveauthentication no",
        "allowagentforwarding no",
        "x11forwarding no",
        "maxauthtries 4",
    }
    assert server.output("try") == "unchanged"
    assert (
        server.run("ls /etc/registry-sshd /usr/local/sbin/registry-sshd-rollback 2>&1 || true").count(
            "No such"
        )
        == 2
    )


def test_settings_that_nobody_confirms_go_again(server: Server) -> None:
    """Those from before come back, also where there were other ones in the same place."""
    server.run(f"echo 'PasswordAuthentication yes' >{SETTINGS}; systemctl restart ssh")
    assert server.output("try") == "changed"
    assert not server.takes_password()
    # As after ten minutes; sshd is restarted by a job of its own.
    server.run("systemctl start registry-sshd-rollback.service")
    until(server.takes_password, "the settings from before are back", 20)
    late = server.script("confirm")
    assert late.returncode == 1
    assert b"on trial once more" in late.stderr
    assert server.output("confirm") == "unchanged"
    assert not server.takes_password()


def test_a_reboot_before_the_confirmation_brings_the_settings_from_before(server: Server) -> None:
    server.run(f"rm {SETTINGS}; systemctl restart ssh")
    assert server.output("try") == "changed"
    assert server.run("systemctl is-enabled registry-sshd-rollback.service") == "enabled"
    assert "ssh.service" in server.run("systemctl show -p Before registry-sshd-rollback.service")
    assert server.output("confirm") == "unchanged"
    assert "No such file" in server.run("ls /etc/systemd/system/registry-sshd-rollback.service 2>&1 || true")


def test_a_configuration_that_does_not_read_the_folder_gets_the_settings_at_its_top(server: Server) -> None:
    """As on each sshd before 8.2, such as Ubuntu 18.04's."""
    server.run(f"rm {SETTINGS}; sed -i.kept '/^Include/d' /etc/ssh/sshd_config")
    server.run("printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\n' >>/etc/ssh/sshd_config")
    server.run("systemctl restart ssh")
    before = server.run("cat /etc/ssh/sshd_config")
    try:
        assert server.takes_password()
        assert (server.output("try"), server.output("confirm")) == ("changed", "unchanged")
        assert not server.takes_password()
        assert "No such file" in server.run(f"ls {SETTINGS} 2>&1 || true")
        configuration = server.run("cat /etc/ssh/sshd_config")
        assert configuration.startswith("# softlayer-registry: begin\n")
        assert configuration.endswith(before)
        assert server.output("try") == "unchanged"
        # Nobody confirms another text: the one from before comes back, at the top as well.
        server.run("sed -i 's/^MaxAuthTries 4/MaxAuthTries 3/' /etc/ssh/sshd_config")
        assert server.output("try") == "changed"
        server.run("systemctl start registry-sshd-rollback.service")
        # sshd is started anew by a job of its own, and refuses connections meanwhile.
        until(
            lambda: "maxauthtries 3" in server.effective_settings(), "the settings from before are back", 20
        )
        assert not server.takes_password()
    finally:
        server.run("mv /etc/ssh/sshd_config.kept /etc/ssh/sshd_config; systemctl restart ssh")
    assert (server.output("try"), server.output("confirm")) == ("changed", "unchanged")


def test_the_key_of_the_first_contact_goes_and_the_others_stay(server: Server) -> None:
    public = "/etc/ssh/ssh_host_ecdsa_key.pub"
    before = server.run("cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub")
    spent = server.run(f"sed -i 's/$/ softlayer-registry-one-time/' {public}; cut -d' ' -f2 {public}")
    assert server.output("confirm") == "unchanged"
    offered = subprocess.run(
        ["ssh-keyscan", "-T", "20", server.address], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert spent not in offered
    assert before in offered
