"""The plugins against the installed SDK classes: what a program can write, the plugin knows; no more."""

import inspect
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pulumi_command as command_sdk
import pulumi_docker as docker_sdk
import pytest
from pulumi import CustomResource
from pulumi._types import input_type_py_to_pulumi_names, resource_py_to_pulumi_names

from tests.engine.plugin import Plugin

_COMMAND = "command:remote:Command"
_COPY = "command:remote:CopyToRemote"


def arguments(cls: type) -> set[str]:
    """The property names, as on the wire, of an SDK class of arguments."""
    return set(input_type_py_to_pulumi_names(cls).values())


def required(cls: type) -> set[str]:
    names = input_type_py_to_pulumi_names(cls)
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    return {names[name] for name, parameter in parameters.items() if name in names and not_given(parameter)}


def not_given(parameter: inspect.Parameter) -> bool:
    return parameter.default is inspect.Parameter.empty


def outputs(cls: type[CustomResource]) -> set[str]:
    return set(resource_py_to_pulumi_names(cls).values())


@pytest.mark.parametrize(
    ("token", "resource", "args"),
    [
        (_COMMAND, command_sdk.remote.Command, command_sdk.remote.CommandArgs),
        (_COPY, command_sdk.remote.CopyToRemote, command_sdk.remote.CopyToRemoteArgs),
    ],
)
def test_command_resources_are_those_of_the_sdk(
    command: Plugin, token: str, resource: type[CustomResource], args: type
) -> None:
    schema = command.schema()["resources"][token]
    assert resource.pulumi_type == token  # type: ignore[attr-defined]
    assert set(schema["inputProperties"]) == arguments(args)
    assert set(schema["properties"]) == outputs(resource)
    assert set(schema["requiredInputs"]) == required(args)
    assert schema["inputProperties"]["connection"]["secret"] is True
    assert schema["properties"]["connection"]["secret"] is True
    secrets = {name for name, spec in schema["properties"].items() if spec.get("secret")}
    assert secrets == {"connection"}
    assert schema["inputProperties"]["triggers"]["replaceOnChanges"] is True


@pytest.mark.parametrize(
    ("token", "args"),
    [
        ("command:remote:Connection", command_sdk.remote.ConnectionArgs),
        ("command:remote:ProxyConnection", command_sdk.remote.ProxyConnectionArgs),
    ],
)
def test_connections_and_their_defaults_are_those_of_the_sdk(command: Plugin, token: str, args: type) -> None:
    schema = command.schema()["types"][token]
    assert set(schema["properties"]) == arguments(args)
    assert set(schema["required"]) == required(args)
    example = args(host="h")
    defaults = {
        wire: getattr(example, python)
        for python, wire in input_type_py_to_pulumi_names(args).items()
        if python != "host" and getattr(example, python) is not None
    }
    assert defaults == {"port": 22, "user": "root", "dialErrorLimit": 10, "perDialTimeout": 15}
    declared = {name: spec["default"] for name, spec in schema["properties"].items() if "default" in spec}
    assert declared == defaults


def test_logging_has_the_values_of_the_sdk(command: Plugin) -> None:
    schema = command.schema()["types"]["command:remote:Logging"]
    assert {item["value"] for item in schema["enum"]} == {item.value for item in command_sdk.remote.Logging}


def test_plugins_have_the_versions_of_the_sdks(command: Plugin, docker: Plugin) -> None:
    assert command.schema()["version"] == sdk_version(command_sdk)
    assert docker.schema()["version"] == sdk_version(docker_sdk)


def sdk_version(sdk: ModuleType) -> str:
    version = sdk._utilities.get_version()
    assert isinstance(version, str)
    return version


_DOCKER_RESOURCES = [
    "BuildxBuilder", "Container", "Network", "Plugin", "RegistryImage", "RemoteImage", "Secret", "Service",
    "ServiceConfig", "Tag", "Volume",
]  # fmt: skip


@pytest.mark.parametrize("name", _DOCKER_RESOURCES)
def test_docker_resources_are_those_of_the_sdk(docker: Plugin, name: str) -> None:
    resource, args = getattr(docker_sdk, name), getattr(docker_sdk, f"{name}Args")
    schema = docker.schema()
    spec = schema["resources"][resource.pulumi_type]
    assert set(spec["inputProperties"]) == arguments(args)
    assert set(spec.get("requiredInputs", ())) == required(args)
    assert set(spec["properties"]) == outputs(resource)
    for wire, nested in nested_arguments(args):
        declared = nested_spec(schema, spec["inputProperties"][wire])
        assert set(declared["properties"]) == arguments(nested), f"{name}.{wire}"
        assert set(declared.get("required", ())) == required(nested), f"{name}.{wire}"


def test_docker_provider_configuration_is_that_of_the_sdk(docker: Plugin) -> None:
    schema = docker.schema()
    spec = schema["provider"]
    assert set(spec["inputProperties"]) == arguments(docker_sdk.ProviderArgs)
    authentication = nested_spec(schema, spec["inputProperties"]["registryAuth"])
    assert set(authentication["properties"]) == arguments(docker_sdk.ProviderRegistryAuthArgs)


def nested_arguments(args: type) -> Iterator[tuple[str, type]]:
    """The arguments that are objects, or lists of them, with their classes."""
    names = input_type_py_to_pulumi_names(args)
    for python, wire in names.items():
        annotation = str(inspect.signature(args.__init__).parameters[python].annotation)  # type: ignore[misc]
        for candidate in vars(docker_sdk).values():
            if inspect.isclass(candidate) and f"ForwardRef('{candidate.__name__}')" in annotation:
                yield wire, candidate


def nested_spec(schema: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    reference = spec.get("items", spec)["$ref"]
    return typing.cast("dict[str, Any]", schema["types"][reference.removeprefix("#/types/")])
