"""Distribution's configuration files."""

import re
from typing import Any

import pytest
import yaml

from components.access.door_credential import HTPASSWD
from components.access.secret_mark import mark
from components.registry.config import HttpSettings, configuration
from components.registry.modern import ModernProcesses, modern_container
from components.registry.processes import REQUIRE_LOG
from components.storage.drivers import FilesystemStorage, RegistryStorage, S3Storage, SwiftStorage
from settings import DEFAULT_CONTENT_POLICY, ContentPolicy, ModernCapacity

SECRET = "a secret that is long enough, and must not show"
SWIFT = SwiftStorage("http://10.0.0.1:8080/auth/v1.0", "SLOS1-1:SL1", "k: #'\n", "docker", "t")
S3 = S3Storage("https://s3.example.com", "us-south", "my-registry", "access", SECRET)
HTTP = HttpSettings("127.0.0.1:5000", "127.0.0.1:5001", SECRET, redirect=False)


def parsed(storage: RegistryStorage, http: HttpSettings = HTTP) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load(configuration(storage, http))


def swift(**changed: str) -> SwiftStorage:
    values = {"auth_url": SWIFT.auth_url, "username": "a:u", "key": SECRET, "container": "c"}
    return SwiftStorage(**{**values, "temp_url_key": SECRET, **changed})


def test_storage_and_secrets_survive_the_yaml() -> None:
    parameters = parsed(SWIFT)
    assert parameters["storage"]["swift"] == {
        "authurl": "http://10.0.0.1:8080/auth/v1.0", "authversion": 1, "username": "SLOS1-1:SL1",
        "password": SWIFT.key, "container": "docker", "chunksize": 20 * 2**20, "secretkey": "t",
        "tempurlcontainerkey": True, "tempurlmethods": ["GET"],
    }  # fmt: skip
    assert parameters["storage"]["delete"] == {"enabled": True}
    assert parameters["http"]["secret"] == SECRET
    assert parameters["http"]["draintimeout"] == "60s"
    assert parameters["http"]["relativeurls"] is True
    assert "tls" not in parameters["http"]
    assert parameters["health"]["storagedriver"] == {"enabled": True, "interval": "10s", "threshold": 3}
    assert parameters["log"]["accesslog"] == {"disabled": True}, "the front door logs every request"
    assert parameters["auth"]["htpasswd"]["path"] == "/etc/docker/registry/htpasswd"


@pytest.mark.parametrize("storage", [SWIFT, S3, FilesystemStorage("/srv/registry")])
def test_one_driver_each_and_redirects_by_choice(storage: RegistryStorage) -> None:
    for redirect in (True, False):
        parameters = parsed(storage, HttpSettings("127.0.0.1:5000", "127.0.0.1:5001", SECRET, redirect))
        assert set(parameters["storage"]) == {storage.driver, "delete", "redirect"}
        assert parameters["storage"]["redirect"] == {"disable": not redirect}


def test_s3_without_tls_and_with_the_bucket_in_the_host() -> None:
    inside = S3Storage("http://10.0.0.1:8080", "us-south", "b", "a", "s", force_path_style=False)
    parameters = parsed(inside)["storage"]["s3"]
    assert (parameters["secure"], parameters["forcepathstyle"]) == (False, False)
    parameters = parsed(S3)["storage"]["s3"]
    assert (parameters["secure"], parameters["forcepathstyle"]) == (True, True)
    assert parameters["regionendpoint"] == "https://s3.example.com"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://layers.example.com/a/b", True),
        ("https://layers.example.com.attacker.example/a", False),
        ("https://layersXexample.com/a", False),
        ("http://layers.example.com/", False),
        ("https://other.example/https://layers.example.com/", False),
    ],
)
def test_layers_may_lie_outside_where_their_addresses_begin_as_the_setting_has_it(
    address: str, allowed: bool
) -> None:
    parameters = yaml.safe_load(
        configuration(S3, HTTP, ContentPolicy(("https://layers.example.com/",), 5000))
    )
    (pattern,) = parameters["validation"]["manifests"]["urls"]["allow"]
    # Distribution looks for a match anywhere in the address.
    assert (re.search(pattern, address) is not None) is allowed
    assert parameters["catalog"] == {"maxentries": 5000}


def test_by_default_no_layer_lies_outside() -> None:
    assert parsed(SWIFT)["validation"]["manifests"]["urls"]["allow"] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"auth_url": "10.0.0.1/auth"}, "authentication URL"),
        ({"auth_url": f"http://u:{SECRET}@host/auth"}, "without credentials"),
        ({"username": "SLOS1-1"}, "ACCOUNT:USER"),
        ({"username": ":SL1"}, "ACCOUNT:USER"),
        ({"container": "a/b"}, "without /"),
        ({"container": ""}, "without /"),
        ({"key": ""}, "one is empty"),
        ({"temp_url_key": ""}, "one is empty"),
    ],
)
def test_a_swift_that_is_none(changed: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        swift(**changed)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("folder", ["", "/", "registry", "/srv/../etc", "/srv/./a", "/srv//a", "/srv/a b"])
def test_a_folder_that_is_none(folder: str) -> None:
    with pytest.raises(ValueError, match="absolute path"):
        FilesystemStorage(folder)


@pytest.mark.parametrize(
    "address", ["", ":5000", "localhost:5000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(ValueError, match=r"such as 127\.0\.0\.1:5000"):
        HttpSettings(address, "127.0.0.1:5001", SECRET, redirect=False)
    with pytest.raises(ValueError, match="debug address"):
        HttpSettings("127.0.0.1:5001", address, SECRET, redirect=False)


def test_two_servers_at_one_address_and_a_short_secret_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot both listen"):
        HttpSettings("127.0.0.1:5000", "127.0.0.1:5000", SECRET, redirect=False)
    with pytest.raises(ValueError, match="32 characters") as caught:
        HttpSettings("127.0.0.1:5000", "127.0.0.1:5001", "too short", redirect=False)
    assert "too short" not in str(caught.value)


def test_no_secret_shows_when_settings_are_printed() -> None:
    for printable in (swift(), S3, HTTP):
        assert SECRET not in repr(printable)


PULLS = HttpSettings("127.0.0.1:5002", "127.0.0.1:5003", SECRET, redirect=False)
PROCESSES = ModernProcesses(HTTP, PULLS, DEFAULT_CONTENT_POLICY, ModernCapacity())


def test_the_container_has_its_files_and_folders() -> None:
    container = modern_container(FilesystemStorage("/srv/registry"), PROCESSES)
    registry, pulls, users, program = container.files
    assert (users.path, users.content) == ("/etc/docker/registry/htpasswd", mark(HTPASSWD))
    assert container.entrypoint == ("/bin/sh", program.path)
    assert container.command == (
        f"GOMEMLIMIT=504MiB exec registry serve {registry.path}",
        f"GOMEMLIMIT=417MiB exec registry serve {pulls.path}",
    )
    assert yaml.safe_load(registry.content)["storage"]["filesystem"] == {"rootdirectory": "/srv/registry"}
    assert [(mount.source, mount.target, mount.read_only) for mount in container.mounts] == [
        ("/srv/registry", "/srv/registry", False),
    ]
    assert modern_container(S3, PROCESSES).mounts == ()
    assert container.health.test[-4:] == (
        "http://127.0.0.1:5000/", "http://127.0.0.1:5002/", "http://127.0.0.1:5001/debug/health",
        "http://127.0.0.1:5003/debug/health",
    )  # fmt: skip
    assert container.health.test[3].startswith(REQUIRE_LOG)
    assert container.environment == {"OTEL_TRACES_EXPORTER": "none"}
    assert container.port is None
    assert container.grace_seconds > 60


def test_only_the_process_for_pulls_remembers_blobs() -> None:
    """Another one would let a push skip a blob that is gone."""
    registry, pulls, *_ = modern_container(SWIFT, PROCESSES).files
    registry_settings, pulls_settings = yaml.safe_load(registry.content), yaml.safe_load(pulls.content)
    assert "cache" not in registry_settings["storage"]
    assert pulls_settings["storage"].pop("cache") == {"blobdescriptor": "inmemory"}
    assert pulls_settings["storage"].pop("maintenance") == {"uploadpurging": {"enabled": False}}
    for section in (registry_settings["http"], pulls_settings["http"]):
        section.pop("addr")
        section.pop("debug")
    assert registry_settings == pulls_settings
