"""The doors' configuration: what is in it for a setting; nonsense is refused."""

import pytest

from components.proxy.front_door_config import (
    ColourBackend,
    FrontDoorShape,
    Redirect,
    front_door_configuration,
)
from components.proxy.queues import legacy_queues, modern_queues
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from settings import ModernCapacity
from settings.registry.capacity import legacy_capacity

QUEUES = (*modern_queues(ModernCapacity(), 15000, 15002), *legacy_queues(legacy_capacity(8, 0, 0), 15000))


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
