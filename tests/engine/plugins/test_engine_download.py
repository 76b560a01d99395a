"""Pulumi's own CLI downloads the two plugins of a release, from a local server in place of GitHub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.engine.published.release import Release
from tests.engine.download_site import PLUGINS, DownloadSite


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DownloadSite]:
    with DownloadSite(tmp_path) as site:
        for name, value in site.variables.items():
            monkeypatch.setenv(name, value)
        yield site


@pytest.fixture
def release(bin_folder: Path, tmp_path: Path) -> Release:
    return Release(bin_folder / "pulumi", tmp_path / "downloaded" / "bin", tmp_path / "home")


def test_the_pinned_plugins_are_downloaded(release: Release, site: DownloadSite, tmp_path: Path) -> None:
    assert release.prepare(tmp_path / "tmp")
    assert release.is_ready()
    assert site.requests == list(PLUGINS.values())
    assert (release.bin / "pulumi-resource-docker").resolve().is_relative_to(release.home / "plugins")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_newer_plugin_does_not_stand_for_the_pinned_one(
    release: Release, site: DownloadSite, tmp_path: Path
) -> None:
    newer = release.home / "plugins" / "resource-docker-v5.99.0" / "pulumi-resource-docker"
    newer.parent.mkdir(parents=True)
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    assert release.prepare(tmp_path / "tmp")
    assert PLUGINS["docker"] in site.requests


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_that_breaks_off_is_not_installed(
    release: Release, site: DownloadSite, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site.cut |= {PLUGINS[name]}
    assert not release.prepare(tmp_path / "tmp")
    assert not release.is_ready()
    message = capsys.readouterr().err
    assert f"the {name} plugin cannot be downloaded (" in message
    assert "unexpected EOF" in message or "failed all 5 attempts" in message
