"""The front door's own credential: one for each release, and the registry's only user."""

import base64

import bcrypt
import pytest

from components.access.certificate import derive
from components.access.door_credential import HTPASSWD, PASSWORD, USER, DoorCredential, door_secrets, purpose

ROOT = "ab" * 32


def password_of(release: str) -> str:
    return derive(ROOT, purpose(release)).hex()


@pytest.mark.parametrize("release", ["1", "2"])
def test_the_user_file_has_the_door_alone_with_a_quick_hash(release: str) -> None:
    password = password_of(release)
    (line,) = DoorCredential(password).htpasswd.splitlines()
    user, digest = line.split(":", 1)
    assert (user, len(password)) == (USER, 64)
    # bcrypt's lowest cost: 64 derived digits are beyond trying out.
    assert digest.startswith("$2b$04$")
    assert bcrypt.checkpw(password.encode(), digest.encode())
    assert DoorCredential(password).htpasswd == f"{line}\n"


def test_each_release_has_a_password_of_its_own() -> None:
    assert len({password_of("1"), password_of("2"), ROOT}) == 3
    header = base64.b64decode(DoorCredential(password_of("1")).authorization.removeprefix("Basic "))
    assert header.decode() == f"{USER}:{password_of('1')}"


def test_the_secret_shows_in_no_text_but_its_own() -> None:
    password = password_of("1")
    secrets = door_secrets(password)
    assert secrets.keys() == {PASSWORD, HTPASSWD}
    assert password not in repr(DoorCredential(password)) + secrets[HTPASSWD]
