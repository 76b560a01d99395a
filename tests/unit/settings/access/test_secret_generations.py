"""What generations of secrets the settings say, and what is derived from them."""

import asyncio
from collections.abc import Iterator

import pulumi
import pytest

from components.access.certificate import Issuer, derive
from components.access.root_secret import RootSecret
from settings import SecretGenerations, SettingsError, parse
from tests.support.stack_settings import MINIMAL

ROOT, BEFORE = "ab" * 32, "cd" * 32


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    loop.close()
    asyncio.set_event_loop(None)


def root(previous: str = "", overlaps: frozenset[str] = frozenset(), **numbers: int) -> RootSecret:
    return RootSecret(
        pulumi.Output.from_input(ROOT),
        previous=pulumi.Output.from_input(previous) if previous else None,
        generations=SecretGenerations(numbers, overlaps),
    )


def test_without_a_rotation_every_secret_is_of_generation_1() -> None:
    generations = parse(MINIMAL).secret_generations
    assert generations["root"] == generations["httpSecret"] == 1
    assert generations.accepted("tempUrlKey") == (1,)


def test_a_rotated_secret_is_of_its_generation_and_the_one_before_is_accepted() -> None:
    settings = {"secretGenerations": {"tempUrlKey": 3, "httpSecret": 2.0}, "secretOverlaps": ["tempUrlKey"]}
    generations = parse({**MINIMAL, **settings}).secret_generations
    assert generations.accepted("tempUrlKey") == (3, 2)
    assert generations.accepted("httpSecret") == (2,)


@pytest.mark.parametrize(
    ("settings", "mistake"),
    [
        ({"secretGenerations": {"password": 2}}, r"secretGenerations\.password: is not a derived secret"),
        ({"secretGenerations": {"root": 0}}, r"secretGenerations\.root: must be a whole number from 1 on"),
        ({"secretGenerations": {"root": True}}, "whole number"),
        ({"secretGenerations": {"root": "2"}}, "whole number"),
        ({"secretOverlaps": ["root"]}, "root is of generation 1; there is none before it"),
        ({"secretOverlaps": ["httpSecret"], "secretGenerations": {"httpSecret": 2}}, "has no overlap"),
    ],
)
def test_nonsense_is_no_generation(settings: dict[str, object], mistake: str) -> None:
    with pytest.raises(SettingsError, match=mistake):
        parse({**MINIMAL, **settings})


def test_the_first_generation_is_what_it_was_and_another_one_is_another(
    loop: asyncio.AbstractEventLoop,
) -> None:
    async def values() -> list[str | None]:
        secrets = [
            root().derive("http.secret", "httpSecret"),
            root(httpSecret=2).derive("http.secret", "httpSecret"),
        ]
        return [await secret.future() for secret in secrets]

    first, second = loop.run_until_complete(values())
    assert first == derive(ROOT, "http.secret").hex()
    assert second not in (first, None)


def test_a_secret_that_is_rotated_by_the_root_has_the_one_of_the_root_before(
    loop: asyncio.AbstractEventLoop,
) -> None:
    async def accepted() -> list[str | None]:
        both = root(BEFORE, frozenset({"root"}), root=2, tempUrlKey=2)
        derived = [both.derive("key", "tempUrlKey"), both.derive_previous("key", "tempUrlKey")]
        own = root(tempUrlKey=2, overlaps=frozenset({"tempUrlKey"})).derive_previous("key", "tempUrlKey")
        return [await secret.future() for secret in (*derived, own) if secret is not None]

    present, of_root, of_key = loop.run_until_complete(accepted())
    assert present == derive(ROOT, "key, generation 2").hex()
    assert of_root == derive(BEFORE, "key, generation 2").hex()
    assert of_key == derive(ROOT, "key").hex()
    assert root().derive_previous("key", "tempUrlKey") is None


@pytest.mark.parametrize(
    ("previous", "overlaps", "numbers", "before"),
    [
        ("", frozenset(), {}, None),
        ("", frozenset(), {"authority": 2}, None),
        ("", frozenset({"authority"}), {"authority": 2}, Issuer(ROOT, 1)),
        (BEFORE, frozenset({"root"}), {"root": 2}, Issuer(BEFORE, 1)),
    ],
)
def test_the_issuer_knows_the_authority_that_clients_may_still_trust(
    loop: asyncio.AbstractEventLoop,
    previous: str,
    overlaps: frozenset[str],
    numbers: dict[str, int],
    before: Issuer | None,
) -> None:
    async def issuer() -> Issuer | None:
        return await root(previous, overlaps, **numbers).issuer.future()

    issued_by = loop.run_until_complete(issuer())
    assert issued_by is not None
    assert (issued_by.secret, issued_by.before) == (ROOT, before)
    assert ROOT not in repr(issued_by)
