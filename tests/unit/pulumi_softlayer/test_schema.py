"""The classes, the schema and the provider's tables say the same."""

import inspect
import json
import re
from typing import Any, cast

import pulumi
import pytest
from pulumi import _types

import pulumi_softlayer as softlayer
from dev.local.environment import CHECKOUT
from provider.protocol.servicer import SCHEMA
from provider.resources.fields import Field
from provider.resources.handlers import FUNCTIONS, RESOURCES
from provider.resources.network import security_rules
from provider.settings import ENVIRONMENT, NUMBERS, VERIFY, VerifyOrders

SCHEMA_JSON: dict[str, Any] = json.loads(SCHEMA.read_text())
Classes = tuple[type[pulumi.CustomResource], type, tuple[Field, ...]]


def _classes(token: str) -> Classes:
    """A resource's class, that of its arguments, and its handler's table."""
    name, handler = token.rpartition(":")[2], cast(Any, RESOURCES[token])
    return getattr(softlayer, name), getattr(softlayer, f"{name}Args"), handler.fields


CLASSES: dict[str, Classes] = {token: _classes(token) for token in RESOURCES}
TYPES = {str: "string", int: "integer", bool: "boolean", float: "number"}


def test_schema_classes_and_handlers_have_the_same_resources() -> None:
    assert set(SCHEMA_JSON["resources"]) == set(RESOURCES)
    assert set(SCHEMA_JSON["functions"]) == set(FUNCTIONS)


@pytest.mark.parametrize("token", CLASSES)
def test_outputs(token: str) -> None:
    resource, _, _ = CLASSES[token]
    declared = SCHEMA_JSON["resources"][token]["properties"]
    names = _types.resource_py_to_pulumi_names(resource)
    assert set(names.values()) - {"id", "urn"} == set(declared)
    for name, of in _types.resource_types(resource).items():
        if name in declared:
            listed = declared[name]["type"] == "array"
            assert listed == ("Sequence" in str(of)), name
            if not listed:
                plain = next(kind for kind in TYPES if kind.__name__ in str(of))
                assert TYPES[plain] == declared[name]["type"], name


@pytest.mark.parametrize("token", CLASSES)
def test_inputs(token: str) -> None:
    resource, arguments, fields = CLASSES[token]
    schema = SCHEMA_JSON["resources"][token]
    declared = schema["inputProperties"]
    assert set(_types.input_type_py_to_pulumi_names(arguments).values()) == set(declared)
    assert [field.name for field in fields] == list(declared)
    assert {field.name for field in fields if field.required} == set(schema["requiredInputs"])
    for field in fields:
        described = declared[field.name]
        item = described["items"] if field.many else described
        if field.parts:
            assert_object(item, field.parts)
        else:
            assert item["type"] == TYPES[field.kind], field.name
        assert described.get("willReplaceOnChanges", False) is field.replaces, field.name
        assert described.get("default") == field.default, field.name
        assert schema["properties"][field.name].get("replaceOnChanges", False) is field.replaces, field.name
    keywords = set(inspect.signature(resource.__init__).parameters) - {"self", "resource_name", "opts"}
    assert keywords == set(_types.input_type_py_to_pulumi_names(arguments))


def assert_object(item: dict[str, Any], parts: tuple[Field, ...]) -> None:
    """An object's type says the same as the table of its parts."""
    declared = SCHEMA_JSON["types"][item["$ref"].removeprefix("#/types/")]
    assert list(declared["properties"]) == [part.name for part in parts]
    assert set(declared["required"]) == {part.name for part in parts if part.required}
    for part in parts:
        assert declared["properties"][part.name]["type"] == TYPES[part.kind], part.name


def test_a_rule_s_classes_have_its_fields() -> None:
    names = {field.name for field in security_rules.PARTS}
    assert set(_types.input_type_py_to_pulumi_names(softlayer.SecurityGroupRuleArgs).values()) == names
    rule_names = {name for _, name, _ in _types._py_properties(softlayer.SecurityGroupRule)}
    assert rule_names == names


@pytest.mark.parametrize("token", CLASSES)
def test_secret_outputs(token: str) -> None:
    declared = SCHEMA_JSON["resources"][token]["properties"]
    assert {name for name, schema in declared.items() if schema.get("secret")} == RESOURCES[
        token
    ].secret_outputs


@pytest.mark.parametrize("token", CLASSES)
def test_every_resource_has_a_page_with_an_example(token: str) -> None:
    name = token.rpartition(":")[2]
    pages = [page.read_text() for page in (CHECKOUT / "docs" / "reference" / "resources").glob("*.md")]
    assert any(name in page.splitlines()[0].split() and f"softlayer.{name}(" in page for page in pages)


def test_everything_is_described() -> None:
    for resource in SCHEMA_JSON["resources"].values():
        for group in ("properties", "inputProperties"):
            assert all(schema["description"].endswith(".") for schema in resource[group].values())


def test_configuration() -> None:
    variables = SCHEMA_JSON["config"]["variables"]
    assert set(variables) == {*ENVIRONMENT, *NUMBERS, VERIFY}
    assert variables[VERIFY]["default"] == VerifyOrders.AUTO.value
    assert {name: variables[name]["default"] for name in NUMBERS} == {
        name: NUMBERS[name][2] for name in NUMBERS
    }
    assert {name: tuple(variables[name]["defaultInfo"]["environment"]) for name in ENVIRONMENT} == ENVIRONMENT
    assert set(SCHEMA_JSON["provider"]["inputProperties"]) == set(
        _types.input_type_py_to_pulumi_names(softlayer.ProviderArgs).values()
    )


@pytest.mark.parametrize("token", SCHEMA_JSON["functions"])
def test_every_function_is_described_with_its_arguments_and_results(token: str) -> None:
    page = (CHECKOUT / "docs" / "reference" / "functions.md").read_text()
    name = python_name(token.rpartition(":")[2])
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    declared = SCHEMA_JSON["functions"][token]
    words = set(re.findall(r"`(\w+)`", section))
    properties = [*declared.get("inputs", {}).get("properties", {}), *declared["outputs"]["properties"]]
    assert {python_name(item) for item in properties} - words == set()


def test_the_page_describes_no_other_function() -> None:
    page = (CHECKOUT / "docs" / "reference" / "functions.md").read_text()
    titles = set(re.findall(r"^## (\w+)$", page, re.MULTILINE))
    assert titles == {python_name(token.rpartition(":")[2]) for token in SCHEMA_JSON["functions"]}


def python_name(name: str) -> str:
    """Return a name of the schema as Python has it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
