"""door-answers.sh says whether a front door answers a client, why it does not, and what was changed."""

import subprocess
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import stand_in

PASSWORD = 'a "quoted" \\ password'
# Answers by the credentials that its configuration has: a status and an exit status, from files.
CURL = """
while [ "$1" != --config ]; do shift; done
if grep -q user "$2"; then kind=user; cp "$2" "$HOME/seen"; else kind=nobody; fi
echo "$@" >>"$HOME/calls"
read -r code ended <"$HOME/$kind"
if [ -e "$HOME/$kind.next" ]; then mv "$HOME/$kind.next" "$HOME/$kind"; fi
if [ "$ended" != 0 ]; then echo "curl: ($ended) what curl says" >&2; fi
printf %s "$code"
exit "$ended"
"""
PARTS = ("certificate=aa", "users=bb", "firewall=cc")


@pytest.fixture
def server(tmp_path: Path) -> Path:
    stand_in(tmp_path, "curl", CURL)
    (tmp_path / "user").write_text("200 0\n")
    (tmp_path / "nobody").write_text("401 0\n")
    return tmp_path


def ask(
    server: Path, *parts: str, address: str = "", authority: str = "PEM\n", patience: int = 0
) -> "subprocess.CompletedProcess[str]":
    words = ("a-door", "registry.example", "5000", address, "/v2/", "docker", *(parts or PARTS))
    return subprocess.run(
        ["bash", "-s", "--", *words],
        input=f"{script_source('door-answers.sh')}{PASSWORD}\n{authority}",
        capture_output=True, text=True, check=False, timeout=60,
        env={
            "PATH": f"{server}:/usr/bin:/bin", "HOME": str(server), "DOOR_ANSWERS": str(server / "records"),
            "DOOR_ANSWERS_PATIENCE": str(patience),
        },
    )  # fmt: skip


def test_a_door_that_answers_is_checked_twice_and_remembered(server: Path) -> None:
    done = ask(server, address="10.0.0.1")
    assert (done.returncode, done.stdout) == (0, "answers\n"), done.stderr
    calls = (server / "calls").read_text().splitlines()
    assert len(calls) == 2
    assert all("--cacert" in call and "registry.example:5000:10.0.0.1" in call for call in calls)
    assert all(call.endswith("https://registry.example:5000/v2/") for call in calls)
    assert (server / "seen").read_text() == 'user = "docker:a \\"quoted\\" \\\\ password"\n'
    assert (server / "records" / "a-door").read_text().splitlines() == list(PARTS)


def test_without_an_authority_the_system_s_own_count(server: Path) -> None:
    assert ask(server, authority="").returncode == 0
    assert "--cacert" not in (server / "calls").read_text()
    assert "--resolve" not in (server / "calls").read_text()


@pytest.mark.parametrize(
    ("kind", "answer", "reason"),
    [
        ("user", "401 0", "it refuses the user docker: registryPassword and registryUsers"),
        ("user", "429 0", "wait a minute, or raise doorFailedLogins"),
        ("user", "503 0", "the registry behind it does not serve: see bin/operate status"),
        ("user", "404 0", "it answers 404: another program listens there"),
        ("user", "000 6", "set registryNameInHosts"),
        ("user", "000 7", "nothing listens there: curl: (7) what curl says; see systemctl status"),
        ("user", "000 28", "registryFrom must name this server"),
        ("user", "000 60", "its certificate is refused: curl: (60) what curl says; registryCertificate must"),
        ("user", "000 92", "curl: (92) what curl says"),
        ("nobody", "200 0", "it lets in who has no credentials"),
        ("nobody", "000 28", "registryFrom must name this server"),
    ],
)
def test_what_is_wrong_is_reported_with_what_helps_and_no_secret(
    server: Path, kind: str, answer: str, reason: str
) -> None:
    (server / kind).write_text(f"{answer}\n")
    done = ask(server)
    assert done.returncode == 1
    assert "https://registry.example:5000 does not answer as a client needs it" in done.stderr
    assert reason in done.stderr
    assert "it was not asked before since this server was started" in done.stderr
    assert done.stderr.rstrip().endswith("then run pulumi up again")
    assert "quoted" not in done.stdout + done.stderr


def test_what_was_changed_since_it_last_answered_is_named(server: Path) -> None:
    assert ask(server).returncode == 0
    (server / "user").write_text("000 60\n")
    changed = ask(server, "certificate=ab", "users=bb", "firewall=cd")
    assert "changed since it last answered: certificate, firewall." in changed.stderr
    # What failed is not remembered.
    assert "certificate, firewall." in ask(server, "certificate=ab", "users=bb", "firewall=cd").stderr
    assert "nothing that pulumi up knows of." in ask(server).stderr


def test_what_is_just_being_started_is_waited_for(server: Path) -> None:
    (server / "user").write_text("503 0\n")
    (server / "user.next").write_text("200 0\n")
    assert ask(server).returncode == 1
    (server / "user").write_text("000 7\n")
    (server / "user.next").write_text("200 0\n")
    assert ask(server, patience=20).returncode == 0
