"""Plain values to XML-RPC responses."""

import re
import xmlrpc.client

from cloud.faults import ApiFault
from cloud.values import Json

# What XML 1.0 cannot carry at all.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LARGEST = 2**31 - 1
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'


def write_result(result: Json) -> bytes:
    """Return a response with one value, without the methodResponse that XML-RPC's specification requires.

    So PHP's encoder writes it, and softlayer-go knows a list by `<params>` being the outermost element
    (softlayer/xmlrpc@5f089df, decoder.go); every other client takes both.

    Null becomes an empty string, as that encoder writes it (inference), and a number beyond 32 bits a double,
    since XML-RPC has no larger integer.
    """
    return f"{_HEAD}\n{xmlrpc.client.dumps((_plain(result),))}".encode()


def write_fault(fault: ApiFault) -> bytes:
    """Return a fault; its code is text, which the official client compares as such."""
    # The standard library would write a number: the response is put together from its parts.
    document = xmlrpc.client.dumps(({"faultCode": fault.code, "faultString": _text(fault.text)},))
    value = document.partition("<param>\n")[2].partition("</param>")[0]
    return f"{_HEAD}\n<methodResponse>\n<fault>\n{value}</fault>\n</methodResponse>\n".encode()


def _text(value: str) -> str:
    return _FORBIDDEN.sub("", value)


def _plain(value: Json) -> Json:
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -_LARGEST <= value <= _LARGEST else float(value)
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return {_text(name): _plain(member) for name, member in value.items()}
