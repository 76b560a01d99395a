"""The doors' configuration: HAProxy takes it, whatever the names and addresses; nonsense is refused."""

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


def test_a_door_listens_on_the_address_that_all_doors_share() -> None:
    door = front_door_configuration(
        FrontDoorShape("a", "192.0.2.1", 5000, 2, extra_bind_address="203.0.113.9")
    )
    bound = [line.split()[1] for line in door.splitlines() if line.startswith("  bind ")]
    assert bound == ["192.0.2.1:5000", "203.0.113.9:5000"]


def test_a_colour_elsewhere_has_its_limits_at_its_own_door() -> None:
    here = ColourBackend("red", 15000, queues=QUEUES)
    elsewhere = ColourBackend("black", 15453, "10.1.2.3", "black-modern-b")
    lines = front_door_configuration(FrontDoorShape("a", "192.0.2.1", 5000, (here, elsewhere))).splitlines()
    limits = [line for line in lines if "maxconn" in line]
    assert [line.split()[1] for line in limits] == ["red", "red-uploads", "red-pulls", "red-layers"]
    with pytest.raises(ValueError, match=r"queues must be those of the door on 10\.1\.2\.3"):
        ColourBackend("black", 15453, "10.1.2.3", "black-modern-b", queues=QUEUES)


def test_a_clients_own_host_and_protocol_headers_are_not_passed_on() -> None:
    lines = front_door_configuration(FrontDoorShape("a", "127.0.0.1", 1, 2)).splitlines()
    assert "  http-request del-header Forwarded" in lines
    assert "  http-request del-header X-Forwarded- -m beg" in lines
    assert "  http-request set-header X-Forwarded-Proto https" in lines


def test_a_door_without_open_paths_answers_none_itself() -> None:
    door = front_door_configuration(FrontDoorShape("a", "127.0.0.1", 1, 2, answers_open_paths=True))
    assert "http-request return" not in door


def test_a_door_without_its_certificate_is_refused(tmp_path: Path) -> None:
    door = front_door_configuration(FrontDoorShape("a", "127.0.0.1", 1, 2))
    assert "front-a.pem" in refusal(tmp_path, {"front-a.cfg": door})


def test_a_storage_is_believed_by_its_certificate_only() -> None:
    text = storage_door_configuration(StorageDoorShape("swift", "https://a.example.com/auth/v1.0", 5003))
    server = next(line for line in text.splitlines() if line.startswith("  server swift a.example.com:443 "))
    assert "ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt" in server
    assert "verifyhost a.example.com sni str(a.example.com)" in server


@pytest.mark.parametrize(
    ("name", "listen", "port", "path"),
    [
        ("A b", "127.0.0.1", 1, "/"),
        ("a", "localhost", 1, "/"),
        ("a", "127.0.0.1", 0, "/"),
        ("a", "127.0.0.1", 1, "/\n  bind :1"),
    ],
)
def test_nonsense_is_no_front_door(name: str, listen: str, port: int, path: str) -> None:
    with pytest.raises(ValueError):
        FrontDoorShape(name, listen, port, 5001, path)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/auth",
        "https://a b/auth",
        "/auth/v1.0",
        "https://10.1.2.3/auth/v1.0",
        "http://a\n  bind :1/auth",
        "https://user@a.example.com/auth/v1.0",
        "https://x option@a.example.com/auth/v1.0",
        "https://a.example.com/auth/v1.0?x",
        "https://a.example.com/a b",
    ],
)
def test_nonsense_is_no_storage_door(url: str) -> None:
    with pytest.raises(ValueError, match="storage door swift"):
        StorageDoorShape("swift", url, 5003)


@pytest.mark.parametrize("origin", ["storage.example.com", "https://a/path", "https://a b", ""])
def test_a_redirect_is_between_origins(origin: str) -> None:
    with pytest.raises(ValueError, match="origin must be such as"):
        Redirect("http://127.0.0.1:1", origin)


@pytest.mark.parametrize("colours", [(), (ColourBackend("red", 1), ColourBackend("red", 2))])
def test_a_door_has_each_colour_once(colours: tuple[ColourBackend, ...]) -> None:
    with pytest.raises(ValueError, match="one or more, each once"):
        FrontDoorShape("a", "127.0.0.1", 1, colours)


def test_another_server_is_reached_by_tls_alone() -> None:
    with pytest.raises(ValueError, match="is another server, so certificate_name"):
        ColourBackend("black", 15453, "10.1.2.3")
