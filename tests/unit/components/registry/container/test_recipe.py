"""A recipe tells all that a container is made from, without a secret, and comes back from its text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.access.secret_mark import fill, mark
from components.registry.config import HttpSettings, configuration
from components.registry.container.docker_options import create_options
from components.registry.container.recipe import (
    ContainerRecipe,
    ImageSource,
    describe_changes,
    fingerprint,
    recipe_from,
)
from components.registry.container.shape import ContainerShape
from components.registry.legacy import legacy_container
from components.registry.modern import ModernProcesses, modern_container
from components.storage.drivers import FilesystemStorage, RegistryStorage, S3Storage, SwiftStorage
from components.storage.legacy_storage import LegacyStorage
from settings import DEFAULT_CONTENT_POLICY, ModernCapacity

IMAGE = ImageSource("registry-modern:2.8.3", "registry:2.8.3", "ab", {"BASE": "b"}, {"Dockerfile": "c"})
NAMES = ("swift.key", "swift.tempUrlKey", "s3.accessKey", "s3.secretKey", "http.secret")
HTTP = HttpSettings("127.0.0.1:15000", "127.0.0.1:15001", mark("http.secret"), redirect=False)
STORAGES: list[RegistryStorage] = [
    SwiftStorage("http://127.0.0.1/auth/v1.0", "a:b", mark("swift.key"), "docker", mark("swift.tempUrlKey")),
    S3Storage("https://s3.example.com", "us", "images", mark("s3.accessKey"), mark("s3.secretKey")),
    FilesystemStorage("/srv/registry"),
]
LEGACY = legacy_container(LegacyStorage("http://10.0.0.1", "a:b", mark("swift.key"), "docker"), 8)
PROCESSES = ModernProcesses(HTTP, HTTP, DEFAULT_CONTENT_POLICY, ModernCapacity())
SHAPES = [*(modern_container(storage, PROCESSES) for storage in STORAGES), LEGACY]


def changed(value: Any) -> Iterator[Any]:  # noqa: ANN401 # whatever a recipe has
    """Return the value with one thing changed, for each thing in it."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case str():
            yield f"{value}?"
        case tuple():
            yield from ((*value, value[-1]),) if value else ()
            for number, inner in enumerate(value):
                yield from ((*value[:number], new, *value[number + 1 :]) for new in changed(inner))
        case Mapping():
            yield {**value, "MORE": "more"}
            for key, inner in value.items():
                yield from ({**value, key: new} for new in changed(inner))
        case None:
            yield LEGACY.port
        case _ if is_dataclass(value):
            for field in fields(value):
                for new in changed(getattr(value, field.name)):
                    yield replace(value, **{field.name: new})  # type: ignore[type-var]
        case _:
            raise AssertionError(f"a recipe has {value!r}, of a kind that this test does not know")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_change_of_whatever_is_in_a_recipe_is_another_fingerprint(shape: ContainerShape) -> None:
    recipe = ContainerRecipe(IMAGE, shape, 512)
    variants = list(changed(recipe))
    texts = [recipe.text, *(variant.text for variant in variants)]
    assert len({fingerprint({"modern": text}) for text in texts}) == len(set(texts)) == len(texts)
    assert all(describe_changes({"modern": texts[0]}, {"modern": text}) for text in texts[1:])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_recipe_comes_back_from_its_text(shape: ContainerShape) -> None:
    recipe = ContainerRecipe(IMAGE, shape, 512)
    assert recipe_from(recipe.text) == recipe
    assert recipe_from(recipe.text).text == recipe.text


def test_what_is_no_recipe_is_refused() -> None:
    for text in ("", "{}", ContainerRecipe(IMAGE, LEGACY, 1).text.replace("memory", "momery")):
        with pytest.raises(ValueError, match="not a recipe of this version"):
            recipe_from(text)


def test_swap_space_is_counted_with_the_memory_and_its_absence_is_no_part_of_a_fingerprint() -> None:
    without, with_swap = (
        ContainerRecipe(IMAGE, LEGACY, 512),
        ContainerRecipe(IMAGE, LEGACY, 512, memory_swap=64),
    )
    assert "memory_swap" not in without.text
    for recipe, total in ((without, 512), (with_swap, 576)):
        options = create_options(recipe, "1", "/files")
        assert {"--memory=512m", f"--memory-swap={total}m"} <= set(options)
        assert recipe_from(recipe.text).memory_and_swap == total


def test_changes_are_described_by_name() -> None:
    before, after = ContainerRecipe(IMAGE, LEGACY, 512), ContainerRecipe(IMAGE, LEGACY, 640)
    assert describe_changes({"legacy": before.text}, {"legacy": after.text}) == (
        "before: legacy.memory 512; now: legacy.memory 640"
    )
    assert describe_changes({"legacy": before.text}, {"legacy": before.text}) == ""


SECRETS = st.fixed_dictionaries(
    dict.fromkeys(NAMES, st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=32))
)


@given(SECRETS, st.sampled_from(range(3)))
def test_marks_become_whatever_the_secrets_are(secrets: Mapping[str, str], kind: int) -> None:
    storages: list[Callable[..., Any]] = [
        lambda: SwiftStorage("http://h/", "a:b", secrets["swift.key"], "docker", secrets["swift.tempUrlKey"]),
        lambda: S3Storage(
            "https://s3.example.com", "us", "images", secrets["s3.accessKey"], secrets["s3.secretKey"]
        ),
        lambda: FilesystemStorage("/srv/registry"),
    ]
    storage = STORAGES[kind]
    if isinstance(storage, SwiftStorage):
        storage = replace(storage, auth_url="http://h/")
    real = configuration(storages[kind](), replace(HTTP, secret=secrets["http.secret"]))
    marked = configuration(storage, HTTP)
    assert yaml.safe_load(fill(marked, secrets)) == yaml.safe_load(real)
    assert not any(secret in marked for secret in secrets.values())


@given(st.text(min_size=1))
def test_a_mark_alone_becomes_the_secret_itself(secret: str) -> None:
    assert fill(mark("swift.key"), {"swift.key": secret}) == secret
