"""The engine's side of the plugin protocol: keeps what plugins log."""

import threading
from concurrent import futures
from types import TracebackType
from typing import Self

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class RecordingEngine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []
        self._guard = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        with self._guard:
            self.messages.append((request.severity, request.message))
        return empty_pb2.Empty()

    @property
    def infos(self) -> list[str]:
        return [message for severity, message in self.messages if severity == engine_pb2.INFO]

    @property
    def warnings(self) -> list[str]:
        return [message for severity, message in self.messages if severity == engine_pb2.WARNING]

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(None).wait()
