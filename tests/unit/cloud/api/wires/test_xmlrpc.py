"""XML-RPC values in and out, against the standard library's own."""

import xmlrpc.client

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.api.wires.xmlrpc import read_request
from cloud.api.wires.xmlrpc_reader import read_method_call
from cloud.api.wires.xmlrpc_writer import write_fault, write_result
from cloud.faults import ApiFault
from cloud.values import Json

# XML 1.0 has no U+FFFE and U+FFFF; the writer leaves them out.
_text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    max_size=20,
)
_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31) + 1, 2**31 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(_values, max_size=3))
def test_what_the_client_sends_is_read(values: list[Json]) -> None:
    body = xmlrpc.client.dumps(tuple(values), "getObject", allow_none=True, encoding="iso-8859-1").encode()
    assert read_method_call(body) == ("getObject", values)


@given(_values)
def test_what_is_written_is_what_the_client_reads(value: Json) -> None:
    def without_null(value: Json) -> Json:
        if isinstance(value, list):
            return [without_null(inner) for inner in value]
        if isinstance(value, dict):
            return {name: without_null(inner) for name, inner in value.items()}
        return "" if value is None else value

    ((read,), _) = xmlrpc.client.loads(write_result(value))
    assert read == without_null(value)


@given(st.binary(max_size=200))
def test_random_bytes_are_a_fault(body: bytes) -> None:
    with pytest.raises(ApiFault):
        read_method_call(b"<" + body)


def test_a_fault_keeps_its_textual_code() -> None:
    with pytest.raises(xmlrpc.client.Fault) as raised:
        xmlrpc.client.loads(write_fault(ApiFault("SoftLayer_Exception_Public", "text <&> \x00 ü")))
    code: object = raised.value.faultCode
    assert code == "SoftLayer_Exception_Public"
    assert raised.value.faultString == "text <&>  ü"


def test_numbers_beyond_32_bits_become_doubles() -> None:
    ((read,), _) = xmlrpc.client.loads(write_result([2**31, -(2**40)]))
    assert read == [float(2**31), float(-(2**40))]


def test_the_headers_are_understood() -> None:
    headers = {
        "authenticate": {"username": "me", "apiKey": "key"},
        "SoftLayer_AccountInitParameters": {"id": 7},
        "SoftLayer_ObjectMask": {"mask": "mask[id]"},
        "SoftLayer_AccountObjectFilter": {"virtualGuests": {}},
        "resultLimit": {"limit": 5, "offset": 10},
    }
    body = xmlrpc.client.dumps(({"headers": headers}, "one", 2), "getVirtualGuests").encode()
    call, sent = read_request("SoftLayer_Account", body)
    assert (call.method, call.identifier, call.arguments) == ("getVirtualGuests", "7", ("one", 2))
    assert (call.object_filter, call.offset, call.limit) == ({"virtualGuests": {}}, 10, 5)
    assert [field.name for field in call.mask.fields] == ["id"]
    assert sent is not None
    assert (sent.username, sent.api_key) == ("me", "key")


def test_a_mask_as_a_structure_is_understood() -> None:
    headers = {"SoftLayer_AccountObjectMask": {"mask": {"virtualGuests": {"billingItem": ""}}}}
    call, _ = read_request(
        "SoftLayer_Account", xmlrpc.client.dumps(({"headers": headers},), "getObject").encode()
    )
    assert call.mask.fields[0].inner.fields[0].name == "billingItem"
