"""XML-RPC requests to plain values.

Entities, DTDs and deep nesting are refused while reading, so that a small body cannot become a large one.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from cloud import faults
from cloud.values import Json

# A value of the API is a handful of structs deep; each takes three elements (struct, member, value).
_DEEPEST = 200


@dataclass
class _Frame:
    """An open element, what was found in it, and its text."""

    tag: str
    values: list[Json] = field(default_factory=list)
    members: dict[str, Json] = field(default_factory=dict)
    name: str = ""
    text: list[str] = field(default_factory=list)
    typed: bool = False


def read_method_call(body: bytes) -> tuple[str, list[Json]]:
    """Return the method's name and the parameters.

    Raises:
        ApiFault: The body is no XML, or no method call.
    """
    reader = _Reader()
    try:
        parser = XMLParser(target=reader, forbid_dtd=True, encoding=_encoding(body))
        parser.feed(body)
        parser.close()
    except (ParseError, DefusedXmlException, LookupError, UnicodeError) as error:
        raise faults.malformed_xml() from error
    if not reader.method:
        raise faults.malformed_call("a method name is needed.")
    return reader.method, reader.parameters


def _encoding(body: bytes) -> str | None:
    """Return UTF-8 where the body is that, otherwise what it declares.

    The official client declares ISO 8859-1 and sends UTF-8 (SoftLayer 6.2.9, transports/xmlrpc.py).
    """
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


class _Reader:
    """Target of the XML parser: builds values from the inside out, without recursion."""

    def __init__(self) -> None:
        self.method = ""
        self.parameters: list[Json] = []
        self._open: list[_Frame] = [_Frame("")]

    def start(self, tag: str, _: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise faults.malformed_call("it is nested too deeply.")
        self._open.append(_Frame(tag))

    def data(self, text: str) -> None:
        self._open[-1].text.append(text)

    def end(self, _: str) -> None:
        frame = self._open.pop()
        text = "".join(frame.text)
        outer = self._open[-1]
        match frame.tag:
            case "methodName":
                self.method = text.strip()
            case "name":
                outer.name = text
            case "value":
                outer.values.append(frame.values[-1] if frame.typed else text)
            case "member":
                outer.members[frame.name] = frame.values[-1] if frame.values else None
            case "param":
                self.parameters.extend(frame.values[:1])
            case "data":
                outer.values = frame.values
            case "methodCall" | "params" | "fault":
                pass
            case _:
                outer.values.append(_typed(frame, text))
                outer.typed = True

    def close(self) -> None:
        """The parser asks for it at the end."""


_SCALARS: dict[str, Callable[[str], Json]] = {
    "string": lambda text: text,
    "int": int,
    "i4": int,
    "i8": int,
    "double": float,
    "boolean": lambda text: text.strip() in ("1", "true"),
    "dateTime.iso8601": lambda text: text.strip(),
    "base64": lambda text: base64.b64decode(text).decode("utf-8"),
    "nil": lambda _: None,
}


def _typed(frame: _Frame, text: str) -> Json:
    if frame.tag == "struct":
        return frame.members
    if frame.tag == "array":
        return frame.values
    read = _SCALARS.get(frame.tag)
    if read is None:
        raise faults.malformed_call(f"'{frame.tag[:40]}' is no XML-RPC element.")
    try:
        return read(text)
    except (ValueError, binascii.Error) as error:
        raise faults.malformed_call(f"a value is no {frame.tag}.") from error
