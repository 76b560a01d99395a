"""Names that are mistyped in a stack file are answered with the nearest that exist."""

import json
from pathlib import Path

import pulumi
import pytest

from settings import SettingsError, parse
from settings.check import problems_of
from settings.configuration import read
from settings.keys.unknown_keys import PROVIDER_KEYS, unknown_key_problems, unknown_namespace_problems
from settings.stack_file import StackFileError, read_file
from tests.support.stack_settings import MINIMAL, SERVER, write_stack_file


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"servers": [SERVER | {"flavour": "x"}]},
            r"servers\[0\]\.flavour: is not a setting.*nearest is flavor",
        ),
        ({"registryListen": "privat"}, "registryListen: must be one of .*, not 'privat'; nearest is private"),
        ({"protect": {"server": False}}, r"protect\.server: .*nearest is servers"),
        (
            {"black": "relese", "releases": {"1": {}, "release": {}}},
            "black: release 'relese' .*nearest is release",
        ),
        (
            {"servers": [SERVER | {"os": "UBUNUT_24_64"}]},
            "os: .*must be an operating system.*'UBUNUT_24_64'; nearest (is|are) UBUNTU_24_64",
        ),
        ({"servers": [SERVER | {"os": "debian_12_64"}]}, "os: .*nearest (is|are) DEBIAN_12_64"),
    ],
)
def test_what_is_mistyped_is_answered_with_the_nearest(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse(MINIMAL | changes)


@pytest.mark.parametrize("code", ["CENTOS_7_64", "WIN_2019-STD_64", "REDHAT_8_64"])
def test_a_system_of_another_family_is_no_typing_error(code: str) -> None:
    with pytest.raises(SettingsError, match=f"{code} has no apt"):
        parse(MINIMAL | {"servers": [SERVER | {"os": code}]})


def test_a_key_that_is_no_setting_is_reported_and_what_operate_writes_is_not() -> None:
    assert unknown_key_problems(["registryStorge", "lastSwap", "rotation", "live"]) == [
        "registryStorge: is not a setting; nearest is registryStorage; docs/reference/settings.md has all",
    ]


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"domian": "e.com", "domain": None}, ["domian"]),
        ({"domian": "e.com", "domain": "no dots"}, ["domian", "domain"]),
        ({"sevrers": [], "servers": None}, ["sevrers"]),
        (
            {
                "servers": [
                    {"nmae": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "flavour": "B1_2X4X100"}
                ]
            },
            ["servers[0].flavour", "servers[0].nmae"],
        ),
        ({"registryStorage": "s3", "s3Bukcet": "b", "s3Region": "r"}, ["s3Bukcet", "s3Endpoint"]),
        ({"xyzzy": 1, "domain": None}, ["xyzzy", "domain"]),
    ],
)
def test_a_mistyped_key_is_one_mistake(values: dict[str, object], places: list[str]) -> None:
    """`domian` was reported as no setting, and `domain` as missing."""
    given = {key: value for key, value in (MINIMAL | values).items() if value is not None}
    problems = problems_of(given, with_secrets=False, with_key=False)
    assert [problem.partition(":")[0] for problem in problems] == places


def test_a_namespace_that_is_mistyped_is_reported_and_that_of_another_program_is_not() -> None:
    names = ["softlayer-registy:domain", "softlayer:username", "docker:host", "softlayer-registry:live"]
    assert unknown_namespace_problems(names) == [
        (
            "softlayer-registy:domain: must begin with softlayer-registry:, as settings do; nobody reads"
            " softlayer-registy:"
        ),
    ]


def test_a_bucket_that_no_service_takes_is_refused() -> None:
    values = MINIMAL | {
        "registryStorage": "s3",
        "s3Endpoint": "https://s3.example.com",
        "s3Region": "us-south",
    }
    (problem,) = problems_of(values | {"s3Bucket": "My_images"}, with_secrets=False, with_key=False)
    assert problem.startswith("s3Bucket: must have 3 to 63 lower-case letters")
    assert problems_of(values | {"s3Bucket": "my.images-1"}, with_secrets=False, with_key=False) == []


def test_a_mistyped_setting_of_the_provider_is_reported_with_the_nearest_one() -> None:
    """`endpointURL` was no mistake, and the provider went to the real account."""
    names = ["softlayer:endpointURL", "softlayer:apiKey", "softlayer:version"]
    assert unknown_namespace_problems(names) == [
        "softlayer:endpointURL: is not a setting of the provider; nearest is endpointUrl"
    ]


def test_the_provider_s_settings_are_those_of_its_schema() -> None:
    schema = json.loads((Path(__file__).parents[3] / "provider" / "schema.json").read_text())
    assert set(schema["config"]["variables"]) == PROVIDER_KEYS


def test_the_program_refuses_a_key_that_is_no_setting() -> None:
    pulumi.runtime.set_all_config({"softlayer-registry:registryStorge": "s3", "softlayer:username": "x"})
    try:
        with pytest.raises(SettingsError, match="registryStorge: is not a setting; nearest is registrySt"):
            read(pulumi.Config("softlayer-registry"))
    finally:
        pulumi.runtime.set_all_config({})


def test_a_stack_file_is_judged_whole_without_pulumi(tmp_path: Path) -> None:
    values = MINIMAL | {"registryStorage": "s3", "registryPort": "5001", "registrySecret": {"secure": "v1:x"}}
    values |= {"s3Endpoint": "https://s3.example.com", "s3Region": "us-south", "s3Bucket": "images"}
    read_values = read_file(write_stack_file(tmp_path / "stack.yaml", values)).values
    assert problems_of(read_values, with_secrets=False, with_key=False) == []
    assert [problem.partition(":")[0] for problem in problems_of(read_values, with_key=False)] == [
        "s3AccessKey",
        "s3SecretKey",
    ]
    (problem,) = problems_of({**read_values, "sshKeyFile": "absent/key"}, with_secrets=False)
    assert problem.startswith("sshKeyFile: there is no private key")


@pytest.mark.parametrize("content", ["config: [", "- a", "config: 3"])
def test_a_file_that_is_no_stack_file_is_reported(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.yaml").write_text(content)
    with pytest.raises(StackFileError, match=r"stack\.yaml: must"):
        read_file(tmp_path / "stack.yaml")
    with pytest.raises(StackFileError, match=r"absent\.yaml: cannot be read"):
        read_file(tmp_path / "absent.yaml")
