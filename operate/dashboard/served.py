"""Whether a dashboard is served already."""

import http.client
import json
import socket

from operate.error import OperateError

_SECONDS = 10.0
"""For which a dashboard may take to ask the stack (choice)."""


class PortTakenError(OperateError):
    """The port has the dashboard of another stack, or something else."""


def find_served(environment: str, port: int) -> str:
    """Return the address of the dashboard of a stack on a port of 127.0.0.1; "" where nobody serves there.

    Args:
        environment: Name of the stack.
        port: TCP port; 0 is none.

    Raises:
        PortTakenError: The dashboard of another stack, or something else, has the port.
    """
    if not port:
        return ""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", "/environment.json")
        response = connection.getresponse()
        content: object = json.loads(response.read()) if response.status == http.HTTPStatus.OK else None
    except ConnectionRefusedError:
        return ""
    except (OSError, http.client.HTTPException, ValueError):
        content = None
    finally:
        connection.close()
    served = content.get("environment") if isinstance(content, dict) else None
    if served != environment:
        what = f"the dashboard of {served}" if served else "another program"
        raise PortTakenError(f"port {port} of 127.0.0.1 has {what}; take another with --port")
    return f"http://127.0.0.1:{port}/"


def find_served_or_free(environment: str, port: int) -> tuple[str, int]:
    """Return the address of the dashboard of a stack, "" where nobody serves it, and the port to serve it on.

    Args:
        environment: Name of the stack.
        port: TCP port of 127.0.0.1 to try; the returned one is 0, any free one, where another program has it.
    """
    try:
        url = find_served(environment, port)
    except PortTakenError:
        return "", 0
    return url, port if url or _is_free(port) else 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
