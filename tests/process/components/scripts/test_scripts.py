"""The remote scripts do what their usage says, run as they are run: from standard input, by a real bash."""

import hashlib
import hmac
import subprocess
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import FULL_DISK, run, stand_in


def test_a_refused_login_names_host_and_registry_and_not_the_password(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", 'if [ "$1" = login ]; then cat >"$HOME/seen"; echo "401 no" >&2; exit 1; fi')
    done = run("push-probe.sh", "10.0.0.1:5000", "r", "docker", stdin_payload="s3cret\n", path=tmp_path)
    assert done.returncode == 1
    assert "login to 10.0.0.1:5000 was refused: 401 no" in done.stderr
    assert (tmp_path / "seen").read_text() == "s3cret"
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "hinted"),
    [("dial tcp 10.0.0.1:5000: i/o timeout", True), ("401 Unauthorized", False)],
)
def test_a_time_out_of_the_pull_names_what_separates_the_servers(
    tmp_path: Path, words: str, hinted: bool
) -> None:
    stand_in(tmp_path, "docker", f'echo "Error response from daemon: {words}" >&2; exit 1')
    digests = f"sha256:{'0' * 64} {'0' * 64}"
    done = run(
        "pull-probe.sh", "10.0.0.1:5000", "r", "docker", digests, stdin_payload="s3cret\n", path=tmp_path
    )
    assert done.returncode == 1
    assert f"login to 10.0.0.1:5000 was refused: Error response from daemon: {words}" in done.stderr
    assert ("both need one privateVlan" in done.stderr) is hinted


def test_the_storage_driver_in_use_is_left_alone(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", 'echo " Storage Driver: overlay2"; echo " Server Version: 29.1.0"')
    stand_in(tmp_path, "systemctl", 'touch "$HOME/restarted"')
    done = run("storage-driver.sh", "overlay2", path=tmp_path)
    assert done.stdout == "overlay2\n"
    assert not (tmp_path / "restarted").exists()


def test_an_archive_without_the_image_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "base.tar"
    archive.touch()
    stand_in(tmp_path, "docker", '[ "$1" = load ]')
    done = run("load-image.sh", str(archive), "registry:2.8.3", path=tmp_path)
    assert done.returncode == 1
    assert "did not hold the image registry:2.8.3" in done.stderr
    assert not archive.exists()


DIGESTS = f"sha256:{'0' * 64} {'0' * 64}"
FULL = (
    "{}: the disk with /data is full: 7 MB are free, {} MB are needed; {}docker system prune"
    " --force makes room there (docs/runbooks/swap.md, A server's disk is full), then run pulumi up"
    " again\n"
)


@pytest.mark.parametrize(
    ("script", "arguments", "mb", "server"),
    [
        ("docker-room.sh", ("dal05-a", "32"), 32, "dal05-a"),
        ("docker-room.sh", ("dal05-a", "2", "/archives", "26"), 26, "dal05-a"),
        ("pull-probe.sh", ("10.0.0.1:5000", "r", "docker", DIGESTS), 8, ""),
        ("push-probe.sh", ("10.0.0.1:5000", "r", "docker"), 8, ""),
        ("v1-pull.sh", ("http://10.0.0.1:5000", "r", "t", "-", DIGESTS), 8, ""),
        ("v1-push.sh", ("http://10.0.0.1:5000", "r", "t", "-"), 8, ""),
    ],
    ids=["docker-room", "docker-room-folder", "pull", "push", "v1-pull", "v1-push"],
)
def test_a_full_disk_is_named_with_what_makes_room_before_docker_is_given_an_image(
    tmp_path: Path, script: str, arguments: tuple[str, ...], mb: int, server: str
) -> None:
    stand_in(tmp_path, "hostname", "echo dal05-a-k3jx")
    docker = 'if [ "$1" = info ]; then echo " Docker Root Dir: /data"; else echo "$1" >>"$HOME/calls"; fi'
    stand_in(tmp_path, "docker", docker)
    stand_in(tmp_path, "df", f'echo head; echo "/dev/x 1000000 1 {7 * 1024 + 1000} 99% ${{@: -1}}"')
    done = run(script, *arguments, stdin_payload="s3cret\n", path=tmp_path)
    full = FULL.format("dal05-a-k3jx", mb, f"bin/operate ssh ENV {server} " if server else "")
    assert done.stderr.endswith(full.replace("/data", "/archives") if "/archives" in arguments else full)
    assert done.returncode == 1
    calls = tmp_path / "calls"
    assert not calls.exists() or {"login", "pull", "load", "import"}.isdisjoint(calls.read_text().split())


def test_a_disk_with_room_is_no_reason_to_stop(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", 'echo " Docker Root Dir: /"')
    assert run("docker-room.sh", "dal05-a", "1", "/", "1", path=tmp_path).returncode == 0
    stand_in(tmp_path, "docker", 'echo " Docker Root Dir: /nowhere/to/be/seen"')
    assert run("docker-room.sh", "dal05-a", "1", path=tmp_path).returncode == 0


def run_registry_name(path: Path, *arguments: str, before: str = "") -> "subprocess.CompletedProcess[str]":
    """Run registry-name.sh on a file of hosts of the test's own."""
    stand_in(path, "getent", 'awk -v name="$2" \'$2 == name { print $1, "STREAM" }\' "$HOME/hosts"')
    source = script_source("registry-name.sh").replace("/etc/hosts", str(path / "hosts"))
    return subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=f"{before}\n{source}", text=True, capture_output=True, check=False, timeout=60,
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path)},
    )  # fmt: skip


@pytest.mark.parametrize("action", ["write", "remove"])
def test_a_full_disk_leaves_the_names_of_a_server_as_they_were(tmp_path: Path, action: str) -> None:
    """A file of hosts that was emptied would take localhost and the registry's name from the server."""
    hosts = tmp_path / "hosts"
    before = "".join(f"10.0.0.{number} server-{number}.example\n" for number in range(200))
    before += "10.0.0.9 r.example # softlayer-registry one\n"
    hosts.write_text(before)
    left = tmp_path / "hosts.softlayer-registry.abcdef"
    left.write_text("of a run that was killed")
    done = run_registry_name(tmp_path, action, "one", "r.example", "10.0.0.1", before=FULL_DISK)
    assert done.returncode == 1
    assert f"{hosts} could not be written, and is as it was" in done.stderr
    assert hosts.read_text() == before
    assert [file.name for file in tmp_path.glob("hosts*")] == ["hosts"]


def test_names_of_a_file_that_is_mounted_are_written_in_place(tmp_path: Path) -> None:
    """A container's file of hosts is a mount, which nothing can be moved over."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    hosts.chmod(0o640)
    stand_in(tmp_path, "mv", "echo 'mv: Device or resource busy' >&2; exit 1")
    assert run_registry_name(tmp_path, "write", "one", "r.example", "10.0.0.1").returncode == 0
    assert hosts.read_text() == "127.0.0.1 localhost\n10.0.0.1 r.example # softlayer-registry one\n"
    (tmp_path / "mv").unlink()
    assert run_registry_name(tmp_path, "remove", "one").returncode == 0
    assert (hosts.read_text(), hosts.stat().st_mode & 0o777) == ("127.0.0.1 localhost\n", 0o640)
    assert [file.name for file in tmp_path.glob("hosts*")] == ["hosts"]


def test_a_name_is_written_changed_and_removed_with_all_else_as_it_was(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    before = "127.0.0.1 localhost\n10.0.0.9 other # softlayer-registry other\n"
    hosts.write_text(before)
    for address, name in (("10.0.0.1", "r.example"), ("10.0.0.2", "s.example"), ("10.0.0.2", "s.example")):
        assert run_registry_name(tmp_path, "write", "one", name, address).returncode == 0
        assert hosts.read_text() == f"{before}{address} {name} # softlayer-registry one\n"
    assert run_registry_name(tmp_path, "remove", "one").returncode == 0
    assert hosts.read_text() == before


def test_a_name_that_means_something_else_is_refused_with_what_it_means(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("10.0.0.9 r.example\n10.0.0.1 r.example # softlayer-registry one\n")
    done = run_registry_name(tmp_path, "check", "one", "r.example", "10.0.0.1")
    assert done.returncode == 1
    assert "r.example must resolve to 10.0.0.1, got 10.0.0.9" in done.stderr
    assert hosts.read_text() == "10.0.0.9 r.example\n", "its own line proves nothing"
    assert run_registry_name(tmp_path, "check", "one", "r.example", "10.0.0.9").returncode == 0
    unknown = run_registry_name(tmp_path, "check", "one", "s.example", "10.0.0.9")
    assert unknown.returncode == 1
    assert "s.example must resolve to 10.0.0.9 and does not resolve here" in unknown.stderr


def test_an_object_is_requested_by_a_signed_url_without_the_key(tmp_path: Path) -> None:
    """The signature is compared with one made by Python's own HMAC."""
    stand_in(tmp_path, "date", "echo 20300102T030405Z")
    stand_in(
        tmp_path, "curl", 'printf "%s\\n" "$*" >"$HOME/arguments"; cat "${!#}" >"$HOME/call"; printf 200'
    )
    secret = "s" * 70
    where = ("http://10.0.0.1:8080", "us-south", "bucket", "docker/registry/v2/data")
    done = run("see-s3-object.sh", *where, stdin_payload=f"ACC-1:USER\n{secret}\n", path=tmp_path)
    assert done.stdout == "docker/registry/v2/data\n", done.stderr
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ACC-1%3AUSER%2F20300102%2Fus-south%2Fs3%2F"
        "aws4_request&X-Amz-Date=20300102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
    )
    request = f"HEAD\n/bucket/docker/registry/v2/data\n{query}\nhost:10.0.0.1:8080\n\nhost\nUNSIGNED-PAYLOAD"
    key = f"AWS4{secret}".encode()
    for part in ("20300102", "us-south", "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "AWS4-HMAC-SHA256\n20300102T030405Z\n20300102/us-south/s3/aws4_request\n"
    text += hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    curl_config = (tmp_path / "call").read_text()
    assert (
        curl_config
        == f'url = "http://10.0.0.1:8080/bucket/docker/registry/v2/data?{query}&X-Amz-Signature={signature}"\n'
    )
    assert secret not in curl_config + (tmp_path / "arguments").read_text()
