"""The plugin as a process and its gRPC, as the engine uses them."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi
from provider.protocol.wire import Decoded, decode, encode
from provider.values import Properties

EXECUTABLE = CHECKOUT / "provider" / "pulumi-resource-softlayer"
GUEST = "softlayer:index:VirtualGuest"
KEY = "softlayer:index:SshKey"
ACCOUNT = "softlayer:index:ObjectStorageAccount"
CONTAINER = "softlayer:index:ObjectStorageContainer"
GROUP = "softlayer:index:SecurityGroup"
ATTACHMENT = "softlayer:index:SecurityGroupAttachment"
GLOBAL_IP = "softlayer:index:GlobalIp"


def urn(kind: str, name: str = "web") -> str:
    """A resource's URN in the tests' stack."""
    return f"urn:pulumi:test::registry::{kind}::{name}"


@dataclass(frozen=True)
class Unfinished:
    """ErrorResourceInitFailed as the engine reads it."""

    identifier: str
    outputs: Properties
    reasons: tuple[str, ...]


class UnfinishedCallError(Exception):
    """A call that kept the id."""

    def __init__(self, error: Unfinished) -> None:
        super().__init__("; ".join(error.reasons))
        self.error = error


class CallError(Exception):
    """A call that failed."""


def plain(struct: struct_pb2.Struct) -> Decoded:
    """Properties off the wire."""
    return decode(struct, lambda _: None)


@dataclass
class Plugin:
    """A running plugin, configured.

    Attributes:
        process: The executable.
        stub: Stub of gRPC.
        inputs: The provider's checked configuration, as the state would hold it.
    """

    process: subprocess.Popen[bytes]
    stub: provider_pb2_grpc.ResourceProviderStub
    inputs: Properties = field(default_factory=dict)

    def configure(self, config: Properties, olds: Properties | None = None) -> None:
        """CheckConfig and Configure."""
        checked = self.stub.CheckConfig(
            provider_pb2.CheckRequest(
                urn="urn:pulumi:test::registry::pulumi:providers:softlayer::default",
                olds=encode(olds or {}, frozenset()),
                news=encode(config, frozenset()),
            )
        )
        assert not checked.failures, checked.failures
        self.inputs = plain(checked.inputs).properties
        self.next_command()

    def check(
        self, kind: str, news: Properties, olds: Properties | None = None, name: str = "web"
    ) -> Properties:
        """Check; the inputs."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(kind, name),
                type=kind,
                olds=encode(olds or {}, frozenset()),
                news=encode(news, frozenset()),
            )
        )
        assert not answer.failures, answer.failures
        return plain(answer.inputs).properties

    def create(
        self, kind: str, inputs: Properties, *, timeout: float = 0, preview: bool = False, name: str = "web"
    ) -> tuple[str, Properties]:
        """Create a resource; return its id and its outputs.

        Args:
            kind: Type token of the resource.
            inputs: Inputs that Check returned.
            timeout: Seconds, as the program's customTimeouts; 0 for the resource's own limit.
            preview: Whether nothing is created.
            name: Name of the resource in the program.

        Raises:
            UnfinishedCallError: The resource exists and is not complete.
            CallError: The call failed.
        """
        request = provider_pb2.CreateRequest(
            urn=urn(kind, name),
            type=kind,
            properties=encode(inputs, frozenset()),
            timeout=timeout,
            preview=preview,
        )
        with raising_call_errors():
            answer = self.stub.Create(request)
        return answer.id, plain(answer.properties).properties

    def make(self, kind: str, news: Properties, name: str = "web") -> tuple[str, Properties, Properties]:
        """Check and Create; id, inputs and outputs."""
        inputs = self.check(kind, news, name=name)
        identifier, outputs = self.create(kind, inputs, name=name)
        return identifier, inputs, outputs

    def next_command(self) -> None:
        """Configure as the next command would: what an update has shown to stay, it may delete."""
        self.stub.Configure(
            provider_pb2.ConfigureRequest(args=encode(self.inputs, frozenset({"apiKey"})), acceptSecrets=True)
        )

    def diff(
        self, kind: str, identifier: str, old: Properties, outputs: Properties, news: Properties
    ) -> provider_pb2.DiffResponse:
        """Diff as it is."""
        answer: provider_pb2.DiffResponse = self.stub.Diff(
            provider_pb2.DiffRequest(
                id=identifier,
                urn=urn(kind),
                type=kind,
                old_inputs=encode(old, frozenset()),
                olds=encode(outputs, frozenset()),
                news=encode(news, frozenset()),
            )
        )
        return answer

    def read(
        self, kind: str, identifier: str, inputs: Properties | None = None, outputs: Properties | None = None
    ) -> tuple[str, Properties, Properties]:
        """Read; id ("" when gone), inputs and outputs."""
        with raising_call_errors():
            answer = self.stub.Read(
                provider_pb2.ReadRequest(
                    id=identifier,
                    urn=urn(kind),
                    type=kind,
                    inputs=encode(inputs or {}, frozenset()),
                    properties=encode(outputs or {}, frozenset()),
                )
            )
        return answer.id, plain(answer.inputs).properties, plain(answer.properties).properties

    def update(
        self,
        kind: str,
        identifier: str,
        old: Properties,
        outputs: Properties,
        news: Properties,
        *,
        timeout: float = 0,
        preview: bool = False,
    ) -> Properties:
        """Update a resource; return its outputs.

        Args:
            kind: Type token of the resource.
            identifier: Id of the resource.
            old: Inputs in the state.
            outputs: Outputs in the state.
            news: Inputs that Check returned.
            timeout: Seconds, as the program's customTimeouts; 0 for the resource's own limit.
            preview: Whether nothing is changed.

        Raises:
            UnfinishedCallError: The resource exists and is not complete.
            CallError: The call failed.
        """
        with raising_call_errors():
            answer = self.stub.Update(
                provider_pb2.UpdateRequest(
                    id=identifier,
                    urn=urn(kind),
                    type=kind,
                    old_inputs=encode(old, frozenset()),
                    olds=encode(outputs, frozenset()),
                    news=encode(news, frozenset()),
                    timeout=timeout,
                    preview=preview,
                )
            )
        return plain(answer.properties).properties

    def delete(
        self, kind: str, identifier: str, inputs: Properties, outputs: Properties, timeout: float = 0
    ) -> None:
        """Delete a resource.

        Args:
            kind: Type token of the resource.
            identifier: Id of the identifier.
            inputs: Inputs in the state.
            outputs: Outputs in the state.
            timeout: Seconds, as the program's customTimeouts; 0 for the resource's own limit.

        Raises:
            UnfinishedCallError: The resource exists and is not complete.
            CallError: The call failed.
        """
        with raising_call_errors():
            self.stub.Delete(
                provider_pb2.DeleteRequest(
                    id=identifier,
                    urn=urn(kind),
                    type=kind,
                    old_inputs=encode(inputs, frozenset()),
                    properties=encode(outputs, frozenset()),
                    timeout=timeout,
                )
            )

    def cancel(self) -> None:
        """Cancel."""
        self.stub.Cancel(empty_pb2.Empty())

    def close(self) -> None:
        """As the engine: interrupt, and wait until it went."""
        self.process.send_signal(2)
        assert self.process.wait(10) == 0


@contextlib.contextmanager
def raising_call_errors() -> Iterator[None]:
    """Turn gRPC's error into what the engine would make of it.

    Raises:
        UnfinishedCallError: The resource exists and is not complete.
        CallError: The call failed.
    """
    try:
        yield
    except grpc.RpcError as error:
        packed = next(
            (item.value for item in error.trailing_metadata() or () if item.key == "grpc-status-details-bin"),
            None,
        )
        if isinstance(packed, bytes):
            status = status_pb2.Status()
            status.ParseFromString(packed)
            failed = provider_pb2.ErrorResourceInitFailed()
            for detail in status.details:
                if detail.Unpack(failed):
                    unfinished = Unfinished(
                        failed.id, plain(failed.properties).properties, tuple(failed.reasons)
                    )
                    raise UnfinishedCallError(unfinished) from None
        raise CallError(error.details()) from None


@contextlib.contextmanager
def plugin(environment: Mapping[str, str], state_home: Path) -> Iterator[Plugin]:
    """Start the executable with nothing but the given environment; ended by the pipe to its input closing.

    What `make coverage` tells the processes that it measures goes along.
    """
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    process = subprocess.Popen(
        [str(EXECUTABLE), "127.0.0.1:1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(state_home), **measured, **environment},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Plugin(process, provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def configuration(api: RunningApi, **more: str | int) -> Properties:
    """Provider configuration for a running API."""
    return {
        "username": api.username,
        "apiKey": api.api_key,
        "endpointUrl": api.xmlrpc,
        "timeout": 5,
        "orderSettle": 2,
        **more,
    }
