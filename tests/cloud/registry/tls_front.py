"""What stands before a legacy registry where it is reached from afar: TLS and one user's password."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cloud.machines.https_files import Authority

_REFUSAL = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def tls_front(folder: Path, port: int, user: str, password: str) -> Iterator[tuple[str, Path]]:
    """Its endpoint and the file of its authority; each connection carries one request, as curl's do."""
    authority = Authority(folder, "127.0.0.1")
    authority.make()
    credentials = base64.b64encode(f"{user}:{password}".encode())
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = listener.accept()
                threading.Thread(
                    target=_answer, args=(client, authority.context(), credentials, port)
                ).start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", authority.trust
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()


def _answer(plain: socket.socket, context: ssl.SSLContext, expected_status: bytes, port: int) -> None:
    with suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
        head = client.recv(65536)
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        if b"Authorization: Basic " + expected_status + b"\r\n" not in head:
            client.sendall(_REFUSAL)
            return
        with socket.create_connection(("127.0.0.1", port)) as server:
            # The registry ends the connection after the answer: then its bytes end, and so does this.
            server.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
            _pass_on(server, client)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
