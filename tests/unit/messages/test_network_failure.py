"""Failed connections are described in words, without names of exceptions and numbers of errors."""

import errno
import socket
import ssl

import asyncssh
import httpx
import pytest

from messages.network_failure import describe_network_failure


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EHOSTUNREACH, "Connect call failed ('192.0.2.1', 22)"), "no route to host"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "connection refused"),
        (
            OSError(
                "Multiple exceptions: [Errno 111] Connect call failed ('::1', 22), [Errno 113] Connect call"
            ),
            "connection refused, no route to host",
        ),
        (TimeoutError(), "no answer within 10 s"),
        (httpx.ReadTimeout("timed out"), "no answer within 10 s"),
        (httpx.ConnectError("[Errno 101] Network is unreachable"), "network is unreachable"),
        (socket.gaierror(-2, "Name or service not known"), "this machine cannot resolve the host's name"),
        (asyncssh.ConnectionLost("Connection lost"), "Connection lost"),
        (
            ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
            "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate",
        ),
        (httpx.ReadError(""), "the connection failed (ReadError)"),
        (httpx.RemoteProtocolError("Server\n disconnected"), "Server disconnected"),
    ],
    ids=str,
)
def test_a_failed_connection_is_described_in_words(error: Exception, words: str) -> None:
    text = describe_network_failure(error, 10.0)
    assert text.removeprefix("(1, '").removesuffix("')") == words


def test_the_cause_is_read_as_well() -> None:
    error = httpx.ReadError("")
    error.__cause__ = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    assert describe_network_failure(error) == "connection reset by peer"
    assert describe_network_failure(TimeoutError()) == "no answer in time"
