"""What a server is installed with, as templates and orders name it: SSH keys and metadata."""

from collections.abc import Iterable

from cloud import arguments
from cloud.values import Json


def read_user_data(properties: dict[str, Json]) -> tuple[str, ...]:
    """Read the values of a template's metadata.

    Args:
        properties: The template of a server, or a server in an order.
    """
    values = arguments.sequence(properties, "userData")
    return tuple(arguments.text(entry, "value") for entry in values if isinstance(entry, dict))


def read_template_keys(properties: dict[str, Json]) -> tuple[int, ...]:
    """Read the ids of the SSH keys that a template names, each once.

    Args:
        properties: The template of a server.

    Raises:
        ApiFault: A key is no mapping, or its id is no number.
    """
    listed = (
        arguments.mapping(ssh_key, "sshKeys").get("id")
        for ssh_key in arguments.sequence(properties, "sshKeys")
    )
    return _numbers(listed, "sshKeys.id")


def read_order_keys(container: dict[str, Json], server: dict[str, Json], at: int) -> tuple[int, ...]:
    """Read the ids of the SSH keys that an order names for one of its servers, each once.

    Args:
        container: Container of the order, with a list of keys for each server; the last list is for the rest
            as well.
        server: Server as the order describes it, which may name keys of its own.
        at: The server's place in the order, counted from 0.

    Raises:
        ApiFault: An id is no number.
    """
    lists = arguments.sequence(container, "sshKeys")
    entry = lists[min(at, len(lists) - 1)] if lists else {}
    listed = arguments.sequence(entry, "sshKeyIds") if isinstance(entry, dict) else []
    own = [
        ssh_key.get("id") for ssh_key in arguments.sequence(server, "sshKeys") if isinstance(ssh_key, dict)
    ]
    return _numbers((*listed, *own), "sshKeys.sshKeyIds")


def _numbers(ids: Iterable[Json], where: str) -> tuple[int, ...]:
    numbers = (arguments.number(key_id, where) for key_id in ids)
    return tuple(dict.fromkeys(number for number in numbers if number is not None))
