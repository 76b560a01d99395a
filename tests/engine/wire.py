"""Property values as plugins and engine send them: plain JSON, with marked objects for secrets and assets."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2

# The marks of the Pulumi protocol; source: pulumi.runtime.rpc.
_MARK = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Properties = dict[str, Any]


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


def from_struct(struct: struct_pb2.Struct) -> Properties:
    return json_format.MessageToDict(struct)


def secret(value: object) -> Properties:
    return {_MARK: _SECRET, "value": value}


def is_secret(value: object) -> bool:
    return isinstance(value, dict) and value.get(_MARK) == _SECRET


def reveal(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return value["value"] if is_secret(value) else value


def text_asset(text: str) -> Properties:
    return {_MARK: _ASSET, "text": text, "hash": hashlib.sha256(text.encode()).hexdigest()}


def file_asset(path: Path) -> Properties:
    return {_MARK: _ASSET, "path": str(path), "hash": hashlib.sha256(path.read_bytes()).hexdigest()}


def file_archive(path: str, digest: str = "1") -> Properties:
    return {_MARK: _ARCHIVE, "path": path, "hash": digest}


def asset_archive() -> Properties:
    return {_MARK: _ARCHIVE, "assets": {"a": text_asset("a")}, "hash": "2"}
