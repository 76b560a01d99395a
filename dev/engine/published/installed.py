"""An installed Pulumi that can download its plugins, as many machines on the ordinary internet have."""

import os
import shutil
from pathlib import Path

from dev.engine import version
from dev.engine.folders import EngineFolders
from dev.engine.part import PULUMI_VERSION
from dev.engine.published import release
from dev.engine.published.release import Release


def find(folders: EngineFolders) -> Release | None:
    """Find an installed ``pulumi`` on PATH that is new enough; what this package built or downloaded is not.

    Returns:
        The release; None when there is none.
    """
    program = shutil.which("pulumi")
    if program is None:
        return None
    path = Path(program).resolve()
    if path.is_relative_to(folders.root) or not version.at_least(release.read_version(path), PULUMI_VERSION):
        return None
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return Release(path, folders.installed_bin, home.absolute())
