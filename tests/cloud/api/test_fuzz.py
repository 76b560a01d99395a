"""Inputs nobody should send, over both wires, more than 10,000 in all: a fault each, no crash, no secret.

Most are handed to the application in this process; a share goes through real sockets.
"""

import base64
import contextlib
import errno
import json
import socket
import xmlrpc.client
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cloud.api.method_table import IMPLEMENTED, rows
from harness.cloud.running_api import API_KEY, USERNAME, RunningApi, serve
from tests.cloud.api.in_process import Answer, InProcess, in_process
from tests.support.campaign import Campaign
from tests.support.cloud.ordering import template

BASIC = "Basic " + base64.b64encode(f"{USERNAME}:{API_KEY}".encode()).decode()
IMPLEMENTED_METHODS = [(row.service, row.method) for row in rows() if row.status == IMPLEMENTED]
INPUTS = Campaign("api-inputs", full=10_000, sample=1_000)
KINDS = 5
"""Tests that share the inputs; the logins and the sockets come on top."""
OVER_SOCKETS = 0.03
"""Share of the inputs that goes over sockets as well (choice)."""

fuzz = settings(
    max_examples=-(-INPUTS.size // KINDS),
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with in_process(tmp_path_factory.mktemp("fuzz")) as in_process_api:
        body = json.dumps({"parameters": [template()]}).encode()
        order_answer = in_process_api.ask(
            "POST", "/rest/v3.1/SoftLayer_Virtual_Guest", body=body, authorization=BASIC
        )
        assert order_answer.status == 200
        yield in_process_api


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    with serve(tmp_path_factory.mktemp("served") / "cloud") as running:
        yield running


def _fault_of(answer: Answer) -> tuple[str, str] | None:
    """The fault of a REST answer, None where it worked; anything that is not the API's own fails the test."""
    if answer.headers.get("content-type", "").startswith("text/plain"):
        # The router's: no such path, or a verb it does not take.
        assert answer.status in (404, 405), answer
        return str(answer.status), ""
    document = json.loads(answer.body)
    if answer.status == 200:
        return None
    assert answer.status in (400, 401, 404, 413, 500), answer
    return document["code"], document["error"]


def _xml_fault_of(answer: Answer) -> tuple[str, str] | None:
    assert answer.status == 200, answer
    try:
        xmlrpc.client.loads(answer.body, use_builtin_types=True)
    except xmlrpc.client.Fault as fault:
        return str(fault.faultCode), fault.faultString
    return None


def _check(answer: Answer, fault: tuple[str, str] | None) -> None:
    assert API_KEY.encode() not in answer.body
    if fault is not None:
        code, text = fault
        assert code.startswith(("SoftLayer_Exception", "-32", "40")), answer
        assert text != "Internal Error", answer


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "110000001", "1e999", "\x00", "\ud800", "true", "null", "../..", "%00", "mask["]
    ),
)
_plain: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(template())) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)
_templates = st.dictionaries(st.sampled_from(sorted(template())), _plain, max_size=3).map(
    lambda changes: {**template(), **changes, "hostname": changes.get("hostname", "")}
)
_arguments = st.lists(_templates | _plain, max_size=3)
_identifiers = st.sampled_from([None, "110000001", "1", "0", "-1", "x", "99999999999999999999"]) | st.text(
    "0123456789abc-_.é", min_size=1, max_size=10
)
_masks = st.text("mask[](),.;idhostname \n", max_size=30) | st.integers(1, 3000).map(
    lambda deep: "mask" + "[billingItem" * deep + "]" * deep
)
_filters = st.dictionaries(
    st.sampled_from(["virtualGuests", "hostname", "id", "operation", "options"]),
    st.recursive(
        _scalars,
        lambda inner: (
            st.dictionaries(
                st.sampled_from(["operation", "options", "hostname", "id", "name", "value", "datacenter"]),
                inner,
                max_size=3,
            )
            | st.lists(inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=3,
)


def _truncate(data: st.DataObject, whole: bytes) -> bytes:
    """A body with a piece replaced by something else, or cut off."""
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(len(whole), at + 20)))
    junk = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"<", b"&a;", b"]]>", b"{", b"[" * 300, b'"', b"\xff\xfe"])
    )
    return whole[:at] + junk + whole[until:]


@seed(INPUTS.seed)
@fuzz
@given(
    endpoint=st.sampled_from(IMPLEMENTED_METHODS),
    verb=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    identifier=_identifiers,
    arguments=_arguments,
    mask=_masks,
    object_filter=_filters,
    limit=st.text("0123456789,-", max_size=8),
)
def test_rest_calls_of_every_method(
    api: InProcess,
    endpoint: tuple[str, str],
    verb: str,
    identifier: str | None,
    arguments: list[Any],
    mask: str,
    object_filter: Any,  # noqa: ANN401 - any JSON at all
    limit: str,
) -> None:
    service, method = endpoint
    path = "/".join(part for part in ("/rest/v3.1", service, identifier, method) if part is not None)
    query = urlencode({"objectMask": mask, "objectFilter": json.dumps(object_filter), "resultLimit": limit})
    body = json.dumps({"parameters": arguments}).encode()
    answer = api.ask(verb, path, query=query, body=body, authorization=BASIC)
    _check(answer, _fault_of(answer))


@seed(INPUTS.seed)
@fuzz
@given(data=st.data(), endpoint=st.sampled_from(IMPLEMENTED_METHODS), arguments=_arguments)
def test_rest_bodies_that_are_broken(
    api: InProcess, data: st.DataObject, endpoint: tuple[str, str], arguments: list[Any]
) -> None:
    body = _truncate(data, json.dumps({"parameters": arguments}).encode())
    path = data.draw(
        st.sampled_from([f"/rest/v3/{endpoint[0]}/{endpoint[1]}.json", f"/rest/v3.1/{endpoint[0]}"])
        | st.text("/SoftLayer_.json%é0", max_size=20).map(lambda text: "/rest/v3.1/" + text)
    )
    query = data.draw(st.text('objectMaskFilterresultLimit=&[]%{}"1,é', max_size=30))
    answer = api.ask("POST", path, query=query, body=body, authorization=BASIC)
    _check(answer, _fault_of(answer))


def _encodable(value: object) -> Any:  # noqa: ANN401 - what xmlrpc.client can write of a value
    """The value without what XML-RPC cannot carry at all."""
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**31 else str(value)
    if isinstance(value, dict):
        return {_encodable(str(name)): _encodable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_encodable(element) for element in value]
    return (
        ""
        if value is None
        else "".join(
            character
            for character in str(value)
            if character >= " " and not "\ud800" <= character <= "\udfff"
        )
    )


def _call(service: str, method: str, headers: dict[str, Any], arguments: list[Any]) -> bytes:
    login = {"username": USERNAME, "apiKey": API_KEY}
    parameters = ({"headers": {"authenticate": login, **headers}}, *arguments)
    return xmlrpc.client.dumps(tuple(_encodable(list(parameters))), method, allow_none=True).encode(
        "utf-8", "replace"
    )


@seed(INPUTS.seed)
@fuzz
@given(
    endpoint=st.sampled_from(IMPLEMENTED_METHODS),
    arguments=_arguments,
    identifier=_identifiers | _plain,
    mask=_masks | _plain,
    object_filter=_filters | _plain,
    window=st.dictionaries(st.sampled_from(["limit", "offset"]), _scalars, max_size=2) | _plain,
)
def test_xmlrpc_calls_of_every_method(
    api: InProcess,
    endpoint: tuple[str, str],
    arguments: list[Any],
    identifier: object,
    mask: object,
    object_filter: object,
    window: object,
) -> None:
    service, method = endpoint
    headers = {
        f"{service}InitParameters": {"id": identifier},
        "SoftLayer_ObjectMask": {"mask": mask},
        f"{service}ObjectFilter": object_filter,
        "resultLimit": window,
    }
    answer = api.ask("POST", f"/xmlrpc/v3.1/{service}", body=_call(service, method, headers, arguments))
    _check(answer, _xml_fault_of(answer))


_BOMBS = st.integers(1, 12).map(
    lambda deep: (
        "<!DOCTYPE b [<!ENTITY a0 'aaaaaaaa'>"
        + "".join(f"<!ENTITY a{at + 1} '{f'&a{at};' * 10}'>" for at in range(deep))
        + f"]><methodCall><methodName>&a{deep};</methodName></methodCall>"
    ).encode()
) | st.sampled_from([b"<!DOCTYPE b [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><methodCall>&a;</methodCall>"])


@seed(INPUTS.seed)
@fuzz
@given(data=st.data(), endpoint=st.sampled_from(IMPLEMENTED_METHODS), arguments=_arguments)
def test_xmlrpc_bodies_that_are_broken(
    api: InProcess, data: st.DataObject, endpoint: tuple[str, str], arguments: list[Any]
) -> None:
    whole = _call(*endpoint, {}, arguments)
    deep = st.integers(1, 2000).map(
        lambda many: b"<methodCall><params><param>" + b"<value><array><data>" * many
    )
    body = (
        data.draw(_BOMBS | deep | st.binary(max_size=60) | st.just(b""))
        if data.draw(st.booleans())
        else _truncate(data, whole)
    )
    answer = api.ask("POST", f"/xmlrpc/v3.1/{endpoint[0]}", body=body)
    _check(answer, _xml_fault_of(answer))


@seed(INPUTS.seed)
@settings(fuzz, max_examples=max(1, INPUTS.size // 20))
@given(
    username=st.text(max_size=10) | st.sampled_from([USERNAME, "apikey"]),
    api_key=st.text(max_size=20) | st.sampled_from([API_KEY[:-1], API_KEY + "0", API_KEY.upper() + "x"]),
    raw=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=20),
    value=_plain,
)
def test_nobody_else_gets_in(api: InProcess, username: str, api_key: str, raw: str, value: object) -> None:
    sent = base64.b64encode(f"{username}:{api_key}".encode("utf-8", "replace")).decode()
    for header in (f"Basic {sent}", f"Basic {raw}", raw, ""):
        answer = api.ask("GET", "/rest/v3.1/SoftLayer_Account", authorization=header)
        assert answer.status == 401, header
        _check(answer, _fault_of(answer))
    for login in ({"username": username, "apiKey": api_key}, value):
        body = xmlrpc.client.dumps(
            tuple(_encodable([{"headers": {"authenticate": login}}])), "getObject"
        ).encode()
        answer = api.ask("POST", "/xmlrpc/v3.1/SoftLayer_Account", body=body)
        fault = _xml_fault_of(answer)
        assert fault is not None
        assert fault[1] in ("Invalid API token.", "No valid authentication found")
        _check(answer, fault)


@seed(INPUTS.seed)
@settings(fuzz, max_examples=max(1, round(INPUTS.size * OVER_SOCKETS)))
@given(
    data=st.data(),
    endpoint=st.sampled_from(IMPLEMENTED_METHODS),
    arguments=_arguments,
    head=st.binary(max_size=60) | st.sampled_from([b"", b"\r\n\r\n", b"GET", b"X"]),
    times=st.sampled_from([1, 1, 70_000]),
)
def test_real_sockets(
    served: RunningApi,
    data: st.DataObject,
    endpoint: tuple[str, str],
    arguments: list[Any],
    head: bytes,
    times: int,
) -> None:
    """Requests that are no HTTP, and broken bodies with a promised length that may be wrong."""
    body = _truncate(data, _call(*endpoint, {}, arguments))
    promised = len(body) + data.draw(st.sampled_from([0, 0, 0, 5, -1, 10**12]))
    head_line = f"POST /xmlrpc/v3.1/{endpoint[0]} HTTP/1.1\r\nHost: x\r\n"
    proper = f"{head_line}Content-Length: {promised}\r\n\r\n".encode()
    for request in (head * times, proper + body):
        answer = _exchanged(served.port, request)
        assert API_KEY.encode() not in answer
        assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert served.client().call("Account", "getObject")["id"]


def _exchanged(port: int, request: bytes) -> bytes:
    """What comes back until the server has enough; it may reset the connection over what it never read."""
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as wire,
        contextlib.suppress(ConnectionError),
    ):
        wire.sendall(request)
        try:
            wire.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # it has hung up already
                raise
        while piece := wire.recv(65536):
            answer += piece
    return answer


def test_it_was_enough_and_all_of_it_still_works(api: InProcess, served: RunningApi) -> None:
    assert api.request_count >= INPUTS.size
    answer = api.ask("GET", "/rest/v3.1/SoftLayer_Account", authorization=BASIC)
    assert (answer.status, json.loads(answer.body)["companyName"]) == (200, "Local cloud")
    assert served.client("rest").call("Account", "getObject")["id"]
