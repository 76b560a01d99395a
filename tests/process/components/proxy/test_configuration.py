"""The doors' configuration: the real HAProxy takes it, whatever the names and addresses."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.access.certificate import Issuer, issue
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import (
    ColourBackend,
    FrontDoorShape,
    Redirect,
    front_door_configuration,
)
from components.proxy.haproxy_config import ProxyShape, global_configuration
from components.proxy.queues import legacy_queues, modern_queues
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from settings import DEFAULT_DOOR_LIMITS, ModernCapacity, Role
from settings.registry.capacity import legacy_capacity
from tests.support.campaign import examples

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)
PORTS = st.integers(1, 65535)
# Names that are door_users without a look-up elsewhere.
HOSTS = st.sampled_from(["localhost", "10.1.2.3"])


QUEUES = (*modern_queues(ModernCapacity(), 15000, 15002), *legacy_queues(legacy_capacity(8, 0, 0), 15000))
BACKENDS = st.sampled_from(
    [
        5001,
        (ColourBackend("red", 15000),),
        (ColourBackend("red", 15000, queues=QUEUES), ColourBackend("black", 15010, queues=QUEUES)),
        (
            ColourBackend("red", 15000),
            ColourBackend("black", 15453, "10.1.2.3", "black-modern-dal05-b", "127.0.0.1"),
        ),
        (ColourBackend("black", 15453, "fd00::3", "black-modern-dal05-b"),),
    ]
)


def refusal(folder: Path, files: dict[str, str]) -> str:
    """What HAProxy says of a configuration; nothing when it takes it without a warning."""
    current = folder / "current"
    current.mkdir(exist_ok=True)
    for old in current.iterdir():
        old.unlink()
    for name, text in {"00-global.cfg": global_configuration(ProxyShape()), **files}.items():
        (current / name).write_text(text)
    (folder / "live.map").write_text("modern red\n")
    environment = {
        "REGISTRY_DOOR": str(folder),
        "REGISTRY_DOOR_RUN": str(folder),
        "PATH": "/usr/sbin:/usr/bin",
    }
    checked = subprocess.run(
        ["haproxy", "-c", "-f", str(current)], env=environment, capture_output=True, text=True, check=False
    )
    messages = [line for line in checked.stderr.splitlines() if "[ALERT]" in line or "[WARNING]" in line]
    assert bool(checked.returncode) == any("[ALERT]" in line for line in messages)
    return "\n".join(messages)


@given(
    name=NAMES,
    backends=BACKENDS,
    listen=st.ip_addresses().map(str).filter(lambda address: "%" not in address),
    extra_bind_address=st.sampled_from(["", "203.0.113.9", "fd00::9"]),
    answers=st.booleans(),
    port=PORTS,
    redirect=st.sampled_from([None, Redirect("http://127.0.0.1:5003", "https://storage.example.com:8443")]),
    users=st.dictionaries(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True), st.just("x")),
)
@settings(max_examples=examples(full=100, sample=10))
def test_haproxy_takes_every_front_door(
    name: str,
    backends: int | tuple[ColourBackend, ...],
    listen: str,
    extra_bind_address: str,
    answers: bool,
    port: int,
    redirect: Redirect | None,
    users: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    roles: tuple[tuple[str, Role], ...] = tuple((user, "reader") for user in users)
    door_users = DoorUsers(userlist(name, users, "ab" * 32), roles[1:]) if users else None
    shape = FrontDoorShape(
        name=name,
        listen=listen,
        extra_bind_address=extra_bind_address,
        port=port,
        backends=backends,
        health_path="/v1/_ping",
        prefixes=("/v1/",),
        open_paths=("/v1/_ping",),
        answers_open_paths=answers,
        single_requests=answers,
        users=door_users,
        limits=DEFAULT_DOOR_LIMITS if answers else None,
        redirect=redirect,
        queues=QUEUES if backends == 5001 else (),
        password="ab" * 32 if answers else "",
        sources=("10.1.2.4", "fd00::4") if answers else (),
    )
    issued = issue(Issuer("ab" * 32), "a-registry", (listen,))
    files = {
        f"front-{name}.cfg": front_door_configuration(shape),
        f"front-{name}.pem": f"{issued.certificate}{issued.private_key}",
        f"front-{name}.ca": issued.authority,
    }
    assert refusal(tmp_path_factory.mktemp("door"), files) == ""


@given(name=NAMES, host=HOSTS, storage_port=st.none() | PORTS, tls=st.booleans(), port=PORTS)
@settings(max_examples=examples(full=100, sample=10))
def test_haproxy_takes_every_storage_door(
    name: str,
    host: str,
    storage_port: int | None,
    tls: bool,
    port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    scheme = "https" if tls and not host[0].isdigit() else "http"
    place = host if storage_port is None else f"{host}:{storage_port}"
    shape = StorageDoorShape(name, f"{scheme}://{place}/auth/v1.0", port)
    assert shape.door_auth_url == f"http://127.0.0.1:{port}/auth/v1.0"
    assert shape.origin == f"{scheme}://{place}"
    files = {f"storage-{name}.cfg": storage_door_configuration(shape)}
    assert refusal(tmp_path_factory.mktemp("door"), files) == ""


def test_a_door_without_its_certificate_is_refused(tmp_path: Path) -> None:
    door = front_door_configuration(FrontDoorShape("a", "127.0.0.1", 1, 2))
    assert "front-a.pem" in refusal(tmp_path, {"front-a.cfg": door})
