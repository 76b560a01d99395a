"""An installed Pulumi that can download its plugins, as most machines on the ordinary internet have."""

import os
import shutil
from pathlib import Path

from dev.engine import bin_folder, process, version
from dev.engine.folders import EngineFolders
from dev.engine.part import COMMAND_VERSION, DOCKER_VERSION, FILES, PULUMI_VERSION
from messages.progress import report, step

PLUGINS = {"docker": DOCKER_VERSION, "command": COMMAND_VERSION}

# Choice: a download of 30 MB on a slow line. Where plugins cannot be had, the answer comes much sooner.
_INSTALL_LIMIT = 90.0
_ASK_LIMIT = 20.0


def find(folders: EngineFolders) -> Path | None:
    """Find an installed ``pulumi`` on PATH that is new enough; one that this package built does not count.

    Returns:
        Its path, links followed; None when there is none.
    """
    program = shutil.which("pulumi")
    if program is None:
        return None
    path = Path(program).resolve()
    if path.is_relative_to(folders.root):
        return None
    status, output = process.run([str(path), "version"], environment=_quiet(), timeout=_ASK_LIMIT)
    return path if status == 0 and version.at_least(output, PULUMI_VERSION) else None


def ready(pulumi: Path | None, folders: EngineFolders) -> bool:
    """Tell whether the bin folder for this installed Pulumi is there already."""
    folder = folders.installed_bin
    return pulumi is not None and bin_folder.complete(folder) and (folder / "pulumi").resolve() == pulumi


def prepare(pulumi: Path, folders: EngineFolders) -> bool:
    """Download the plugins and make the bin folder.

    Returns:
        False when a plugin cannot be downloaded or the installation lacks a file: then the engine is built.
    """
    files = {name: pulumi.parent / name for name in FILES if not _is_plugin(name)}
    missing = sorted(name for name, path in files.items() if not path.exists())
    if missing:
        report(f"engine: {pulumi.parent} has no {', '.join(missing)}: not using it")
        return False
    for name, plugin_version in PLUGINS.items():
        with step(f"engine: {pulumi} installs the {name} plugin {plugin_version}"):
            status, output = process.run(
                [str(pulumi), "plugin", "install", "resource", name, plugin_version],
                environment=_quiet(),
                timeout=_INSTALL_LIMIT,
            )
        path = _plugin_path(name, plugin_version)
        if status != 0 or not path.exists():
            reason = (output.strip().splitlines() or ["no answer in time"])[-1]
            report(f"engine: the {name} plugin cannot be downloaded ({reason}): building the engine instead")
            return False
        files[path.name] = path
    bin_folder.install(files, folders.installed_bin, folders.temporary, link=True)
    return bin_folder.complete(folders.installed_bin)


def _is_plugin(name: str) -> bool:
    return name.removeprefix("pulumi-resource-") in PLUGINS


def _plugin_path(name: str, plugin_version: str) -> Path:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return home / "plugins" / f"resource-{name}-v{plugin_version}" / f"pulumi-resource-{name}"


def _quiet() -> dict[str, str]:
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_AUTOMATION_API": "true"}
