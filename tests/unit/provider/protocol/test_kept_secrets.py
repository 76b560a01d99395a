"""What an update keeps of before stays secret, though the program no longer says so."""

import asyncio
from collections.abc import Mapping
from typing import NoReturn, cast

import grpc
import pytest
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2

from provider.errors import UnfinishedError
from provider.protocol import servicer as module
from provider.protocol.servicer import Context, Servicer
from provider.protocol.wire import decode, encode
from provider.redaction import Redactor
from provider.resources.by_table import ByTable
from provider.resources.contract import Resource, State, Target
from provider.resources.fields import Field
from provider.session import Session
from provider.softlayer.account import ACCOUNT_ID
from provider.values import Properties, flag
from tests.support.provider.provider_session import Silent, session

KIND = "softlayer:index:Installed"
URN = f"urn:pulumi:test::registry::{KIND}::it"
OLD: Properties = {"userData": "the password", "plain": "a", ACCOUNT_ID: 12345}


class Installed(ByTable):
    """A resource that keeps what was installed, whatever the program says now."""

    token = KIND
    fields = (Field("userData", creation_only=True), Field("plain"), Field("fails", bool))

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        return {**inputs, "userData": (outputs or {}).get("userData")}

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        outputs = {**news, "userData": old.outputs["userData"]}
        if flag(news, "fails"):
            raise UnfinishedError(identifier, outputs, ("not yet",))
        return outputs


class AbortedError(Exception):
    """The call was answered by an error."""


class Aborting:
    """The protocol's context, which keeps the error."""

    def __init__(self) -> None:
        self.metadata: tuple[tuple[str, bytes], ...] = ()

    async def abort(
        self, code: grpc.StatusCode, message: str, trailing_metadata: tuple[tuple[str, bytes], ...] = ()
    ) -> NoReturn:
        self.metadata = trailing_metadata
        raise AbortedError(message)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Servicer:
    resources: Mapping[str, Resource] = {KIND: cast(Resource, Installed())}
    monkeypatch.setattr(module, "RESOURCES", resources)
    served = Servicer(Silent(), Redactor(), {})
    served.session = session()

    async def same(what: str, outputs: Properties) -> int:
        return 12345

    monkeypatch.setattr(served.session.account, "check_same", same)
    return served


def request(news: Properties, *, preview: bool = False) -> provider_pb2.UpdateRequest:
    secret = frozenset({"userData"})
    return provider_pb2.UpdateRequest(
        id="1", urn=URN, type=KIND, preview=preview,
        olds=encode(OLD, secret), old_inputs=encode(OLD, secret), news=encode(news, frozenset()),
    )  # fmt: skip


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("news", [{"plain": "b"}, {"plain": "b", "userData": "no secret"}])
def test_a_secret_that_is_kept_stays_one(served: Servicer, news: Properties, *, preview: bool) -> None:
    context = cast(Context, Aborting())
    answer = asyncio.run(served.Update(request(news, preview=preview), context))
    decoded = decode(answer.properties, lambda _: None)
    assert decoded.properties["userData"] == "the password"
    assert decoded.secrets == {"userData"}


def test_a_secret_that_is_kept_by_a_failed_update_stays_one(served: Servicer) -> None:
    aborting = Aborting()
    with pytest.raises(AbortedError):
        asyncio.run(served.Update(request({"plain": "b", "fails": True}), cast(Context, aborting)))
    status = status_pb2.Status.FromString(aborting.metadata[0][1])
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    assert decode(failed.properties, lambda _: None).secrets == {"userData"}
