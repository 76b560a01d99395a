"""The article's first steps on its own system, Ubuntu 14.04: the exact file, the order, and refusals.

Its kernel and its Docker 1.5 cannot be met here; see server_root for what stands in for them.
"""

from pathlib import Path

import pytest

from tests.cloud.machines.server_root import ServerRoot, server_root

KERNEL = "3.13.0-36-generic"
EXTRA = f"linux-image-extra-{KERNEL}"
JOB = """\
description "Docker daemon"

start on (local-filesystems and net-device-up IFACE!=lo)
stop on runlevel [!2345]
respawn

pre-start script
\tDOCKER_OPTS=
\tmkdir -p /var/lib/docker
end script

script
\t# modify these in /etc/default/$UPSTART_JOB (/etc/default/docker)
\tDOCKER=/usr/bin/$UPSTART_JOB
\tDOCKER_OPTS=
\tif [ -f /etc/default/$UPSTART_JOB ]; then
\t\t. /etc/default/$UPSTART_JOB
\tfi
\texec "$DOCKER" -d $DOCKER_OPTS
end script

post-start script
\tDOCKER_OPTS=
end script
"""
IMAGES = "registry 0.7.3 5ce9 400000\nubuntu trusty 07f8 190000\n<none> <none> 91ab 1000\n"
CHANGES = ("apt-get -qq install", "modprobe aufs", "docker save", "docker load", "service")


@pytest.fixture
def trusty(tmp_path: Path) -> ServerRoot:
    root = server_root(tmp_path / "root")
    root.write("/etc/os-release", 'NAME="Ubuntu"\nVERSION_ID="14.04"\nID=ubuntu\n')
    root.write("/etc/init/docker.conf", JOB)
    root.write(
        "/etc/default/docker", '# Use DOCKER_OPTS to modify the daemon\n#DOCKER_OPTS="--dns 8.8.8.8"\n'
    )
    root.set_answers(engine="1.5.0", driver="devicemapper", kernel=KERNEL, packages=EXTRA)
    return root


def changes(root: ServerRoot) -> list[str]:
    return [call for call in root.calls if call.startswith(CHANGES)]


def unchanged(root: ServerRoot) -> bool:
    return not changes(root) and root.read("/etc/init/docker.conf") == JOB


@pytest.mark.parametrize("choice", ["aufs", "auto"])
def test_the_articles_steps_in_its_order_and_its_exact_line(trusty: ServerRoot, choice: str) -> None:
    trusty.write("/state/images-devicemapper", IMAGES)
    done = trusty.run("storage-driver.sh", choice)
    assert (done.returncode, done.stdout) == (0, "aufs\n"), done.stderr
    archive = "/var/lib/docker/storage-driver-images.tar"
    assert changes(trusty) == [
        f"apt-get -qq install -y {EXTRA}",
        "modprobe aufs",
        f"docker save --output={archive} 91ab registry:0.7.3 ubuntu:trusty",
        "service docker restart",
        f"docker load --input={archive}",
    ]
    assert "docker info" in trusty.calls[trusty.calls.index("service docker restart") :]
    lines = JOB.splitlines()
    lines[14] = '\tDOCKER_OPTS="--storage-driver=aufs"'
    assert trusty.read("/etc/init/docker.conf").splitlines() == lines
    assert trusty.read("/state/images-aufs") == IMAGES
    assert not trusty.exists(archive)
    assert not trusty.exists("/var/lib/storage-driver-change")


def test_a_second_run_changes_and_restarts_nothing(trusty: ServerRoot) -> None:
    assert trusty.run("storage-driver.sh", "aufs").returncode == 0
    job = (trusty.folder / "etc/init/docker.conf").stat()
    for choice in ("aufs", "auto"):
        done = trusty.run("storage-driver.sh", choice)
        assert (done.returncode, done.stdout) == (0, "aufs\n")
        assert changes(trusty) == []
    assert (trusty.folder / "etc/init/docker.conf").stat() == job


def test_a_kernel_that_has_aufs_is_left_alone(trusty: ServerRoot) -> None:
    trusty.write("/proc/filesystems", "nodev\taufs\n")
    assert trusty.run("storage-driver.sh", "aufs").returncode == 0
    assert changes(trusty) == ["service docker restart"]


def test_other_options_of_the_job_are_kept_and_the_old_driver_goes(trusty: ServerRoot) -> None:
    old = 'DOCKER_OPTS="--dns 8.8.8.8 -s devicemapper -H unix:///var/run/docker.sock"'
    trusty.write("/etc/init/docker.conf", JOB.replace("\tDOCKER_OPTS=\n\tif", f"\t{old}\n\tif"))
    assert trusty.run("storage-driver.sh", "aufs").returncode == 0
    new = '\tDOCKER_OPTS="--dns 8.8.8.8 -H unix:///var/run/docker.sock --storage-driver=aufs"'
    assert new in trusty.read("/etc/init/docker.conf").splitlines()


NEW = {"engine": "20.10.7", "kernel": "5.4.0-1-generic", "modules": "overlay aufs dm_thin_pool"}
REFUSALS = {
    "aufs with no package": ({"packages": ""}, "no package linux-image-extra-3.13", "devicemapper"),
    "aufs on 24": ({"engine": "24.0.0"}, "Docker 24.0.0 has no aufs, which 24.0 removed", "devicemapper"),
    "aufs on 29": (NEW | {"engine": "29.1.0"}, "Docker 29.1.0 has no aufs, which 24.0 removed", "overlay2"),
    "aufs on btrfs": (NEW | {"filesystem": "btrfs"}, "lies on btrfs, on which aufs does not", "overlay2"),
    "overlay2 on 1.5": ({}, "Docker 1.5.0 has no overlay2, which came with 1.12", "aufs"),
    "overlay2 on 3.13": ({"engine": "18.06.3-ce"}, f"kernel {KERNEL} is too old", "aufs"),
    "overlay2 on RHEL": (NEW | {"kernel": "3.10.0-327.el7.x86_64"}, "is too old; overlay2 needs", "aufs"),
    "overlay2 in no kernel": (
        NEW | {"modules": "dm_thin_pool"},
        "has no overlay file system",
        "devicemapper",
    ),
    "overlay2 on xfs": (NEW | {"filesystem": "xfs", "ftype": "0"}, "no ftype=1, as xfs_info", "aufs"),
    "overlay2 on nfs": (NEW | {"filesystem": "nfs"}, "lies on nfs, on which overlay2 does not", "aufs"),
    "devicemapper on 25": (NEW | {"engine": "25.0.1", "driver": "vfs"}, "which 25.0 removed", "overlay2"),
    "devicemapper in no kernel": (NEW | {"modules": "aufs", "driver": "vfs"}, "with thin pools", "aufs"),
    "zfs on 14.04": ({}, "there is no such driver", "aufs"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_work_is_refused_with_what_can_and_nothing_is_changed(
    trusty: ServerRoot, case: str
) -> None:
    choice, (answers, reason, working_driver) = case.split()[0], REFUSALS[case]
    settings = {"modules": "dm_thin_pool"} | answers
    trusty.set_answers(**settings | {"modules": settings["modules"].replace(" ", "\n")})
    done = trusty.run("storage-driver.sh", choice)
    assert done.returncode == 1
    assert f"trusty1: storage driver {choice}: " in done.stderr
    assert reason in done.stderr
    assert f"set storageDriver to {working_driver}, which works here" in done.stderr
    assert unchanged(trusty), changes(trusty)


def test_no_choice_is_named_where_none_works(trusty: ServerRoot) -> None:
    trusty.set_answers(engine="25.0.0")
    done = trusty.run("storage-driver.sh", "devicemapper")
    assert done.returncode == 0, "in use, so it works"
    done = trusty.run("storage-driver.sh", "auto")
    assert done.returncode == 1
    assert "no driver works on this server, order another operating system" in done.stderr
    assert unchanged(trusty)


def test_containers_are_not_hidden(trusty: ServerRoot) -> None:
    trusty.set_answers(containers="c0ffee")
    done = trusty.run("storage-driver.sh", "aufs")
    assert done.returncode == 1
    assert "Docker has containers on devicemapper, which a change would hide; remove them" in done.stderr
    assert unchanged(trusty)


@pytest.mark.parametrize("kernel", ["3.10.0-514.el7.x86_64", "3.10.0-1160.el7.x86_64", "4.0.0-1-generic"])
def test_kernels_from_which_on_overlay2_works(trusty: ServerRoot, kernel: str) -> None:
    trusty.set_answers(engine="1.12.0", kernel=kernel, modules="overlay", filesystem="xfs", ftype="1")
    done = trusty.run("storage-driver.sh", "overlay2")
    assert (done.returncode, done.stdout) == (0, "overlay2\n"), done.stderr


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("/etc/default/docker", 'DOCKER_OPTS="--dns 8.8.8.8"\n', "/etc/default/docker sets DOCKER_OPTS"),
        ("/etc/docker/daemon.json", '{"storage-driver": "devicemapper"}', "/etc/docker/daemon.json has"),
    ],
)
def test_a_driver_set_elsewhere_is_refused(trusty: ServerRoot, path: str, text: str, reason: str) -> None:
    trusty.write(path, text)
    done = trusty.run("storage-driver.sh", "aufs")
    assert done.returncode == 1
    assert reason in done.stderr
    assert unchanged(trusty)


@pytest.mark.parametrize("line", ['DOCKER_OPTS="$(cat "/x")"', "DOCKER_OPTS=-D; true", "OPTIONS="])
def test_a_job_that_cannot_be_edited_safely_is_refused_with_the_line_to_write(
    trusty: ServerRoot, line: str
) -> None:
    job = JOB.replace("\tDOCKER_OPTS=\n\tif", f"\t{line}\n\tif")
    trusty.write("/etc/init/docker.conf", job)
    done = trusty.run("storage-driver.sh", "aufs")
    assert done.returncode == 1
    assert 'DOCKER_OPTS="--storage-driver=DRIVER"' in done.stderr
    assert (changes(trusty), trusty.read("/etc/init/docker.conf")) == ([], job)


def test_a_failed_installation_leaves_docker_as_it_was(trusty: ServerRoot) -> None:
    trusty.set_answers(**{"apt-fails": "yes"})
    done = trusty.run("storage-driver.sh", "aufs")
    assert done.returncode == 1
    assert f"{EXTRA} did not give the kernel aufs; Docker is as it was" in done.stderr
    assert "service docker restart" not in trusty.calls
    assert trusty.read("/etc/init/docker.conf") == JOB


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"broken": "aufs"}, "Docker does not come up on it"),
        ({"spoil": "s/5ce9/5ce0/"}, "the image registry:0.7.3 came back as 5ce0 instead of 5ce9"),
    ],
)
def test_a_change_that_fails_is_taken_back(trusty: ServerRoot, answer: dict[str, str], reason: str) -> None:
    trusty.write("/state/images-devicemapper", IMAGES)
    trusty.set_answers(**answer)
    done = trusty.run("storage-driver.sh", "aufs")
    assert done.returncode == 1
    assert f"{reason}; Docker is back on devicemapper with its images" in done.stderr
    assert trusty.read("/etc/init/docker.conf") == JOB
    assert trusty.read("/state/driver") == "devicemapper\n"
    assert not trusty.exists("/var/lib/docker/storage-driver-images.tar")
    assert not trusty.exists("/var/lib/storage-driver-change")


def test_images_that_have_no_room_are_not_risked(trusty: ServerRoot) -> None:
    trusty.write("/state/images-devicemapper", "huge latest aa11 9000000000000000\n")
    done = trusty.run("storage-driver.sh", "aufs")
    assert done.returncode == 1
    assert "MB in /var/lib/docker" in done.stderr
    assert "are free; Docker is as it was" in done.stderr
    assert trusty.read("/etc/init/docker.conf") == JOB
    assert not trusty.exists("/var/lib/storage-driver-change")


def test_a_daemon_that_an_interrupted_change_left_down_is_brought_back(trusty: ServerRoot) -> None:
    """The journal of a run that was killed between its restart and its end."""
    changed = JOB.replace("\tDOCKER_OPTS=\n\tif", '\tDOCKER_OPTS="--storage-driver=aufs"\n\tif')
    trusty.write("/etc/init/docker.conf", changed)
    journal = {
        "archive": "/var/lib/docker/storage-driver-images.tar\n",
        "before": "devicemapper\n",
        "file": "/etc/init/docker.conf\n",
        "configuration": JOB,
        "identity": "{{.Id}}\n",
        "images": "",
        "target": "aufs\n",
    }
    for name, text in journal.items():
        trusty.write(f"/var/lib/storage-driver-change/{name}", text)
    trusty.set_answers(down="", driver="aufs", packages="")
    done = trusty.run("storage-driver.sh", "devicemapper")
    assert (done.returncode, done.stdout) == (0, "devicemapper\n"), done.stderr
    assert trusty.read("/etc/init/docker.conf") == JOB
    assert not trusty.exists("/var/lib/storage-driver-change")


def test_the_engine_of_14_04_is_found_and_reported(trusty: ServerRoot) -> None:
    done = trusty.run("docker-engine.sh")
    assert (done.returncode, done.stdout) == (0, "1.5.0\n"), done.stderr
    assert not any(call.startswith(("apt-get", "service")) for call in trusty.calls)
