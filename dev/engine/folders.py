"""Where the engine keeps what it builds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
CHECKOUT = SOURCE.parents[1]


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Find the project's cache: $REGISTRY_CACHE, else below $XDG_CACHE_HOME, else below ~/.cache."""
    if chosen := environment.get("REGISTRY_CACHE"):
        return Path(chosen).expanduser().resolve()
    base = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "~")) / ".cache"
    return (Path(base).expanduser() / "softlayer-registry").resolve()


@dataclass(frozen=True)
class EngineFolders:
    """The engine's folders.

    Attributes:
        root: Folder with everything of the engine.
    """

    root: Path

    @property
    def lock(self) -> Path:
        """The file that a builder holds locked."""
        return self.root / "lock"

    @property
    def logs(self) -> Path:
        """The compiler's output, one file a part."""
        return self.root / "log"

    @property
    def go(self) -> Path:
        """The downloaded Go, with its module and build caches."""
        return self.root / "go"

    @property
    def temporary(self) -> Path:
        """What is being made; on the same file system as the rest, so that a rename ends it."""
        return self.root / "tmp"

    def part(self, executable: str, key: str) -> Path:
        """The folder with the finished files of a part."""
        return self.root / "parts" / f"{executable}-{key}"

    def bin(self, key: str) -> Path:
        """The bin folder of a whole engine."""
        return self.root / key / "bin"

    @property
    def installed_bin(self) -> Path:
        """The bin folder that points to an installed Pulumi and its downloaded plugins."""
        return self.root / "installed" / "bin"

    def release(self, version: str) -> Path:
        """The folder of a downloaded Pulumi, with its files in `bin`."""
        return self.root / "release" / version

    @property
    def plugin_home(self) -> Path:
        """$PULUMI_HOME of a downloaded Pulumi, with its downloaded plugins."""
        return self.root / "release" / "home"

    @property
    def downloaded_bin(self) -> Path:
        """The bin folder that points to a downloaded Pulumi and its downloaded plugins."""
        return self.root / "downloaded" / "bin"


def folders() -> EngineFolders:
    """Give the engine's folders inside the project's cache."""
    return EngineFolders(cache_folder() / "engine")
