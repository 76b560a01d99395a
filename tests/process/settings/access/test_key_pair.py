"""The operator's key pair: real ones taken, and what cannot log in refused with the command that helps."""

import subprocess
from pathlib import Path

import pytest

from components.server.operator_key import OperatorKeyArgs, OperatorKeyError
from settings.access.key_pair import key_pair_problems, public_half


def make(file: Path, kind: str = "ed25519", passphrase: str = "", form: str = "RFC4716") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-m", form, "-C", "a b", "-f", str(file)]
    # OpenSSH's own size takes four times as long.
    command += ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(command, check=True)
    return file


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make(tmp_path / "key")


def problem(file: Path) -> str:
    problems = key_pair_problems(file)
    assert len(problems) == 1, problems
    with pytest.raises(OperatorKeyError, match="sshKeyFile: "):
        OperatorKeyArgs("label", "prod", file)
    return problems[0]


@pytest.mark.parametrize(("kind", "form"), [("ed25519", "RFC4716"), ("rsa", "PEM"), ("ecdsa", "PKCS8")])
def test_a_pair_is_taken_with_any_comment(tmp_path: Path, kind: str, form: str) -> None:
    file = make(tmp_path / "key of mine", kind, form=form)
    assert key_pair_problems(file) == []
    public_half(file).write_text(f"{' '.join(public_half(file).read_text().split()[:2])} other\n")
    assert OperatorKeyArgs("label", "prod", file).public_key_file == tmp_path / "key of mine.pub"


def test_no_key_at_all(tmp_path: Path) -> None:
    message = problem(tmp_path / "a key")
    assert "there is no private key" in message
    assert f"ssh-keygen -t ed25519 -N '' -f '{tmp_path}/a key'" in message
    assert "no private key" in problem(tmp_path)


@pytest.mark.parametrize("form", ["RFC4716", "PEM"])
def test_a_passphrase_is_named_with_its_remedy(tmp_path: Path, form: str) -> None:
    file = make(tmp_path / "key", "rsa", passphrase="open sesame", form=form)
    assert "has a passphrase" in problem(file)
    assert f"ssh-keygen -p -N '' -f {file}" in problem(file)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "open sesame", "-N", "", "-f", str(file)], check=True)
    assert key_pair_problems(file) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_open_to_others_is_refused_as_openssh_refuses_it(key: Path, mode: int) -> None:
    key.chmod(mode)
    assert f"open to others (mode {mode:03o})" in problem(key)
    assert f"chmod 600 {key}" in problem(key)


def test_a_public_key_of_another_pair(key: Path, tmp_path: Path) -> None:
    stranger = make(tmp_path / "stranger")
    public_half(key).write_text(public_half(stranger).read_text())
    message = problem(key)
    assert "is not the public key of" in message
    subprocess.run(message.partition("; ")[2], shell=True, check=True)  # noqa: S602 - the advice as it stands
    assert key_pair_problems(key) == []


def test_no_public_key(key: Path) -> None:
    public_half(key).unlink()
    message = problem(key)
    assert "there is no public key" in message
    subprocess.run(message.partition("; ")[2], shell=True, check=True)  # noqa: S602 - the advice as it stands
    assert key_pair_problems(key) == []


def test_both_halves_wrong_are_two_problems(key: Path) -> None:
    key.chmod(0o644)
    public_half(key).write_bytes(b"\xff\xfe")
    assert [key_pair_problem.partition(" ")[0] for key_pair_problem in key_pair_problems(key)] == [
        str(key),
        f"{key}.pub",
    ]


@pytest.mark.parametrize("text", ["", "secret words\n", "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n"])
def test_what_is_no_key_is_refused_and_not_quoted(key: Path, text: str) -> None:
    key.write_text(text)
    assert "is not a private key" in problem(key)
    assert not any(word in problem(key) for word in ("secret", "c2VjcmV0"))


def test_a_key_cut_short_by_an_editor_is_refused_as_by_ssh(key: Path) -> None:
    key.write_text(key.read_text().rstrip("\n"))
    assert "is not a private key" in problem(key)


def test_the_public_half_in_its_place(key: Path) -> None:
    assert "is the public key; name the private one" in problem(public_half(key))


def test_a_machine_without_openssh(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "install openssh-client" in problem(key)
