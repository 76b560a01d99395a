"""Pulumi's download, played by a local server: used where it answers in order, else the engine is built."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.engine import bin_folder
from dev.engine.folders import EngineFolders
from dev.engine.part import BUILT_FILES, PARTS, PULUMI_VERSION, RELEASE_FILES
from dev.engine.published import download
from harness import waiting
from tests.engine.builder.engine_machine import NO_INTERNET, EngineMachine
from tests.engine.download_site import (
    FALLBACK_RELEASE,
    GITHUB_RELEASE,
    PLUGINS,
    SCRIPT,
    TRUST,
    DownloadSite,
    release_archive,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DownloadSite]:
    with DownloadSite(tmp_path) as site:
        yield site


@pytest.fixture
def machine(tmp_path: Path, site: DownloadSite) -> EngineMachine:
    machine = EngineMachine(tmp_path)
    machine.variables |= site.variables
    return machine


def is_downloaded(machine: EngineMachine, output: str) -> bool:
    folder, cache = Path(output.strip()), machine.cache / "engine"
    return folder == cache / "downloaded" / "bin" and bin_folder.complete(folder, RELEASE_FILES)


def test_release_and_plugins_are_downloaded_once(machine: EngineMachine, site: DownloadSite) -> None:
    status, output, errors = machine.run("build")
    assert status == 0, errors
    assert is_downloaded(machine, output)
    folder = Path(output.strip())
    assert sorted(path.name for path in folder.iterdir()) == sorted(RELEASE_FILES)
    release = machine.cache / "engine" / "release"
    assert (folder / "pulumi").resolve() == release / PULUMI_VERSION / "bin" / "pulumi"
    plugin = folder.parent / "plugins" / "resource-docker-v5.2.0" / "pulumi-resource-docker"
    assert plugin.resolve().is_relative_to(release / "home" / "plugins")
    assert site.requests == [SCRIPT, GITHUB_RELEASE, *PLUGINS.values()]
    for command in ("build", "path"):
        assert machine.run(command, **NO_INTERNET) == (0, output, "")
    assert machine.builds() == []
    assert machine.run("clean")[0] == 0
    assert not release.exists()


def test_the_release_is_taken_from_pulumi_where_github_does_not_answer(
    machine: EngineMachine, site: DownloadSite
) -> None:
    del site.files[GITHUB_RELEASE]
    _, output, errors = machine.run("build")
    assert is_downloaded(machine, output), errors
    assert FALLBACK_RELEASE in site.requests


def without_script(site: DownloadSite) -> None:
    del site.files[SCRIPT]


def cut_script(site: DownloadSite) -> None:
    site.cut |= {SCRIPT}


def without_release(site: DownloadSite) -> None:
    del site.files[GITHUB_RELEASE], site.files[FALLBACK_RELEASE]


def cut_release(site: DownloadSite) -> None:
    site.cut |= {GITHUB_RELEASE, FALLBACK_RELEASE}


def damage_release(site: DownloadSite) -> None:
    # The last eight bytes are gzip's checksum and length.
    whole = site.files[GITHUB_RELEASE]
    site.files[GITHUB_RELEASE] = whole[:-8] + bytes(4) + whole[-4:]


def older_release(site: DownloadSite) -> None:
    site.files[GITHUB_RELEASE] = release_archive("3.258.0")


def newer_release(site: DownloadSite) -> None:
    site.files[GITHUB_RELEASE] = release_archive("3.260.0")


def incomplete_release(site: DownloadSite) -> None:
    site.files[GITHUB_RELEASE] = release_archive(without="pulumi-language-python-exec")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (without_script, "curl: (22) The requested URL returned error: 404"),
        (cut_script, "error: IncompleteRead"),
        (without_release, "curl: (22) The requested URL returned error: 404"),
        (cut_release, "curl: (18)"),
        (damage_release, "crc error"),
        (older_release, "3.258.0"),
        (newer_release, "the release has version v3.260.0"),
        (incomplete_release, "the release has no pulumi-language-python-exec"),
    ],
)
def test_a_download_that_fails_is_reported_and_the_engine_is_built(
    machine: EngineMachine, site: DownloadSite, fault: Callable[[DownloadSite], None], reason: str
) -> None:
    fault(site)
    status, output, errors = machine.run("build")
    assert status == 0, errors
    assert bin_folder.complete(Path(output.strip()), BUILT_FILES)
    assert len(machine.builds()) == len(PARTS)
    [line] = [line for line in errors.splitlines() if "cannot be downloaded" in line]
    assert f"engine: Pulumi {PULUMI_VERSION} cannot be downloaded (" in line
    assert reason in line
    assert "building the engine instead" in line
    assert "Traceback" not in errors
    assert not (machine.cache / "engine" / "release").exists()
    assert list((machine.cache / "engine" / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_that_breaks_off_is_reported_and_downloaded_the_next_time(
    machine: EngineMachine, site: DownloadSite, name: str
) -> None:
    site.cut |= {PLUGINS[name]}
    status, _, errors = machine.run("build", FAIL="no compiler here")
    assert status == 1
    assert f"the {name} plugin cannot be downloaded (curl: (18)" in errors
    assert "no compiler here" in errors.splitlines()[-1]
    site.cut.clear()
    _, output, errors = machine.run("build")
    assert is_downloaded(machine, output), errors
    assert site.requests.count(GITHUB_RELEASE) == 1


def test_without_the_internet_the_engine_is_built(machine: EngineMachine, site: DownloadSite) -> None:
    status, output, errors = machine.run("build", **NO_INTERNET)
    assert status == 0, errors
    assert bin_folder.complete(Path(output.strip()), BUILT_FILES)
    assert f"engine: Pulumi {PULUMI_VERSION} cannot be downloaded (curl: (7) " in errors
    assert site.requests == []


def test_an_unknown_authority_is_not_trusted(machine: EngineMachine, site: DownloadSite) -> None:
    for name in TRUST:
        del machine.variables[name]
    status, _, errors = machine.run("build")
    assert status == 0, errors
    assert "cannot be downloaded (curl: (60) SSL certificate problem" in errors
    assert site.requests == []


def test_a_server_that_does_not_answer_is_not_waited_for(
    machine: EngineMachine,
    site: DownloadSite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in machine.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(download, "_INSTALL_SECONDS", 1.0)
    site.held |= {SCRIPT}
    folders = EngineFolders(machine.cache / "engine")
    assert download.install(folders) is None
    assert "cannot be downloaded (no end within 1 s)" in capsys.readouterr().err


def test_python_without_the_packages_builds_the_engine(machine: EngineMachine, site: DownloadSite) -> None:
    # -S leaves out the packages of the virtual environment, as before `dev/local/prepare` made it.
    status, _, errors = machine.run("build", "-S")
    assert status == 0, errors
    assert "no Python package pulumi here; dev/local/prepare installs it" in errors
    assert site.requests == []


def test_who_wants_pinned_checksums_builds_the_engine(machine: EngineMachine, site: DownloadSite) -> None:
    downloaded = machine.run("build")[1]
    status, output, errors = machine.run("build", REGISTRY_ENGINE="build")
    assert status == 0, errors
    assert output != downloaded
    assert "download" not in errors
    assert len(machine.builds()) == len(PARTS)
    assert machine.run("path", REGISTRY_ENGINE="build")[1] == output
    status, output, errors = machine.run("build", REGISTRY_ENGINE="download")
    assert (status, output) == (1, "")
    assert errors == "engine: REGISTRY_ENGINE must be build or not set, got download: unset it\n"


def test_a_stopped_download_leaves_nothing_half_done_and_goes_on(
    machine: EngineMachine, site: DownloadSite
) -> None:
    site.held |= {GITHUB_RELEASE}
    process = machine.start("build")
    waiting.until(lambda: GITHUB_RELEASE in site.requests or None, "the release is requested", 120)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (130, "")
    assert "Traceback" not in errors
    assert not (machine.cache / "engine" / "release").exists()
    site.held.clear()
    assert is_downloaded(machine, machine.run("build")[1])
