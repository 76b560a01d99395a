"""A simulated stack whose secrets are rotated, and whose operator dies at any call."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import yaml

from operate.error import OperateError, RefusedError
from operate.record.record import Record
from operate.record.rotation_plan import KINDS
from operate.record.swap_plan import FORWARD, SwapState
from operate.rotate.edits import PreviewError
from operate.stack.config.settings_check import InvalidStackFileError
from operate.stack.facts import Colour
from tests.support.killed_process import KilledError, MortalProcess
from tests.support.simulated_operator import SimulatedClock, SimulatedLock

PROVIDED = {
    "s3-keys": {"s3AccessKey": "new access", "s3SecretKey": "new secret"},
    "password": {"registryPassword": "new password"},
}


STARTED = SwapState()


@dataclass(frozen=True)
class Container:
    """What a colour runs: its release, and the secret that it was made with."""

    release: str
    secret: str


@dataclass
class SimulatedStack(MortalProcess):
    """A stack with one secret; every method counts a call before its effect and one after it.

    Attributes:
        kind: of the secret that is rotated.
        settings: of the stack file.
        file_secrets: those that are encrypted there.
        portal: the secret that the account has, of a kind that is made in the portal.
        state_secret: the secret that the state has of it.
        portal_users: users of the account.
        state_users: those that the state has.
        colours: what runs.
        live: the colour that is live.
        accepted: secrets that storage and clients accept.
        refuses: whether the swap is refused.
        undeployed: what a `pulumi up` would change before a rotation.
        mistakes: what the settings' reader says of the stack file.
        current: the swap or the move that is under way.
        edited: settings that somebody edits meanwhile, and does not deploy.
        edit_touches_live: whether Pulumi refuses to preview them.
        builds_and_dies: whether the operator dies while the swap builds.
        written_text: the whole stack file, as it was written.
        lock: of the stack.
        during_preview: what another operator does meanwhile.
        ciphers: of the secrets that are encrypted in the stack file.
        deployed_secrets: those that the last `pulumi up` had.
        store_clock: of the place that keeps the lock.
        is_store_usable: whether that place can be asked for the time.
        rollback: the rollback that is not refused.
    """

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    file_secrets: dict[str, str] = field(default_factory=dict)
    portal: str = "old"
    state_secret: str = "old"
    portal_users: frozenset[str] = frozenset({"first user", "second user"})
    state_users: frozenset[str] = frozenset({"first user"})
    colours: dict[str, Container] = field(default_factory=dict)
    live: str = "red"
    accepted: set[str] = field(default_factory=set)
    refuses: bool = False
    swaps: int = 0
    signed_with: str = ""
    undeployed: str = ""
    mistakes: str = ""
    deployed: dict[str, Any] = field(default_factory=dict)
    current: Record | None = None
    edited: tuple[str, ...] = ()
    edit_touches_live: bool = False
    builds_and_dies: bool = False
    written_text: str = ""
    lock: SimulatedLock = field(default_factory=SimulatedLock)
    during_preview: Callable[[], None] = lambda: None
    ciphers: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    deployed_secrets: dict[str, str] = field(default_factory=dict)
    store_clock: SimulatedClock = field(default_factory=SimulatedClock)
    is_store_usable: bool = True
    rollback: str = "rollback ENV"

    def __post_init__(self) -> None:
        if self.kind == "s3-keys":
            self.settings["registryStorage"] = "s3"
            self.file_secrets = {"s3AccessKey": "old access", "s3SecretKey": "old secret"}
        self.colours = {"red": Container("1", self.secret)}
        self.settings["red"] = "1"
        self.deployed = dict(self.settings)
        self.deployed_secrets = dict(self.file_secrets)
        self.accepted = {self.secret}
        self.signed_with = self.secret

    @property
    def secret(self) -> str:
        """The secret in use, as settings and state have it."""
        kind = KINDS[self.kind]
        if kind.generation:
            return f"generation {self._generation}"
        if kind.name == "swift-user":
            return str(self.settings.get("objectUser", "first user"))
        return self.state_secret if kind.name == "swift-key" else "".join(sorted(self.file_secrets.values()))

    @property
    def _generation(self) -> int:
        return int(self.settings.get("secretGenerations", {}).get(KINDS[self.kind].generation, 1))

    def read_time(self) -> datetime | None:
        return self.store_clock.now() if self.is_store_usable else None

    def locked(self) -> AbstractContextManager[None]:
        return self.lock.acquire()

    def setting(self, key: str) -> object:
        return self.file_secrets.get(key) or self.settings.get(key) or None

    def check_settings(self, changes: Mapping[str, object]) -> None:
        if self.mistakes:
            raise InvalidStackFileError(self.mistakes)

    def note(self, detail: str) -> None:
        self.lock.require()
        self.notes.append(detail)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.lock.require()
        self.count_call()
        for name, value in settings.items():
            self.settings.pop(name, None)
            if value is None:
                self.file_secrets.pop(name, None)
            else:
                self.settings[name] = value
        self.count_call()

    def file_text(self) -> str:
        """A secret is encrypted otherwise each time that it is written, as Pulumi does it."""
        secrets = {
            key: {"secure": self.ciphers.get(key, f"{value} 0")} for key, value in self.file_secrets.items()
        }
        settings = {f"softlayer-registry:{key}": value for key, value in {**self.settings, **secrets}.items()}
        return str(yaml.dump({"config": settings}, Dumper=yaml.CSafeDumper))

    def write_file(self, text: str, present: str) -> None:
        self.lock.require()
        assert present == self.file_text()
        self.count_call()
        self.settings, self.ciphers = _content_of(text)
        self.file_secrets = {key: _decrypt(cipher) for key, cipher in self.ciphers.items()}
        self.written_text = text
        self.count_call()

    def write_secret(self, key: str, secret: str) -> None:
        self.lock.require()
        self.count_call()
        self.file_secrets[key] = secret
        self.ciphers[key] = f"{secret} {self.calls}"
        self.count_call()

    def password(self) -> str:
        return "first password"

    def pending(self) -> str:
        self._preview()
        return self.undeployed

    def edits(self, own: Collection[str]) -> Sequence[str]:
        return [key for key in self.edited if key not in own]

    def _preview(self) -> None:
        self.during_preview()
        if self.edit_touches_live:
            raise PreviewError("colour red, release 1, is live, and its container would be replaced")

    def changes(self, text: str, settings: Mapping[str, object]) -> str:
        self._preview()
        present, ciphers = _content_of(text)
        if refusal := self._unknown_user({**present, **settings}):
            raise PreviewError(refusal)
        secrets = {key: _decrypt(cipher) for key, cipher in ciphers.items()}
        if self.kind in PROVIDED and secrets != self.deployed_secrets:
            return "1 to update"
        after = {key: value for key, value in {**present, **settings}.items() if value is not None}
        ignored = {"rotation", "releases", "keepRelease", "registryPassword", "registrySecret"}
        deployed = {key: value for key, value in self.deployed.items() if key not in ignored}
        expected = {key: value for key, value in after.items() if key not in ignored}
        return "1 to update" if deployed != expected or self.edited else ""

    def _unknown_user(self, settings: Mapping[str, object]) -> str:
        """The program's refusal of a user whom the state does not have; "" where it has the user."""
        user = settings.get("objectUser") or "first user"
        return "" if user in self.state_users else f"objectUser: got {user}"

    def under_way(self) -> Record | None:
        return self.current

    def rollback_command(self) -> str:
        return self.rollback

    def undo_swap(self) -> str:
        self.count_call()
        assert self.current is not None
        assert not self.current.state.switched
        self.current = None
        self.count_call()
        return "given up"

    def releases(self) -> frozenset[str]:
        return frozenset(container.release for container in self.colours.values())

    def live_release(self) -> str:
        return self.colours[self.live].release

    def _deploy(self) -> str:
        if refusal := self._unknown_user(self.settings):
            raise OperateError(refusal)
        self.deployed, self.deployed_secrets = dict(self.settings), dict(self.file_secrets)
        for colour in ("red", "black"):
            if colour != self.live and not self.settings.get(colour):
                self.colours.pop(colour, None)
        kind, kept = KINDS[self.kind], self.settings.get("keepRelease", "")
        if kind.generation:
            self.accepted = {self.secret}
            if kind.generation in self.settings.get("secretOverlaps", ()):
                self.accepted.add(f"generation {self._generation - 1}")
        elif kind.name != "swift-key":
            # A credential from outside is accepted until it is deleted there.
            self.accepted.add(self.secret)
        for colour, container in self.colours.items():
            if container.release != kept:
                changes = kind.is_swapped and container.secret != self.secret
                assert not (changes and colour == self.live), "the live container is replaced"
                self.colours[colour] = Container(container.release, self.secret)
        return "1 updated"

    def up(self) -> str:
        self.count_call()
        self._deploy()
        self.count_call()
        return "1 updated"

    def refresh_kept(self, release: str) -> str:
        self.count_call()
        self.settings["keepRelease"] = release
        self.count_call()
        self.state_secret, self.state_users = self.portal, self.portal_users
        self._deploy()
        self.count_call()
        return "1 updated"

    def has_current_key(self, release: str) -> bool:
        (secret,) = (container.secret for container in self.colours.values() if container.release == release)
        return secret == self.state_secret

    def storage_user(self) -> str:
        return "first user"

    def swap(self, release: str) -> str:
        self.count_call()
        if self.live_release() == release:
            self.current = None
            return f"release {release} is live already"
        assert release in self.settings["releases"]
        idle = "black" if self.live == "red" else "red"
        self.current = swap_record(release, self.live_release(), self.live)
        self.settings |= {"keepRelease": self.live_release(), idle: release}
        if self.builds_and_dies:
            raise KilledError
        self.colours[idle] = Container(release, self.secret)
        self._deploy()
        self.count_call()
        if self.refuses:
            self.current = None
            raise RefusedError(f"release {release} did not go live")
        switched = SwapState(started=frozenset(FORWARD))
        self.current = replace(self.current, state=switched)
        self.live, self.swaps = idle, self.swaps + 1
        self.settings["live"] = idle
        self.count_call()
        self.current = None
        return f"release {release} is live"

    def retire(self, *, gives_up: bool = False) -> str:
        self.count_call()
        self.settings["black" if self.live == "red" else "red"] = ""
        self.colours = {self.live: self.colours[self.live]}
        self._deploy()
        self.count_call()
        return "taken away"

    def sign_records(self, *, with_previous: bool = False) -> str:
        self.count_call()
        self.signed_with = f"generation {self._generation - with_previous}"
        self.count_call()
        return "3 records signed again"

    def check(self) -> None:
        """What is live works at every call."""
        live = self.colours[self.live]
        if KINDS[self.kind].is_swapped:
            assert self.kind in ("http-secret", "swift-key") or live.secret in self.accepted


def _content_of(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Settings and encrypted secrets of a stack file."""
    config = (yaml.load(text, Loader=yaml.CSafeLoader) or {}).get("config") or {}
    values = {key.removeprefix("softlayer-registry:"): value for key, value in config.items()}
    ciphers = {
        key: value["secure"] for key, value in values.items() if isinstance(value, dict) and "secure" in value
    }
    return {key: value for key, value in values.items() if key not in ciphers}, ciphers


def _decrypt(cipher: str) -> str:
    return cipher.rpartition(" ")[0]


def swap_record(release: str, source_release: str, live: str, state: SwapState = STARTED) -> Record:
    """A swap under way from the live colour to another release."""
    source = Colour(live)
    return Record(
        "000001", "swap", "op@host", "", "now", source, source.opposite, source_release, release, state=state
    )
