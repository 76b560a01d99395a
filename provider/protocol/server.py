"""The plugin process: serves gRPC on a free port, prints it, and goes when the engine does."""

import asyncio
import logging
import os
import signal
import stat
import sys
from collections.abc import Callable

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from provider.open_session import environment
from provider.protocol.engine_log import EngineLog
from provider.protocol.servicer import Servicer
from provider.redaction import Redactor

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def main(arguments: list[str]) -> int:
    """Serve until told to go.

    Args:
        arguments: Arguments as the engine gives them; the last one that is no flag is the engine's address.

    Returns:
        The exit code.
    """
    positional = [argument for argument in arguments if not argument.startswith("-")]
    redactor = Redactor()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(redactor)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(message)s")
    asyncio.run(_serve(positional[-1] if positional else None, redactor))
    return 0


async def _serve(engine: str | None, redactor: Redactor) -> None:
    servicer = Servicer(EngineLog(engine, redactor), redactor, environment())
    server = grpc.aio.server(options=UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop_requested.set)
    _watch_parent(loop, lambda: os._exit(1))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await stop_requested.wait()
    # Threads may still hang in a call; the engine waits for the process, not for them.
    sys.stderr.flush()
    os._exit(0)


def _watch_parent(loop: asyncio.AbstractEventLoop, go: Callable[[], None]) -> None:
    """Go at once when the engine dies: it holds the other end of our standard input.

    A provider that outlives a killed CLI might still place an order while the next `pulumi up` searches for
    it.
    """
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return

    def readable() -> None:
        if not os.read(0, 4096):
            go()

    loop.add_reader(0, readable)
