"""Between Pulumi's wire values and plain data.

Source: the signatures of pulumi/sdk go/common/resource/plugin/rpc.go and sig.go, v3.259.0. Secrets and
outputs are unwrapped and their top-level property noted, unknown values become `UNKNOWN`; assets, archives
and resource references stay maps, which no property of this provider accepts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from google.protobuf import struct_pb2

from provider.values import UNKNOWN, Properties, Unknown, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark of a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""Strings that stand for an unknown boolean, number, string, array, asset, archive and object."""

Plain: TypeAlias = "bool | float | str | Sequence[Plain] | Mapping[str, Plain] | None"
"""What a Struct can hold."""


@dataclass(frozen=True)
class Decoded:
    """Properties off the wire.

    Attributes:
        properties: Plain properties, without nulls.
        secrets: Names of the properties that are secret or hold a secret.
    """

    properties: Properties
    secrets: frozenset[str]


def decode(struct: struct_pb2.Struct, register_secret: Callable[[object], None]) -> Decoded:
    """Read properties.

    Args:
        struct: Struct as received.
        register_secret: Told each secret string, so that it can be kept out of logs.
    """
    properties: dict[str, Value] = {}
    secrets: set[str] = set()
    for name, wire in struct.fields.items():
        value, secret = _decode(wire, register_secret, secret=False)
        if value is not None:
            properties[name] = value
        if secret:
            secrets.add(name)
    return Decoded(properties, frozenset(secrets))


def _decode(
    wire: struct_pb2.Value, register_secret: Callable[[object], None], *, secret: bool
) -> tuple[Value, bool]:
    """Return the plain value, and whether it is secret or holds a secret.

    `secret` says it lies inside one.
    """
    kind = wire.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_map(wire.struct_value.fields, register_secret, secret=secret)
    if kind == "list_value":
        decoded = [_decode(item, register_secret, secret=secret) for item in wire.list_value.values]
        return [value for value, _ in decoded], secret or any(inside for _, inside in decoded)
    if kind == "string_value":
        if wire.string_value in UNKNOWNS:
            return UNKNOWN, secret
        if secret:
            register_secret(wire.string_value)
        return wire.string_value, secret
    if kind == "number_value":
        number = wire.number_value
        return (int(number) if number.is_integer() else number), secret
    return (wire.bool_value if kind == "bool_value" else None), secret


def _decode_map(
    fields: Mapping[str, struct_pb2.Value], register_secret: Callable[[object], None], *, secret: bool
) -> tuple[Value, bool]:
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if signature == SECRET:
        return _decode(fields["value"], register_secret, secret=True)
    if signature == OUTPUT:
        inner = secret or ("secret" in fields and fields["secret"].bool_value)
        if "value" not in fields:
            return UNKNOWN, inner
        return _decode(fields["value"], register_secret, secret=inner)
    decoded = {name: _decode(item, register_secret, secret=secret) for name, item in fields.items()}
    return (
        {name: value for name, (value, _) in decoded.items()},
        secret or any(inside for _, inside in decoded.values()),
    )


def encode(properties: Properties, secrets: frozenset[str]) -> struct_pb2.Struct:
    """Write properties.

    Args:
        properties: Plain properties, without nulls.
        secrets: Names of the properties to wrap as secrets.
    """
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        if value is None:
            continue
        plain = _plain(value)
        wrapped: Plain = {SIGNATURE: SECRET, "value": plain} if name in secrets else plain
        struct.update({name: wrapped})
    return struct


def _plain(value: Value) -> Plain:
    if isinstance(value, Unknown):
        return UNKNOWN_STRING
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
