"""The functions: modules, schema and the provider's tables say the same; answers arrive as typed results."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi import _types
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

import pulumi_softlayer as softlayer
from provider.protocol.servicer import SCHEMA
from provider.resources.fields import Field
from provider.resources.functions import (
    get_datacenters,
    get_flavors,
    get_images,
    get_objects,
    get_prices,
    get_server,
    get_subnet,
    get_vlan,
)
from provider.resources.handlers import FUNCTIONS
from provider.values import UNKNOWN
from tests.support.pulumi_mocks import run, under_mocks

SCHEMA_JSON: dict[str, Any] = json.loads(SCHEMA.read_text())
PREFIX = "softlayer:index:"
FUNCTION_TABLE: dict[str, tuple[str, type, tuple[Field, ...]]] = {
    "getDatacenters": ("get_datacenters", softlayer.GetDatacentersResult, get_datacenters.FIELDS),
    "getFlavors": ("get_flavors", softlayer.GetFlavorsResult, get_flavors.FIELDS),
    "getImages": ("get_images", softlayer.GetImagesResult, get_images.FIELDS),
    "getObjects": ("get_objects", softlayer.GetObjectsResult, get_objects.FIELDS),
    "getPrices": ("get_prices", softlayer.GetPricesResult, get_prices.FIELDS),
    "getSubnet": ("get_subnet", softlayer.GetSubnetResult, get_subnet.FIELDS),
    "getVlan": ("get_vlan", softlayer.GetVlanResult, get_vlan.FIELDS),
    "getServer": ("get_server", softlayer.GetServerResult, get_server.FIELDS),
}
TYPES = {str: "string", int: "integer", bool: "boolean", float: "number"}
SAMPLES = {"string": "a", "integer": 3, "boolean": True, "number": 0.5}


def described(token: str) -> dict[str, Any]:
    function: dict[str, Any] = SCHEMA_JSON["functions"][PREFIX + token]
    return function


def shape(of: dict[str, Any]) -> dict[str, Any]:
    """An object's description, itself or behind its reference."""
    schema_type: dict[str, Any] = (
        SCHEMA_JSON["types"][of["$ref"].removeprefix("#/types/")] if "$ref" in of else of
    )
    return schema_type


def wire_names(result: type) -> set[str]:
    return {name for name, _ in _types.output_type_types(result).items()}


def sample(of: dict[str, Any]) -> object:
    """A value of a described type."""
    if of.get("type") == "array":
        return [sample(of["items"])]
    if of.get("type") in SAMPLES:
        return SAMPLES[of["type"]]
    return {name: sample(schema) for name, schema in shape(of)["properties"].items()}


def test_every_function_is_held_against_the_schema() -> None:
    assert {PREFIX + name for name in FUNCTION_TABLE} == set(FUNCTIONS) == set(SCHEMA_JSON["functions"])


@pytest.mark.parametrize("token", FUNCTION_TABLE)
def test_arguments(token: str) -> None:
    name, _, fields = FUNCTION_TABLE[token]
    inputs = described(token)["inputs"]
    assert list(inputs["properties"]) == [field.name for field in fields]
    assert set(inputs["required"]) == {field.name for field in fields if field.required}
    for field in fields:
        property_schema = inputs["properties"][field.name]
        item = property_schema["items"] if field.many else property_schema
        assert item["type"] == TYPES[field.kind], field.name
        assert property_schema.get("default") == field.default, field.name
    for function in (getattr(softlayer, name), getattr(softlayer, f"{name}_output")):
        keywords = set(inspect.signature(function).parameters) - {"opts"}
        assert keywords == {_snake(field.name) for field in fields}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("token", FUNCTION_TABLE)
def test_results(token: str) -> None:
    _, result, _ = FUNCTION_TABLE[token]
    outputs = described(token)["outputs"]
    assert wire_names(result) == set(outputs["properties"])
    assert set(FUNCTIONS[PREFIX + token].unknown()) == set(outputs["properties"])
    assert all(value is UNKNOWN for value in FUNCTIONS[PREFIX + token].unknown().values())


def test_everything_is_described() -> None:
    objects = [
        function[group] for function in SCHEMA_JSON["functions"].values() for group in ("inputs", "outputs")
    ]
    for schema_type in (*objects, *SCHEMA_JSON["types"].values()):
        assert all(schema["description"].endswith(".") for schema in schema_type["properties"].values())


class Engine(pulumi.runtime.Mocks):
    """Answers every function with a sample of what its schema promises."""

    def __init__(self) -> None:
        self.calls: dict[str, Any] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        raise AssertionError(args.typ)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.calls[args.token] = args.args
        answer = sample(described(args.token.removeprefix(PREFIX))["outputs"])
        assert isinstance(answer, dict)
        return answer, []


@pytest.fixture
def engine() -> Iterator[Engine]:
    with under_mocks(Engine()) as mocks:
        yield mocks


def test_answers_are_typed(engine: Engine) -> None:
    def program() -> pulumi.Output[Any]:
        def judge(results: list[Any]) -> None:
            datacenters, flavors, images, prices, server = results
            assert (datacenters.datacenters[0].long_name, datacenters.names) == ("a", ["a"])
            assert (flavors.flavors[0].memory, flavors.flavors[0].hourly_cost) == (3, 0.5)
            assert flavors.flavors[0].disks == [3]
            assert images.operating_systems[0].code == "a"
            assert images.private_images[0].global_identifier == "a"
            assert (prices.prices[0].price_id, prices.prices[0].restricted_from) == (3, 3)
            assert (server.guest_id, server.tags, server.ready) == (3, ["a"], True)

        return pulumi.Output.all(
            softlayer.get_datacenters_output(),
            softlayer.get_flavors_output(datacenter="dal05", kind="virtual"),
            softlayer.get_images_output(),
            softlayer.get_prices_output(package="P", datacenter="dal05", key_names=["A", "B"]),
            softlayer.get_server_output(hostname=pulumi.Output.from_input("web")),
        ).apply(judge)

    run(program)
    assert engine.calls[f"{PREFIX}getPrices"] == {
        "package": "P", "datacenter": "dal05", "keyNames": ["A", "B"],
    }  # fmt: skip
    assert engine.calls[f"{PREFIX}getServer"] == {"hostname": "web"}


@pytest.mark.usefixtures("engine")
def test_plain_forms_answer_at_once() -> None:
    def program() -> pulumi.Output[Any]:
        assert softlayer.get_datacenters().names == ["a"]
        assert softlayer.get_flavors().flavors[0].key_name == "a"
        assert softlayer.get_images().os_codes == ["a"]
        assert softlayer.get_prices(package="P", datacenter="d").prices[0].monthly_cost == 0.5
        assert softlayer.get_server(guest_id=3).fully_qualified_domain_name == "a"
        return pulumi.Output.from_input(None)

    run(program)


def test_absent_answers_are_none() -> None:
    price = _types.output_type_from_dict(softlayer.GetPricesPrice, {"keyName": "RAM_1_GB"})
    assert (price.key_name, price.hourly_cost, price.restricted_by) == ("RAM_1_GB", None, None)
