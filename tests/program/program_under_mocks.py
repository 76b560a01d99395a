"""The whole program, run under Pulumi's mocks: what it registers and exports for a stack file."""

import asyncio
import base64
import io
import json
import runpy
import shlex
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast
from unittest.mock import patch

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.proto.source_pb2 import StackTrace

from components.remote.login import Login
from dev.local.environment import CHECKOUT
from provider.resources.contract import Failure
from provider.resources.registry.placement import RegistryPlacement
from provider.resources.registry.placement_rules import Placement, refusals
from tests.support.provider.provider_session import session

PROJECT = "softlayer-registry"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJ0000"
SECRET_MARK = "4dabf18193072939515e22adb298388d"
PLACEMENT = RegistryPlacement.token
DIGEST = f"sha256:{'a' * 64}"


class RefusedRunError(Exception):
    """The provider refuses an input, as a real one does before the resource is made."""


class RecordingMocks(pulumi.runtime.Mocks):
    """Remembers what is registered; servers have addresses, and a probe makes its round trip."""

    def __init__(
        self,
        installations: Mapping[str, str] | None = None,
        cancelled: Mapping[str, str] | None = None,
        recorded: Mapping[str, Any] | None = None,
        stashes: Mapping[str, object] | None = None,
    ) -> None:
        self.resources: list[MockResourceArgs] = []
        self.refusal: tuple[Failure, ...] = ()
        self._installations, self._cancelled = installations or {}, cancelled or {}
        self._recorded, self._stashes = recorded or {}, stashes or {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ == PLACEMENT:
            args.inputs.update(self._placement(args.inputs))
        self.resources.append(args)
        number = _number(args.name)
        if args.typ == "pulumi:index:Stash":
            kept = self._stashes.get(args.name, args.inputs.get("input"))
            return f"id-{number}", {"input": kept, "output": kept}
        outputs = {
            **args.inputs,
            "guestId": number, "hardwareId": number, "keyId": 3, "imageId": DIGEST, "hourly": True,
            "publicIp": address_of(args.name),
            "privateIp": f"10.0.{number // 250 % 250}.{number % 250}",
            "installation": self._installations.get(args.name, str(number)),
            "sshHostKey": HOST_KEY, "stdout": _printed(args), "stderr": "", "ipAddress": "198.51.100.1",
            "authUrl": "https://swift.example/auth/v1.0",
            "privateAuthUrl": "https://private.swift.example/auth/v1.0",
            "username": "SLOS1-1:SL1", "key": "k" * 32,
            "fullyQualifiedDomainName": f"{args.name}.registry.example", "hex": "ab" * 32,
            "tempUrlKey": sha256(str(args.inputs.get("name")).encode()).hexdigest(),
            "hourlyCost": 0.1, "monthlyCost": 0.0, "globalIpId": 9, "address": "203.0.113.9",
        }  # fmt: skip
        if args.name in self._cancelled:
            outputs["cancellationDate"] = self._cancelled[args.name]
        return f"id-{number}", outputs

    def _placement(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider makes of the inputs, which finds in the state what an earlier run recorded."""
        # As on the wire, numbers come as floats.
        news = {name: int(value) if isinstance(value, float) else value for name, value in inputs.items()}
        checked = RegistryPlacement().check(session(), "urn", self._recorded, news)
        before, after = Placement.of(self._recorded), Placement.of(checked.inputs)
        # All that was recorded exists in this account.
        self.refusal = checked.failures or (refusals(before, after) if self._recorded else ())
        if self.refusal:
            raise RefusedRunError
        return cast(Mapping[str, Any], checked.inputs)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {"names": [args.args.get("prefix", "")], "bytes": 30}, []


def address_of(server: str) -> str:
    """Return the public address of a server, DATACENTER-NAME."""
    number = _number(server)
    return f"198.18.{number // 250 % 250}.{number % 250}"


def _number(name: str) -> int:
    """The same in each run, whatever the order in which resources are ready."""
    return int.from_bytes(sha256(name.encode()).digest()[:4])


def _printed(args: MockResourceArgs) -> str:
    if args.name.endswith("-push") or ("-legacy-" in args.name and args.name.endswith("-pull")):
        return f"{DIGEST} {'b' * 64}"
    if args.name.endswith("-lookup"):
        # The lookup finds the object that is its last argument.
        return shlex.split(str(plain(args.inputs["create"])))[-1]
    if args.name.endswith("-colours"):
        return "modern red"
    return DIGEST


@dataclass
class ProgramRun:
    """What a run of the program did.

    Attributes:
        resources: that it registered.
        requests: by which it registered them, with their options.
        outputs: that it exported.
        warnings: that it gave.
        refusal: why the registry must not go where the stack file has it; the run has ended then.
        door_questions: arguments of what it asked front doors past the state.
    """

    resources: list[MockResourceArgs]
    requests: list[resource_pb2.RegisterResourceRequest] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    refusal: tuple[Failure, ...] = ()
    door_questions: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def placement(self) -> Mapping[str, Any]:
        """Where it recorded that the registry is."""
        (resource,) = [resource for resource in self.resources if resource.typ == PLACEMENT]
        return resource.inputs

    def resource(self, name: str) -> MockResourceArgs:
        """Return the one resource of that name that is no component."""
        (resource,) = [resource for resource in self.resources if resource.name == name and resource.custom]
        return resource


def container_files(recorded: ProgramRun, name: str) -> dict[str, str]:
    """The files that are put on a server for a container, by their paths in it.

    Args:
        recorded: what the program declared.
        name: of the container's resource.
    """
    text = str(plain(recorded.resource(f"{name}-files").inputs["stdin"])).partition('main "$@"; exit\n')[2]
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as archive:
        return {
            f"/{member.name}": extracted.read().decode()
            for member in archive.getmembers()
            if (extracted := archive.extractfile(member))
        }


def plain(value: object) -> object:
    """Return a value without the envelopes of secrets."""
    match value:
        case {"value": inner, **rest} if SECRET_MARK in rest:
            return plain(inner)
        case Mapping():
            return {key: plain(inner) for key, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
    return value


def hosts(recorded: ProgramRun) -> Iterator[tuple[MockResourceArgs, str]]:
    """Return what reaches a server, with the server's address: by a connection, or by a Docker provider."""
    providers = {
        resource.name: str(resource.inputs["host"]).removeprefix("ssh://root@").removesuffix(":22")
        for resource in recorded.resources
        if resource.typ == "pulumi:providers:docker"
    }
    for resource in recorded.resources:
        connection = plain(resource.inputs.get("connection"))
        if isinstance(connection, Mapping):
            yield resource, str(connection["host"])
        if resource.typ.startswith("docker:"):
            yield resource, providers[str(resource.provider).split("::")[-2]]


def run_program(
    config: Mapping[str, object],
    *,
    preview: bool = False,
    unreachable: Collection[str] = (),
    installations: Mapping[str, str] | None = None,
    cancelled: Mapping[str, str] | None = None,
    after: ProgramRun | None = None,
    stashes: Mapping[str, object] | None = None,
    door_refusal: str = "",
    standby_images: Mapping[str, str] | None = None,
) -> ProgramRun:
    """Run `__main__.py`, and return what it registered and exported.

    Args:
        config: of the stack file.
        preview: whether outputs of new resources are unknown.
        unreachable: servers that do not answer, DATACENTER-NAME.
        installations: of servers, by DATACENTER-NAME; any where left out.
        cancelled: when servers are cancelled, by DATACENTER-NAME.
        after: the run that made the stack; None where there is none yet.
        stashes: inputs that the state has of those that are not changed, by name.
        door_refusal: what the doors say in a preview, or to a permission; "" agrees.
        standby_images: what standby-images.sh prints on servers, by DATACENTER-NAME; nothing where left out.
    """
    mocks = RecordingMocks(installations, cancelled, after.placement if after else None, stashes)
    run = ProgramRun(mocks.resources)
    images = {address_of(server): output for server, output in (standby_images or {}).items()}
    silent = {address_of(server) for server in unreachable}

    async def log_in(host: str, host_key: str, private_key: str, script: str = "") -> Login:
        return Login("no answer") if host in silent else Login("", images.get(host, "") if script else "")

    register = MockMonitor.RegisterResource

    def recorded(monitor: MockMonitor, request: resource_pb2.RegisterResourceRequest) -> object:
        run.requests.append(request)
        return register(monitor, request)  # type: ignore[no-untyped-call]

    async def refuse(_: str, __: str, ___: str, words: Sequence[str], ____: str) -> str:
        run.door_questions.append(tuple(words))
        return door_refusal

    with (
        _event_loop(),
        patch.object(MockMonitor, "RegisterResource", recorded),
        # An engine shows them beside errors; without them a run takes a tenth less.
        patch("pulumi.runtime.resource._get_stack_trace", StackTrace),
        patch("components.server.server.log_in", log_in),
        patch("components.server.server.log_in_twice", log_in),
        patch("components.server.operator_key.start_agent"),
        patch("components.registry.door_colours.door_refusal", refuse),
        patch("pulumi.warn", lambda message, **_: run.warnings.append(message)),
    ):
        pulumi.runtime.set_mocks(mocks, PROJECT, "prod", preview)
        pulumi.runtime.set_all_config({key: _text(value) for key, value in config.items()})
        program: Any = pulumi.runtime.test(lambda: _exports(run))  # type: ignore[no-untyped-call]
        try:
            program()
        except Exception:
            run.refusal = mocks.refusal
            # What waited for the placement fails with it, one by one.
            asyncio.get_event_loop().set_exception_handler(lambda *_: None)
            if not run.refusal:
                raise
    return run


def _exports(run: ProgramRun) -> pulumi.Output[Any]:
    exported: dict[str, Any] = {}
    with patch("pulumi.export", exported.__setitem__):
        runpy.run_path(str(CHECKOUT / "__main__.py"), run_name="program")
    return pulumi.Output.all(**exported).apply(run.outputs.update)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@contextmanager
def _event_loop() -> Iterator[None]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        _end_tasks(loop)
        loop.close()
        asyncio.set_event_loop(None)


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """End what a run that was refused has left waiting."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
