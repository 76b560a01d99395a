"""No path of an operator's machine is in the state or the outputs, and operators need no place in common."""

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pulumi
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from components.remote.program_folder import PROGRAM, place_by_content
from components.server.operator_key import OperatorKeyArgs, OperatorKeyError, ssh_options
from components.server.server import _require_host_key, _ssh_options
from operate.error import OperateError
from operate.stack.operator_key import VARIABLE, operator_key
from settings import SettingsError, parse
from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, run_program

SERVERS = [
    {"name": "a", "frontDoor": True, "datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048},
    {"name": "b", "datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048},
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    make_pair(folder / ".ssh" / "registry")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    return folder


@cache
def key_pair() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private.decode(), f"{public.decode()} operator\n"


def make_pair(key: Path) -> Path:
    """The same pair wherever an operator keeps it."""
    key.parent.mkdir(parents=True, exist_ok=True)
    private, public = key_pair()
    key.touch(mode=0o600)
    key.write_text(private)
    key.with_name(f"{key.name}.pub").write_text(public)
    return key


def run(archives: Path) -> ProgramRun:
    for generation in ("modern", "legacy"):
        archives.mkdir(exist_ok=True)
        (archives / f"{generation}.tar").write_bytes(generation.encode())
    config = {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "servers": SERVERS,
        "registryGeneration": "both",
        "registryBaseArchive": str(archives / "modern.tar"),
        "legacyBaseArchive": str(archives / "legacy.tar"),
        "releases": {"1": {}, "2": {"version": "2.8.2", "baseArchive": str(archives / "modern.tar")}},
        "red": "1",
        "black": "2",
    }
    return run_program({f"softlayer-registry:{key}": value for key, value in config.items()})


def texts(value: object) -> Iterator[str]:
    """Every text in what a resource was given, secrets and assets unpacked."""
    match value:
        case str():
            yield value
        case pulumi.FileAsset():
            yield str(value.path)
        case dict():
            for key, inner in value.items():
                yield from texts(key)
                yield from texts(inner)
        case list() | tuple():
            for inner in value:
                yield from texts(inner)


def test_no_path_of_the_machine_is_in_an_input_or_an_output(tmp_path: Path, home: Path) -> None:
    archives = tmp_path / "archives"
    recorded = run(archives)
    paths = {str(PROGRAM), str(home), str(archives), str(tmp_path)}
    inputs = [(resource.name, text) for resource in recorded.resources for text in texts(resource.inputs)]
    assert len(inputs) > 300
    assert [(name, text) for name, text in inputs if any(path in text for path in paths)] == []
    assert [text for text in texts(recorded.outputs) if any(path in text for path in paths)] == []
    image = recorded.resource("dal05-a-modern-2.8.3-image")
    assert image.inputs["build"]["context"] == "components/images/modern"
    (asset,) = [text for text in texts(recorded.resource("dal05-a-modern-2.8.3-image-base").inputs["source"])
                if text.startswith(".local/")]  # fmt: skip
    assert (PROGRAM / asset).read_bytes() == b"modern"


def test_operators_with_other_places_register_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tmp_path / "one")
    monkeypatch.setenv(KEY_VARIABLE, str(make_pair(tmp_path / "stick" / "key")))
    monkeypatch.setenv("HOME", str(tmp_path / "another"))
    second = run(tmp_path / "two")
    registered = [
        {resource.name: list(texts(resource.inputs)) for resource in recorded.resources}
        for recorded in (first, second)
    ]
    assert registered[0] == registered[1]
    assert list(texts(first.outputs)) == list(texts(second.outputs))


def test_an_archive_is_named_by_its_content(tmp_path: Path) -> None:
    paths = set()
    for folder, content in (("a", b"same"), ("b", b"same"), ("c", b"other")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.tar").write_bytes(content)
        archive_path = place_by_content(tmp_path / folder / f"{folder}.tar")
        assert (PROGRAM / archive_path).read_bytes() == content
        paths.add(archive_path)
    assert len(paths) == 2
    for archive_path in paths:
        (PROGRAM / archive_path).unlink()


@pytest.mark.parametrize("place", ["/home/ann/.ssh/key", "~ann/.ssh/key"])
def test_the_stack_file_names_no_place_of_one_machine(place: str) -> None:
    with pytest.raises(SettingsError, match=f"sshKeyFile: must begin with ~/ .*{KEY_VARIABLE}"):
        parse({"domain": "registry.example", "sshKeyFile": place, "servers": SERVERS})


@pytest.mark.parametrize(
    ("setting", "variable"),
    [("~/.ssh/registry", ""), ("~/.ssh/registry", "stick/key"), (".local/ssh/key", "")],
)
def test_ssh_finds_the_key_where_the_program_reads_it(
    tmp_path: Path, setting: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(KEY_VARIABLE, str(make_pair(tmp_path / variable)))
    command = ["ssh", "-G", *ssh_options(Path(setting)), "server"]
    printed = subprocess.run(
        command, cwd=PROGRAM, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    ).stdout
    offered = [
        os.path.expandvars(line.removeprefix("identityfile "))
        for line in printed.splitlines()
        if line.startswith("identityfile ")
    ]
    assert str(tmp_path / variable if variable else Path(setting).expanduser()) in offered


def test_dockers_ssh_obeys_no_file_of_the_operator(home: Path) -> None:
    (home / ".ssh").mkdir(exist_ok=True)
    (home / ".ssh" / "config").write_text(
        "Host *\n  ForwardAgent yes\n  ProxyCommand evil\n  IdentityFile ~/.ssh/theirs\n  ControlPath /x\n"
    )
    options = _ssh_options(ssh_options(Path("~/.ssh/registry")), "ssh-ed25519 AAAA")
    printed = subprocess.run(
        ["ssh", "-G", *options, "server"],
        cwd=PROGRAM, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(home)},
    ).stdout  # fmt: skip
    values = dict(line.split(" ", 1) for line in printed.splitlines() if " " in line)
    assert (values["forwardagent"], values["identitiesonly"]) == ("no", "yes")
    assert values["stricthostkeychecking"] in ("true", "yes")
    assert not {"proxycommand", "controlpath"} & values.keys()
    silent = int(values["serveraliveinterval"]) * int(values["serveralivecountmax"])
    assert 0 < silent <= 60, "a server that goes silent keeps `pulumi up` waiting for no longer"
    assert [line for line in printed.splitlines() if line.startswith("identityfile ")] == [
        "identityfile ${HOME}/.ssh/registry"
    ]


@pytest.mark.parametrize(
    "host_key", [None, "", " ", "ssh-ed25519", "ssh-ed25519 AAAA\nother AAAA", "any; key"]
)
def test_a_server_without_a_host_key_is_not_logged_in_to(host_key: str | None) -> None:
    """To pulumi-command, an empty one means any."""
    with pytest.raises(ValueError, match="SSH host key must be TYPE BASE64"):
        _require_host_key(host_key)


def test_a_missing_key_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(OperatorKeyError, match=f"no private key .*absent; .* export {KEY_VARIABLE}"):
        OperatorKeyArgs("label", "prod", Path("~/.ssh/registry"))
    with pytest.raises(OperateError, match=f"absent does not exist; export {VARIABLE}"):
        operator_key("prod")


def test_operate_takes_the_key_of_this_operator(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert VARIABLE == KEY_VARIABLE
    stack_file = tmp_path / "Pulumi.prod.yaml"
    stack_file.write_text("config:\n  softlayer-registry:sshKeyFile: ~/.ssh/registry\n")
    assert operator_key("prod", stack_file) == home / ".ssh" / "registry"
    relative = make_pair(tmp_path / "program" / ".local" / "key")
    (tmp_path / "program" / "stacks").mkdir()
    (tmp_path / "program" / "stacks" / "Pulumi.local.yaml").write_text(
        "config:\n  softlayer-registry:sshKeyFile: .local/key\n"
    )
    assert operator_key("local", program=tmp_path / "program") == relative
    with pytest.raises(OperateError, match="names no sshKeyFile; export"):
        operator_key("prod", program=tmp_path)
    monkeypatch.setenv(VARIABLE, str(make_pair(tmp_path / "stick" / "key")))
    assert operator_key("prod", stack_file) == tmp_path / "stick" / "key"
    assert operator_key("prod", program=tmp_path) == tmp_path / "stick" / "key"
