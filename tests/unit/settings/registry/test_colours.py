"""Colours and releases: what a release overrides, what cannot be, and every mistake by its key."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.local.environment import CHECKOUT
from settings import S3Settings, Settings, SettingsError, SwiftSettings, parse
from settings.registry.registry import usual_base
from tests.support.stack_settings import JSON, MINIMAL, SERVER

TWO: dict[str, object] = {"releases": {"1": {}, "2": {"memory": 1024}}, "red": "1", "black": "2"}
S3: dict[str, object] = {
    "registryStorage": "s3",
    "s3Endpoint": "https://a.example",
    "s3Region": "r",
    "s3Bucket": "images",
}


def mistakes(values: dict[str, object]) -> str:
    with pytest.raises(SettingsError) as failure:
        parse(MINIMAL | values)
    return str(failure.value)


def test_without_a_word_there_is_one_colour() -> None:
    colours = parse(MINIMAL).colours
    assert (colours.place, colours.live) == ("containers", "red")
    assert [(colour, release.name) for colour, release in colours.releases.items()] == [("red", "1")]
    assert colours.releases["red"].registry == parse(MINIMAL).registry


def test_a_release_overrides_what_it_names_and_nothing_else() -> None:
    settings = parse(MINIMAL | TWO | {"registryMemory": 700, "registryGeneration": "both"})
    red, black = settings.colours.releases["red"].registry, settings.colours.releases["black"].registry
    assert red == settings.registry
    assert red.modern is not None
    assert black.modern is not None
    assert (red.modern.memory, black.modern.memory) == (700, 1024)
    assert black.legacy == red.legacy


def test_a_release_may_have_another_storage_whose_settings_are_the_stacks() -> None:
    values = {key: value for key, value in S3.items() if key != "registryStorage"}
    settings = parse(MINIMAL | TWO | values | {"releases": {"1": {}, "2": {"storage": "s3"}}})
    bucket = S3Settings("https://a.example", "r", "images", force_path_style=True)
    assert settings.storages == (settings.storage, bucket)
    assert [release.storage for release in settings.colours.releases.values()] == [settings.storage, bucket]
    assert settings.colours.releases["black"].registry == settings.registry


def test_a_release_may_override_the_place_of_its_images() -> None:
    """The account and the keys are the stack's."""
    own_storage = {"s3Bucket": "others", "s3Endpoint": "https://c.example"}
    buckets = parse(MINIMAL | TWO | S3 | {"releases": {"1": {}, "2": own_storage}})
    red, black = (release.storage for release in buckets.colours.releases.values())
    assert red == S3Settings("https://a.example", "r", "images", force_path_style=True)
    assert black == S3Settings("https://c.example", "r", "others", force_path_style=True)
    swift = parse(MINIMAL | TWO | {"releases": {"1": {}, "2": {"objectContainer": "other"}}})
    assert isinstance(swift.storage, SwiftSettings)
    assert swift.storages == (swift.storage, replace(swift.storage, container="other"))


def test_another_version_comes_from_its_own_image() -> None:
    values = S3 | {"registryVersion": "2.8.3", "registryBaseArchive": "old.tar", "black": "2"}
    releases = parse(MINIMAL | values | {"releases": {"1": {}, "2": {"version": "3.1.1"}}}).colours.releases
    red, black = releases["red"].registry.modern, releases["black"].registry.modern
    assert red is not None
    assert black is not None
    assert (red.base_image, red.base_archive) == ("registry:2.8.3", Path("old.tar"))
    assert black.base_image.startswith("registry:3.1.1@sha256:")
    assert black.base_archive is None


def test_the_usual_bases_are_named_by_their_digests() -> None:
    for values in ({}, S3):
        modern = parse(MINIMAL | values).registry.modern
        assert modern is not None
        assert re.fullmatch(r"registry:[0-9.]+@sha256:[0-9a-f]{64}", modern.base_image)
    dockerfile = (CHECKOUT / "components" / "images" / "modern" / "Dockerfile").read_text()
    assert f"ARG BASE={usual_base('2.8.3')}\n" in dockerfile


@pytest.mark.parametrize(
    ("stack", "release", "name"),
    [
        ("old.tar", "other.tar", "registry:2.8.3"),
        ("", "other.tar", "registry:2.8.3"),
        ("old.tar", "", usual_base("2.8.3")),
    ],
)
def test_a_base_from_an_archive_has_the_name_in_it(stack: str, release: str, name: str) -> None:
    values: dict[str, object] = {"registryBaseArchive": stack, "releases": {"1": {"baseArchive": release}}}
    modern = parse(MINIMAL | values).colours.releases["red"].registry.modern
    assert modern is not None
    assert (modern.base_image, modern.has_usual_base) == (name, True)


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"red": "", "black": ""}, "neither red nor black has a release"),
        ({"black": "1"}, "two colours are two releases"),
        ({"black": "9"}, "black: release '9' is not in releases; known are 1"),
        ({"live": "black"}, "live: black has no release"),
        ({"live": "blue"}, "live: must be one of red, black"),
        ({"colour": "pots"}, "colour: must be one of containers, servers"),
        (
            {"releases": {"A b": {}}, "red": "A b"},
            "the name of a release must have lower-case letters, digits, . and - alone, got 'A b'",
        ),
        ({"releases": {"1": 3}}, "releases.1: must be an object"),
        ({"releases": {"1": {"memroy": 1}}}, "releases.1.memroy: is not a setting"),
        ({"releases": {"1": {"memory": 1}}}, "releases.1.memory: must be between 64"),
        ({"releases": {"1": {"memorySwap": -1}}}, "releases.1.memorySwap: must be between 0"),
        (
            {"s3Endpoint": "https://a.example", "s3Region": "r", "releases": {"1": {"storage": "s3"}}},
            "s3Bucket: is missing; registryStorage, or a release's storage, is s3",
        ),
        ({"releases": {"1": {"storage": "filesystem"}}}, "releases.1.storage: must be one of swift, s3"),
        (
            {"registryGeneration": "both", "releases": {"1": {"storage": "swift"}}},
            "releases.1.storage: is the stack's while the legacy registry runs",
        ),
        (
            {**S3, "releases": {"1": {"storage": "swift"}}},
            "releases.1.storage: 3.1.1 has no Swift driver",
        ),
        (
            {"releases": {"1": {"s3Bucket": "images"}}},
            "releases.1.s3Bucket: is of storage s3; this release is in swift",
        ),
        ({"releases": {"1": {"objectContainer": "a/b"}}}, "releases.1.objectContainer: must be letters"),
        (
            {"registryGeneration": "both", "releases": {"1": {"objectContainer": "other"}}},
            "releases.1.objectContainer: is the stack's while the legacy registry runs",
        ),
        ({"releases": {"1": {"version": "3.1.1"}}}, "releases.1.version: 3.1.1 has no Swift driver"),
        ({"releases": {"1": {"workers": 2}}}, "releases.1.workers: is of the generation legacy"),
        ({"releases": {"1": {"server": "a"}}}, "releases.1.server: is for colour: servers only"),
        (
            {"colour": "servers", "releases": {"1": {"server": "b"}}},
            "releases.1.server: dal05 has no server 'b'",
        ),
        (
            {
                **TWO,
                "registryGeneration": "legacy",
                "registryListen": "loopback",
                "releases": {"1": {}, "2": {}},
            },
            "black: the legacy registry on loopback",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(values: dict[str, object], mistake: str) -> None:
    message = mistakes(values)
    assert mistake in message
    assert "has 1 mistake;" in message


def test_a_mistake_of_the_stack_is_not_reported_again_by_each_release() -> None:
    assert "has 1 mistake;" in mistakes(TWO | {"registryMemory": 1, "registryVersion": "2.8.3"})
    assert "has 1 mistake;" in mistakes(TWO | {"registryVersion": "3.1.1"})


def test_a_folder_of_one_server_is_no_storage_for_two() -> None:
    servers = [SERVER | {"frontDoor": True}, SERVER | {"name": "b"}]
    values: dict[str, object] = {"servers": servers, "colour": "servers", "black": "2"}
    releases: dict[str, object] = {"releases": {"1": {}, "2": {"server": "b"}}}
    assert parse(MINIMAL | values | releases).colours.releases["black"].server == "b"
    assert "no storage for two" in mistakes(values | releases | {"registryStorage": "filesystem"})


@given(st.dictionaries(st.sampled_from(["colour", "releases", "red", "black", "live"]), JSON))
def test_no_value_does_worse_than_a_settings_error(values: dict[str, object]) -> None:
    try:
        settings = parse(MINIMAL | values)
    except SettingsError:
        return
    assert isinstance(settings, Settings)
    assert settings.colours.live in settings.colours.releases
    names = [release.name for release in settings.colours.releases.values()]
    assert len(set(names)) == len(names) >= 1
