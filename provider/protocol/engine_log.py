"""Messages to the user, through the engine's log."""

import logging
from typing import cast

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from provider.redaction import Redactor

LOG = logging.getLogger("provider")
PATIENCE = 2.0
"""Seconds for one message; a message that the engine does not take is dropped."""


class EngineLog:
    """Implements `provider.session.Reporter`. Without an engine (tests, attach) messages go to the log."""

    def __init__(self, address: str | None, redactor: Redactor) -> None:
        self._redactor = redactor
        self._stub: engine_pb2_grpc.EngineAsyncStub | None = None
        if address:
            channel = grpc.aio.insecure_channel(address)
            self._stub = cast("engine_pb2_grpc.EngineAsyncStub", engine_pb2_grpc.EngineStub(channel))

    async def progress(self, urn: str, message: str) -> None:
        """Show a passing status beside the resource."""
        await self._send(engine_pb2.INFO, urn, message, ephemeral=True)

    async def warning(self, urn: str, message: str) -> None:
        """Show a warning beside the resource."""
        LOG.warning("%s", message)
        await self._send(engine_pb2.WARNING, urn, message, ephemeral=False)

    async def _send(
        self, severity: engine_pb2.LogSeverity.ValueType, urn: str, message: str, *, ephemeral: bool
    ) -> None:
        if self._stub is None:
            return
        request = engine_pb2.LogRequest(
            severity=severity, message=self._redactor.clean(message), urn=urn, ephemeral=ephemeral
        )
        try:
            await self._stub.Log(request, timeout=PATIENCE)
        except grpc.aio.AioRpcError as error:
            LOG.debug("the engine did not take a message: %s", error.code())
