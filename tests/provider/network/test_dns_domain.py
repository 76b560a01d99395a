"""DNS domains over real gRPC and HTTP, and as the official client sees them."""

import pytest
import SoftLayer

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import CallError, Plugin
from provider.resources.fields import check_fields
from provider.resources.network.dns_domain import DnsDomain
from provider.values import UNKNOWN, Properties

DOMAIN = "softlayer:index:DnsDomain"
INPUTS: Properties = {"name": "example.com"}
RECORD = {"host": "registry", "type": "A", "data": "192.0.2.10", "ttl": 60}


def with_record(api: RunningApi) -> int:
    """Create the domain with a record, as somebody else does."""
    template = {**INPUTS, "resourceRecords": [RECORD]}
    return int(api.client().call("Dns_Domain", "createObject", template)["id"])


def test_a_domain_s_life(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(DOMAIN, INPUTS)
    assert len(str(outputs["serial"])) == 10
    assert softlayer.read(DOMAIN, identifier, inputs, outputs) == (identifier, inputs, outputs)
    assert softlayer.read(DOMAIN, identifier)[1] == inputs
    renamed = softlayer.check(DOMAIN, {"name": "example.org"}, inputs)
    assert list(softlayer.diff(DOMAIN, identifier, inputs, outputs, renamed).replaces) == ["name"]
    softlayer.delete(DOMAIN, identifier, inputs, outputs)
    softlayer.delete(DOMAIN, identifier, inputs, outputs)
    assert softlayer.read(DOMAIN, identifier, inputs, outputs)[0] == ""
    assert api.client().call("Account", "getDomains") == []


def test_a_domain_whose_answer_is_lost_is_created_once(api: RunningApi, softlayer: Plugin) -> None:
    api.plan_fault("SoftLayer_Dns_Domain::createObject", "reset_after_accept")
    identifier, _, _ = softlayer.make(DOMAIN, INPUTS)
    (domain,) = api.client().call("Account", "getDomains")
    assert domain["id"] == int(identifier)


def test_a_domain_with_records_is_somebody_s_and_is_not_deleted(api: RunningApi, softlayer: Plugin) -> None:
    identifier = str(with_record(api))
    with pytest.raises(CallError, match=rf"name: is that of domain {identifier}, which has records"):
        softlayer.make(DOMAIN, INPUTS)
    _, inputs, outputs = softlayer.read(DOMAIN, identifier)
    with pytest.raises(CallError, match=r"its records registry \(A\) would be lost"):
        softlayer.delete(DOMAIN, identifier, inputs, outputs)
    assert [domain["id"] for domain in api.client().call("Account", "getDomains")] == [int(identifier)]


@pytest.mark.parametrize("name", ["", "example", "Example.com", "a..com", "-a.com", f"{'a.' * 130}com"])
def test_what_is_no_domain_is_refused(name: str) -> None:
    (failure,) = check_fields(DnsDomain.fields, {"name": name}).failures
    assert failure.path == "name"
    assert failure.reason.startswith("must be a domain in lower case")


def test_a_preview_calls_nothing(api: RunningApi, softlayer: Plugin) -> None:
    _, outputs = softlayer.create(DOMAIN, softlayer.check(DOMAIN, INPUTS), preview=True)
    assert (outputs["name"], outputs["serial"]) == ("example.com", UNKNOWN)
    assert api.calls() == {}


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_the_official_client_manages_domains(api: RunningApi, wire: str) -> None:
    manager = SoftLayer.DNSManager(api.client(wire))
    created = manager.create_zone("Example.com", serial="2026010101")
    (zone,) = manager.list_zones(mask="mask[id,name,serial,updateDate,resourceRecordCount]")
    assert (zone["id"], zone["name"], zone["serial"]) == (created["id"], "example.com", 2026010101)
    assert zone["resourceRecordCount"] == 3
    assert manager.resolve_ids("example.com") == [zone["id"]]
    records = manager.get_records(zone["id"], record_type="NS")
    assert {record["data"] for record in records} == {"ns1.softlayer.com.", "ns2.softlayer.com."}
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="already exists"):
        manager.create_zone("example.com")
    assert manager.delete_zone(zone["id"])
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="Unable to find object"):
        manager.get_zone(zone["id"])
