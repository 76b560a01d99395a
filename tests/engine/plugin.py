"""A resource plugin as a real process, spoken to over real gRPC as the engine does."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.engine.wire import Properties, from_struct, to_struct

_LIMIT = 60.0


@dataclass(frozen=True)
class Resource:
    id: str
    token: str
    inputs: Properties
    state: Properties


class Plugin:
    def __init__(self, executable: Path, engine_address: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(executable), engine_address],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(environment),
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port.isdigit(), f"{executable} printed {port!r} for its port"
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def configure(self, settings: Mapping[str, str] | None = None) -> provider_pb2.ConfigureResponse:
        answer: provider_pb2.ConfigureResponse = self.stub.Configure(
            provider_pb2.ConfigureRequest(
                args=to_struct(settings or {}),
                variables={f"docker:config:{name}": value for name, value in (settings or {}).items()},
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
            ),
            timeout=_LIMIT,
        )
        return answer

    def schema(self) -> dict[str, Any]:
        response = self.stub.GetSchema(provider_pb2.GetSchemaRequest(), timeout=_LIMIT)
        schema = json.loads(response.schema)
        assert isinstance(schema, dict)
        return schema

    def check(self, token: str, inputs: Properties) -> tuple[Properties, dict[str, str]]:
        """The checked inputs, and the reason by property of each failure."""
        response = self.stub.Check(
            provider_pb2.CheckRequest(urn=_urn(token), news=to_struct(inputs)), timeout=_LIMIT
        )
        return from_struct(response.inputs), {item.property: item.reason for item in response.failures}

    def create(self, token: str, inputs: Properties, *, preview: bool = False) -> Resource:
        checked, failures = self.check(token, inputs)
        assert failures == {}
        response = self.stub.Create(
            provider_pb2.CreateRequest(urn=_urn(token), properties=to_struct(checked), preview=preview),
            timeout=_LIMIT,
        )
        return Resource(response.id, token, checked, from_struct(response.properties))

    def diff(self, old: Resource, inputs: Properties) -> provider_pb2.DiffResponse:
        checked, failures = self.check(old.token, inputs)
        assert failures == {}
        answer: provider_pb2.DiffResponse = self.stub.Diff(
            provider_pb2.DiffRequest(
                id=old.id,
                urn=_urn(old.token),
                olds=to_struct(old.state),
                old_inputs=to_struct(old.inputs),
                news=to_struct(checked),
            ),
            timeout=_LIMIT,
        )
        return answer

    def update(self, old: Resource, inputs: Properties, *, preview: bool = False) -> Resource:
        checked, failures = self.check(old.token, inputs)
        assert failures == {}
        response = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=old.id,
                urn=_urn(old.token),
                olds=to_struct(old.state),
                old_inputs=to_struct(old.inputs),
                news=to_struct(checked),
                preview=preview,
            ),
            timeout=_LIMIT,
        )
        return Resource(old.id, old.token, checked, from_struct(response.properties))

    def read(self, old: Resource) -> Resource:
        response = self.stub.Read(
            provider_pb2.ReadRequest(
                id=old.id, urn=_urn(old.token), properties=to_struct(old.state), inputs=to_struct(old.inputs)
            ),
            timeout=_LIMIT,
        )
        return Resource(
            response.id, old.token, from_struct(response.inputs), from_struct(response.properties)
        )

    def delete(self, old: Resource) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=old.id,
                urn=_urn(old.token),
                properties=to_struct(old.state),
                old_inputs=to_struct(old.inputs),
            ),
            timeout=_LIMIT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _urn(token: str) -> str:
    return f"urn:pulumi:test::project::{token}::thing"
