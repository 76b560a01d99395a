"""A published Pulumi: its files, the plugins that its CLI downloads, the bin folder that points to them."""

import os
from dataclasses import dataclass
from pathlib import Path

from dev.engine import bin_folder, process
from dev.engine.part import COMMAND_VERSION, DOCKER_VERSION, PLUGINS, RELEASE_FILES
from messages.progress import report, step

_PLUGIN_VERSIONS = {"docker": DOCKER_VERSION, "command": COMMAND_VERSION}

# Choice: a download of 30 MB on a slow line. Where plugins cannot be had, the answer comes much sooner.
_PLUGIN_SECONDS = 90.0
_VERSION_SECONDS = 20.0


@dataclass(frozen=True)
class Release:
    """A published Pulumi.

    Attributes:
        pulumi: Path of its CLI, links followed; the files of the release lie beside it.
        bin: The bin folder that points to it.
        home: $PULUMI_HOME of its CLI, below which the plugins lie.
    """

    pulumi: Path
    bin: Path
    home: Path

    def is_ready(self) -> bool:
        """Return whether the bin folder is complete and points to this release."""
        return bin_folder.complete(self.bin, RELEASE_FILES) and (self.bin / "pulumi").resolve() == self.pulumi

    def missing_files(self) -> list[str]:
        """Return the names of the files that a release must hold and this one does not."""
        return sorted(name for name in RELEASE_FILES if name not in PLUGINS and not self._file(name).exists())

    def prepare(self, temporary: Path) -> bool:
        """Have the CLI download its plugins, and make the bin folder.

        Args:
            temporary: A folder on the bin folder's file system to work in.

        Returns:
            False when the release lacks a file or a plugin cannot be downloaded; a progress line says why.
        """
        if missing := self.missing_files():
            report(f"engine: {self.pulumi.parent} has no {', '.join(missing)}: not using it")
            return False
        self.home.mkdir(parents=True, exist_ok=True)
        temporary.mkdir(parents=True, exist_ok=True)
        for name, plugin_version in _PLUGIN_VERSIONS.items():
            reason = self._install_plugin(name, plugin_version, temporary)
            if reason is not None:
                report(
                    f"engine: the {name} plugin cannot be downloaded ({reason}): building the engine instead"
                )
                return False
        bin_folder.install({name: self._file(name) for name in RELEASE_FILES}, self.bin, temporary, link=True)
        return bin_folder.complete(self.bin, RELEASE_FILES)

    def _install_plugin(self, name: str, plugin_version: str, temporary: Path) -> str | None:
        """Download a plugin unless it is there, and return why that failed; None when it did not."""
        # Without --exact, a newer plugin that is there already would count as this one.
        command = [str(self.pulumi), "plugin", "install", "resource", name, plugin_version, "--exact"]
        environment = {**quiet_environment(), "PULUMI_HOME": str(self.home), "TMPDIR": str(temporary)}
        with step(f"engine: {self.pulumi}: installing the {name} plugin {plugin_version}"):
            # In the home, since the CLI takes a folder named as the plugin, where it is run, for the plugin.
            status, output = process.run(
                command, folder=self.home, environment=environment, timeout=_PLUGIN_SECONDS
            )
        if status == 0 and self._file(f"pulumi-resource-{name}").exists():
            return None
        return (output.strip().splitlines() or ["no answer in time"])[-1]

    def _file(self, name: str) -> Path:
        return self.home / "plugins" / PLUGINS[name] / name if name in PLUGINS else self.pulumi.parent / name


def read_version(pulumi: Path) -> str:
    """Return what ``pulumi version`` prints, such as ``v3.259.0``; the empty string when it fails."""
    status, output = process.run(
        [str(pulumi), "version"], environment=quiet_environment(), timeout=_VERSION_SECONDS
    )
    return output.strip() if status == 0 else ""


def quiet_environment() -> dict[str, str]:
    """Return this process's environment, with the CLI's hints for people turned off."""
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_AUTOMATION_API": "true"}
