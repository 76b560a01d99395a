"""Real object storage on the loopback: accounts that come and go, and what a registry needs of Swift."""

import hashlib
import hmac
import http.client
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from swiftclient import Connection
from swiftclient.exceptions import ClientException

from cloud.interfaces import SwiftAccount
from cloud.machines.layout import Layout
from cloud.processes import Processes
from cloud.swift.local_object_storage import LocalObjectStorage
from harness.cloud.local_swift import local_swift

DATACENTER = "dal05"


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="module")
def storage(state_dir: Path) -> Iterator[LocalObjectStorage]:
    with local_swift(state_dir) as local_storage:
        yield local_storage


@pytest.fixture
def account(storage: LocalObjectStorage) -> Iterator[SwiftAccount]:
    yield storage.create_account(DATACENTER, "SLOS1-1", "SL1")
    storage.delete_account(DATACENTER, "SLOS1-1")


def connect(account: SwiftAccount, key: str | None = None) -> Connection:
    return Connection(account.auth_url, account.username, key or account.key, retries=0)


def signed(account: SwiftAccount, path: str, key: str) -> str:
    """A TempURL for GET as distribution 2.8 makes it."""
    until = int(time.time()) + 60
    signature = hmac.new(key.encode(), f"GET\n{until}\n{path}".encode(), hashlib.sha1).hexdigest()
    root = urlsplit(account.auth_url)
    return f"{root.scheme}://{root.netloc}{path}?temp_url_sig={signature}&temp_url_expires={until}"


def test_an_account_is_the_same_when_created_again(
    storage: LocalObjectStorage, account: SwiftAccount
) -> None:
    assert storage.create_account(DATACENTER, "SLOS1-1", "SL1") == account
    assert account.username == "SLOS1-1:SL1"
    assert len(account.key) == 64
    assert storage.auth_url(DATACENTER) == account.auth_url


def test_what_is_written_is_read_and_listed_at_once(account: SwiftAccount) -> None:
    client = connect(account)
    client.put_container("images")
    for number in range(20):
        client.put_object("images", f"files/{number:02}", f"{number}".encode())
        assert client.get_object("images", f"files/{number:02}")[1] == f"{number}".encode()
        assert len(client.get_container("images", prefix="files/")[1]) == number + 1


def test_a_key_is_followed_by_another_while_tokens_and_other_users_go_on(
    storage: LocalObjectStorage,
) -> None:
    first = storage.create_account(DATACENTER, "SLOS1-6", "SL1")
    second = storage.create_account(DATACENTER, "SLOS1-6", "SL1-2")
    assert second.key != first.key
    open_session = Connection(first.auth_url, first.username, first.key, auth_version="1")
    open_session.put_container("kept")
    storage.change_key(DATACENTER, "SLOS1-6", "SL1", "another key")
    open_session.put_object("kept", "object", b"by the token")
    with pytest.raises(ClientException):
        Connection(first.auth_url, first.username, first.key, auth_version="1", retries=0).get_account()
    for user, key in ((first.username, "another key"), (second.username, second.key)):
        again = Connection(first.auth_url, user, key, auth_version="1")
        assert again.get_object("kept", "object")[1] == b"by the token"
    storage.delete_account(DATACENTER, "SLOS1-6")


def test_a_wrong_key_and_an_unknown_user_are_refused(account: SwiftAccount) -> None:
    unknown = SwiftAccount(account.auth_url, "SLOS9-9:SL1", account.key)
    for client in (connect(account, key="wrong"), connect(unknown)):
        with pytest.raises(ClientException) as refused:
            client.get_auth()
        assert refused.value.http_status == 401


def test_accounts_cannot_see_each_other(storage: LocalObjectStorage, account: SwiftAccount) -> None:
    peer_account = storage.create_account(DATACENTER, "SLOS1-2", "SL1")
    mine, peer_connection = connect(account), connect(peer_account)
    mine.put_container("private")
    peer_connection.url = mine.get_auth()[0]
    peer_connection.token = peer_connection.get_auth()[1]
    with pytest.raises(ClientException) as refused:
        Connection(
            preauthurl=mine.get_auth()[0], preauthtoken=peer_connection.token, retries=0
        ).get_container("private")
    assert refused.value.http_status == 403
    storage.delete_account(DATACENTER, "SLOS1-2")


def test_a_new_account_does_not_disturb_an_upload_in_progress(
    storage: LocalObjectStorage, account: SwiftAccount
) -> None:
    client = connect(account)
    client.put_container("slow")
    url, token = client.get_auth()
    place = urlsplit(url)
    upload = http.client.HTTPConnection(place.netloc, timeout=20)
    upload.putrequest("PUT", f"{place.path}/slow/large")
    upload.putheader("X-Auth-Token", token)
    upload.putheader("Content-Length", "2000000")
    upload.endheaders()
    upload.send(b"a" * 1_000_000)
    fresh = storage.create_account(DATACENTER, "SLOS1-3", "SL1")
    assert connect(fresh).get_account()[1] == []
    upload.send(b"b" * 1_000_000)
    assert upload.getresponse().status == 201
    assert client.head_object("slow", "large")["content-length"] == "2000000"
    storage.delete_account(DATACENTER, "SLOS1-3")


@pytest.mark.parametrize("level", ["container", "account"])
def test_signed_addresses_work_with_the_key_of(level: str, account: SwiftAccount) -> None:
    client = connect(account)
    client.put_container("signed")
    client.put_object("signed", "blob", b"content")
    if level == "container":
        client.post_container("signed", {"X-Container-Meta-Temp-URL-Key": "secret"})
    else:
        client.post_account({"X-Account-Meta-Temp-URL-Key": "secret"})
    path = f"{urlsplit(client.get_auth()[0]).path}/signed/blob"
    assert httpx.get(signed(account, path, "secret")).content == b"content"
    assert httpx.get(signed(account, path, "another")).status_code == 401


def test_large_objects_of_both_kinds_come_back_whole(account: SwiftAccount) -> None:
    client = connect(account)
    client.put_container("large")
    for number in range(3):
        client.put_object("large", f"segments/{number}", bytes([number]) * 1000)
    client.put_object("large", "dynamic", b"", headers={"X-Object-Manifest": "large/segments/"})
    parts = [{"path": f"/large/segments/{number}"} for number in range(3)]
    client.put_object(
        "large",
        "static",
        contents=httpx.Request("PUT", "http://x", json=parts).content,
        query_string="multipart-manifest=put",
    )
    whole = b"".join(bytes([number]) * 1000 for number in range(3))
    assert client.get_object("large", "dynamic")[1] == client.get_object("large", "static")[1] == whole


def test_an_account_is_deleted_with_all_that_it_holds(storage: LocalObjectStorage) -> None:
    created = storage.create_account(DATACENTER, "SLOS1-4", "SL1")
    client = connect(created)
    for container in ("a", "b"):
        client.put_container(container)
        client.put_object(container, "o", b"x")
    url, token = client.get_auth()
    for _ in range(2):
        storage.delete_account(DATACENTER, "SLOS1-4")
    with pytest.raises(ClientException) as refused:
        connect(created).get_auth()
    assert refused.value.http_status == 401
    assert Connection(preauthurl=url, preauthtoken=token, retries=0).get_account()[1] == []


def test_keys_are_in_private_files_only(
    storage: LocalObjectStorage, state_dir: Path, account: SwiftAccount
) -> None:
    connect(account).get_account()
    with pytest.raises(ClientException):
        connect(account, key="wrong").get_auth()
    holders = [
        path for path in state_dir.rglob("*") if path.is_file() and account.key.encode() in path.read_bytes()
    ]
    assert [stat.S_IMODE(path.stat().st_mode) for path in holders] == [0o600]
    layout = Layout(state_dir.resolve())
    for process in Processes(layout.identifier, layout.logs).all():
        assert account.key.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert account.key.encode() not in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_nothing_listens_beyond_the_loopback(storage: LocalObjectStorage, state_dir: Path) -> None:
    storage.auth_url(DATACENTER)
    layout = Layout(state_dir.resolve())
    pids = [process.pid for process in Processes(layout.identifier, layout.logs).all()]
    addresses = [address for pid in pids for address in listening(pid)]
    assert len(addresses) >= 5
    assert all(address.startswith("127.") for address in addresses)


def listening(pid: int) -> list[str]:
    """The IPv4 and IPv6 addresses at which a process listens; IPv6 ones as hexadecimal digits."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        target = str(entry.readlink()) if entry.is_symlink() else ""
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    results = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                digits = fields[1].split(":")[0]
                short = ".".join(str(int(digits[at : at + 2], 16)) for at in (6, 4, 2, 0))
                results.append(short if table == "tcp" else digits)
    return results


def test_a_killed_server_is_started_again_and_objects_survive(
    storage: LocalObjectStorage, state_dir: Path, account: SwiftAccount
) -> None:
    client = connect(account)
    client.put_container("kept")
    client.put_object("kept", "o", b"kept")
    layout = Layout(state_dir.resolve())
    processes = Processes(layout.identifier, layout.logs)
    processes.stop(f"swift-{DATACENTER}-object", grace=0)
    assert storage.running() == {}
    assert storage.auth_url(DATACENTER) == account.auth_url
    assert connect(account).get_object("kept", "o")[1] == b"kept"
    storage.stop()
    storage.resume(lambda _: None)
    assert storage.running() == {DATACENTER: account.auth_url}
    assert connect(account).get_object("kept", "o")[1] == b"kept"


def test_two_datacenters_started_at_once_are_separate(storage: LocalObjectStorage) -> None:
    names = ("sjc01", "ams01")
    with ThreadPoolExecutor(2) as pool:
        accounts = list(pool.map(lambda name: storage.create_account(name, "SLOS1-5", "SL1"), names))
    assert accounts[0].auth_url != accounts[1].auth_url
    connect(accounts[0]).put_container("here")
    assert connect(accounts[1]).get_account()[1] == []
    with pytest.raises(ClientException):
        connect(accounts[1], key=accounts[0].key).get_auth()


def test_bulk_operations_are_offered_by_choice(tmp_path: Path) -> None:
    for bulk in (True, False):
        storage = LocalObjectStorage(tmp_path / str(bulk), None, bulk=bulk)
        try:
            info = httpx.get(storage.auth_url(DATACENTER).replace("/auth/v1.0", "/info")).json()
        finally:
            storage.stop()
        assert ("bulk_delete" in info) is bulk
        assert "tempurl" in info
