"""Releases that are bad, each by something that a release can have, and what comes of a swap to them."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.clients.blobs import push_blob
from harness.clients.chunked_pushes import Pushes
from harness.clients.registry_client import BackgroundLoad, Client
from harness.stack.bad_image import bad_image, image_name, misbehaving
from harness.stack.operated import Operated


@dataclass(frozen=True)
class BadRelease:
    """One kind.

    Attributes:
        kind: How it misbehaves: see misbehaving/manners.go; "" has no image at all.
        what: Description for people.
        late: Whether it is bad only once clients come to it: it is for the bake to find.
        settings: Settings that it overrides besides.
    """

    kind: str
    what: str
    late: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the release."""
        return image_name(self.kind or "absent", late=self.late).replace("misbehaving:", "bad-")

    def once(self) -> str:
        """The same for one swap: a container of before would stay, and know that clients came."""
        return f"{self.name}-{os.urandom(2).hex()}"


KINDS = (
    BadRelease("errors", "answers 500 once clients come", late=True),
    BadRelease("slow", "answers 1.5 s later once clients come", late=True),
    BadRelease("corrupt", "changes a byte of each layer once clients come", late=True),
    BadRelease("corrupt-manifests", "changes a byte of each manifest once clients come", late=True),
    BadRelease("truncates", "sends half of each layer once clients come", late=True),
    BadRelease("forgets", "does not find what was pushed before once clients come", late=True),
    BadRelease("dies", "ends whenever a client comes", late=True),
    BadRelease("hangs", "answers nothing any more once clients come", late=True),
    BadRelease("locked", "lets nobody in once clients come", late=True),
    BadRelease("open", "lets everybody in once clients come", late=True),
    BadRelease("no-push", "answers pushes with 500 once clients come", late=True),
    BadRelease("wrong-secret", "has another http.secret"),
    BadRelease("wrong-container", "has another storage container"),
    BadRelease("wrong-key", "has a wrong key for the storage"),
    BadRelease("no-auth", "asks nobody for a password"),
    BadRelease("slow", "answers 1.5 s later"),
    BadRelease("errors", "answers 500"),
    BadRelease("corrupt", "changes a byte of each layer"),
    BadRelease("corrupt-manifests", "changes a byte of each manifest"),
    BadRelease("truncates", "sends half of each layer"),
    BadRelease("forgets", "does not find what was pushed before"),
    BadRelease("misnames", "tells another digest"),
    BadRelease("absolute", "leads uploads to another host"),
    BadRelease("read-only", "takes no pushes"),
    BadRelease("no-delete", "deletes nothing"),
    BadRelease("catalog", "has no catalogue"),
    BadRelease("exits", "ends at once"),
    BadRelease("deaf", "never listens"),
    BadRelease("hungry", "needs more memory than it has", settings={"memory": "64"}),
    BadRelease("", "its image is not there", settings={"baseImage": "absent:0"}),
)


@dataclass(frozen=True)
class BadReleaseOutcome:
    """What came of it.

    Attributes:
        release: Release that was tried.
        found_by: The step that found it.
        reason: The reason.
        seconds: Seconds that the swap took.
        switched: Whether it was live.
        result: Result as the history has it.
        live: Live colour afterwards.
        requests: Requests of clients meanwhile.
        failures: Requests of clients that failed meanwhile.
    """

    release: BadRelease
    found_by: str
    reason: str
    seconds: float
    switched: bool
    result: str
    live: str
    requests: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Clients:
    """Two who ask without a password, two who read, one who pushes."""

    asking: BackgroundLoad
    reading: BackgroundLoad
    pushing: Pushes

    @property
    def requests(self) -> int:
        """Number of requests that were answered."""
        return self.asking.done + self.reading.done + self.pushing.done

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, each as a text."""
        return (*self.asking.failures, *self.reading.failures, *self.pushing.failures)


@contextmanager
def clients(client: Client) -> Iterator[Clients]:
    """Clients for as long as the context lasts."""
    digest = push_blob(client.connect, client.headers, "load", os.urandom(50_000))
    path = f"/v2/load/blobs/{digest}"
    with (
        BackgroundLoad(client, "/", workers=2, pause=0.1) as asking,
        BackgroundLoad(client, path, workers=2, pause=0.3, digest=digest) as reading,
        Pushes(client, pause=1.0) as pushing,
    ):
        yield Clients(asking, reading, pushing)


@dataclass
class Trial:
    """Swaps to bad releases on one stack.

    Attributes:
        operated: The stack.
        client: Client at its front door.
        folder: Folder for images.
    """

    operated: Operated
    client: Client
    folder: Path

    def __post_init__(self) -> None:
        self._program = misbehaving(self.folder)

    def swap(self, release: BadRelease, bake: float = 1.0) -> BadReleaseOutcome:
        """Try to bring one live, `bake` minutes long; what did not end is given up by a rollback."""
        started = time.monotonic()
        with clients(self.client) as load:
            load.asking.await_more(10)
            done = self.operated.run(
                "swap", "--to", release.once(), *self._settings(release), "--bake", str(bake), "--idle", "5",
                "--throttle", "0", "--json",
            )  # fmt: skip
            seconds = time.monotonic() - started
            last = done if done.returncode != 1 else self.operated.run("rollback", "--json")
            load.asking.await_more(10)
        report = json.loads(last.stdout) if last.returncode in (0, 3) else {}
        bad = next((step for step in report.get("steps", ()) if step["outcome"] == "bad"), None)
        gave_up = done.returncode == 1
        return BadReleaseOutcome(
            release,
            found_by="build" if gave_up else bad["name"] if bad else "nobody",
            reason=_last_line(done) if gave_up else str(report.get("reason")),
            seconds=round(seconds, 1),
            switched=not report or "switch" in report["state"]["started"],
            result=str(report.get("result", last.stderr[-300:])),
            live=self.operated.state().colour,
            requests=load.requests,
            failures=load.failures,
        )

    def _settings(self, release: BadRelease) -> Iterator[str]:
        settings = dict(release.settings)
        if release.kind:
            archive = bad_image(self._program, release.kind, self.folder, late=release.late)
            settings |= {
                "baseImage": image_name(release.kind, late=release.late),
                "baseArchive": str(archive),
            }
        for key, value in settings.items():
            yield from ("--set", f"{key}={value}")


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    return (done.stderr.strip().splitlines() or [""])[-1]
