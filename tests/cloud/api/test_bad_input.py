"""Input nobody should send: each is a fault, the API stays up, and no secret comes back."""

import json
import xmlrpc.client

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cloud.running_api import API_KEY, USERNAME, RunningApi

ACCOUNT = "SoftLayer_Account"
_BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<methodCall><methodName>getObject&c;</methodName></methodCall>"""
_FILE = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<methodCall><methodName>&a;</methodName></methodCall>"""
_DEEP = b"<methodCall><methodName>x</methodName>" + b"<params>" * 100_000


def _xmlrpc(api: RunningApi, body: bytes, service: str = ACCOUNT) -> tuple[str, str]:
    answer = httpx.post(api.xmlrpc + service, content=body, timeout=30)
    assert answer.status_code == 200
    assert API_KEY not in answer.text
    with pytest.raises(xmlrpc.client.Fault) as raised:
        xmlrpc.client.loads(answer.content)
    code: object = raised.value.faultCode
    assert isinstance(code, str)
    return code, raised.value.faultString


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"<",
        _BOMB,
        _FILE,
        _DEEP,
        b"\xff\xfe\x00",
        b"<methodCall/>",
        b"<methodCall><x/></methodCall>",
        b"<?xml version='1.0' encoding='klingon'?><methodCall/>",
        b"<methodCall><methodName>a</methodName><params><param><value><int>x</int></value></param></params></methodCall>",
    ],
)
def test_broken_xml_is_a_fault(running_api: RunningApi, body: bytes) -> None:
    assert _xmlrpc(running_api, body)[0] in ("-32700", "-32600", "SoftLayer_Exception_Public")
    assert running_api.client().call("Account", "getObject")["id"]


def test_a_huge_body_is_refused_on_both_wires(running_api: RunningApi) -> None:
    body = b"x" * (5 * 1024 * 1024)
    assert "larger than 4194304 bytes" in _xmlrpc(running_api, body)[1]
    answer = httpx.post(f"{running_api.rest}SoftLayer_Virtual_Guest", content=body, auth=(USERNAME, API_KEY))
    assert answer.status_code == 413
    endless = httpx.post(
        f"{running_api.rest}SoftLayer_Account", content=(body for _ in range(2)), auth=(USERNAME, API_KEY)
    )
    assert endless.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"7",
        b'{"parameters":7}',
        b"[" * 200_000,
        b'{"parameters":[' + b"[" * 500 + b"]" * 500 + b"]}",
        b'{"parameters":[NaN]}',
        b"\xff",
        b'{"parameters":[' + b"9" * 5000 + b"]}",
    ],
)
def test_broken_json_is_a_fault(running_api: RunningApi, body: bytes) -> None:
    answer = httpx.post(f"{running_api.rest}SoftLayer_Virtual_Guest", content=body, auth=(USERNAME, API_KEY))
    assert answer.status_code in (400, 500)
    assert answer.json()["error"] != "Internal Error"
    assert API_KEY not in answer.text


def test_control_characters_survive_the_wires(running_api: RunningApi) -> None:
    guest = running_api.client("rest").call(
        "Virtual_Guest",
        "createObject",
        {
            "hostname": "web",
            "domain": "example.com",
            "datacenter": {"name": "dal13"},
            "startCpus": 1,
            "maxMemory": 1024,
            "localDiskFlag": False,
            "hourlyBillingFlag": True,
            "operatingSystemReferenceCode": "UBUNTU_22_64",
        },
    )
    notes = "nul \x00 bell \x07 lone \ud800 umlaut ü <&>"
    running_api.client("rest").call("Virtual_Guest", "editObject", {"notes": notes}, id=guest["id"])
    current = running_api.client("xmlrpc").call(
        "Virtual_Guest", "getObject", id=guest["id"], mask="mask[notes]"
    )
    assert current["notes"] == "nul  bell  lone  umlaut ü <&>"


_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_names = st.sampled_from(
    [
        "hostname",
        "domain",
        "datacenter",
        "startCpus",
        "maxMemory",
        "blockDevices",
        "networkComponents",
        "sshKeys",
        "userData",
        "supplementalCreateObjectOptions",
        "hourlyBillingFlag",
        "localDiskFlag",
        "packageId",
        "prices",
        "virtualGuests",
        "orderContainers",
        "location",
        "presetId",
        "quantity",
        "operatingSystemReferenceCode",
        "provisionScripts",
        "key",
        "label",
    ]
)
_start = {
    "hostname": "web",
    "domain": "example.com",
    "datacenter": {"name": "dal13"},
    "startCpus": 1,
    "maxMemory": 1024,
    "localDiskFlag": False,
    "hourlyBillingFlag": True,
    "operatingSystemReferenceCode": "UBUNTU_22_64",
    "packageId": 46,
    "location": "dal13",
    "virtualGuests": [{"hostname": "web", "domain": "example.com"}],
    "prices": [{"id": number} for number in (1641, 21001, 45400, 2202, 27010)],
}


@pytest.mark.parametrize(
    "target", ["SoftLayer_Virtual_Guest/generateOrderTemplate", "SoftLayer_Product_Order/verifyOrder"]
)
def test_the_start_of_the_random_arguments_is_valid(running_api: RunningApi, target: str) -> None:
    answer = httpx.post(running_api.rest + target, json={"parameters": [_start]}, auth=(USERNAME, API_KEY))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "target",
    [
        "SoftLayer_Virtual_Guest/generateOrderTemplate",
        "SoftLayer_Product_Order/verifyOrder",
        "SoftLayer_Security_Ssh_Key",
    ],
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(_names, _plain, max_size=3), more=st.lists(_plain, max_size=2))
def test_no_argument_breaks_a_service(
    running_api: RunningApi, target: str, changes: dict[str, object], more: list[object]
) -> None:
    body = json.dumps({"parameters": [{**_start, **changes}, *more]})
    answer = httpx.post(running_api.rest + target, content=body, auth=(USERNAME, API_KEY))
    assert answer.status_code in (200, 400, 404, 500)
    document = answer.json()
    assert answer.status_code == 200 or document["error"] != "Internal Error", document


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mask=st.text("mask[](),.;abcid \n", max_size=40),
    object_filter=st.text(max_size=40) | _plain.map(json.dumps),
    limit=st.text("0123456789,-x", max_size=12),
    # The client resolves `..` itself, and asks for another place.
    path=st.text("abcX19-/._ü", max_size=20).filter(lambda path: ".." not in path.split("/")),
)
def test_no_query_breaks_the_api(
    running_api: RunningApi, mask: str, object_filter: str, limit: str, path: str
) -> None:
    query = {"objectMask": mask, "objectFilter": object_filter, "resultLimit": limit}
    for target in ("SoftLayer_Account/getVirtualGuests", f"SoftLayer_Virtual_Guest/{path}"):
        answer = httpx.get(running_api.rest + target, params=query, auth=(USERNAME, API_KEY))
        assert answer.status_code in (200, 404, 500)
        if answer.status_code == 500:
            assert answer.json()["code"] == "SoftLayer_Exception_WebService_ObjectMask", answer.text


def test_secrets_are_not_logged(running_api: RunningApi, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "cloud"):
        httpx.get(f"{running_api.rest}SoftLayer_Account", auth=(USERNAME, API_KEY + "x"))
        running_api.client().call("Account", "getObject")
    assert API_KEY not in caplog.text
    assert API_KEY not in repr(running_api)
