"""What the program declares while a secret is rotated: both are accepted, and what is kept has its own."""

from collections.abc import Mapping

import pytest

from components.access.door_credential import DoorCredential
from operate.stack.facts import Colour
from operate.stack.facts_output import parse_facts
from tests.program.operator_config import operator
from tests.program.program_under_mocks import ProgramRun, container_files, plain, run_program

__all__ = ["operator"]

Config = Mapping[str, object]
CONTAINER = "store-container-docker"
TWO: Mapping[str, object] = {"releases": {"1": {}, "2": {}}, "black": "2", "keepRelease": "1", "live": "red"}


def run(
    config: Config,
    stashes: Mapping[str, object] | None = None,
    base: Mapping[str, object] | None = None,
    **settings: object,
) -> ProgramRun:
    values = {**config, "registryGeneration": "modern", **(base or {}), **settings}
    config_values = {f"softlayer-registry:{key}": value for key, value in values.items()}
    return run_program(config_values, stashes=stashes)


def keys(program: ProgramRun) -> tuple[object, object]:
    inputs = plain(program.resource(CONTAINER).inputs)
    assert isinstance(inputs, Mapping)
    return inputs["tempUrlKey"], inputs.get("secondTempUrlKey")


def credentials(program: ProgramRun) -> Mapping[str, Mapping[str, str]]:
    """With which user and password the colours' own ports are reached."""
    by_colour: Mapping[str, Mapping[str, str]] = program.outputs["operate"]["doors"][0]["credentials"][
        "modern"
    ]
    return by_colour


def roots(program: ProgramRun) -> list[str]:
    return sorted(resource.name for resource in program.resources if resource.typ.endswith(":RandomSecret"))


def test_swift_accepts_both_keys_until_the_old_one_is_removed(operator: Config) -> None:
    before = run(operator)
    both = run(operator, secretGenerations={"tempUrlKey": 2}, secretOverlaps=["tempUrlKey"])
    after = run(operator, secretGenerations={"tempUrlKey": 2})
    assert keys(before)[1] is keys(after)[1] is None
    assert keys(both) == (keys(after)[0], keys(before)[0])


def test_another_root_stands_beside_the_one_before_until_that_is_removed(operator: Config) -> None:
    before = run(operator)
    both = run(operator, secretGenerations={"root": 2}, secretOverlaps=["root"])
    after = run(operator, secretGenerations={"root": 2})
    assert [roots(program) for program in (before, both, after)] == [["root"], ["root", "root-2"], ["root-2"]]
    outputs = both.outputs["operate"]
    assert before.outputs["operate"]["previousRecordKey"] == ""
    assert outputs["previousRecordKey"] == before.outputs["operate"]["recordKey"]
    # Both are the same bytes under mocks, but for clients there are two.
    assert str(both.outputs["certificateAuthority"]).count("BEGIN CERTIFICATE") == 2
    assert str(after.outputs["certificateAuthority"]).count("BEGIN CERTIFICATE") == 1


def test_a_kept_colour_shows_whether_it_has_the_key_that_the_account_has(operator: Config) -> None:
    before = run(operator)
    recipe, secrets = (
        plain(before.resource(f"dal05-a-modern-red-{name}").inputs["input"]) for name in ("recipe", "secrets")
    )
    assert isinstance(secrets, Mapping)
    for key, is_current in (("a former key", False), (secrets["swift.key"], True)):
        stashes = {
            "dal05-a-modern-red-recipe": recipe,
            "dal05-a-modern-red-secrets": {**secrets, "swift.key": key},
        }
        facts = parse_facts("prod", run(operator, stashes, TWO).outputs["operate"])
        red, black = (facts.colours[colour] for colour in Colour)
        assert facts.swift is not None
        assert red is not None
        assert black is not None
        assert (facts.swift.key_digest in red.storage_keys) is is_current
        assert black.storage_keys == {facts.swift.key_digest}


def test_no_protection_stops_a_root_that_is_given_up(operator: Config) -> None:
    both = run(operator, secretGenerations={"root": 2}, secretOverlaps=["root"])
    protected = {
        request.name: request.protect for request in both.requests if request.name.startswith("root")
    }
    assert protected == {"root": False, "root-2": False}
    after = run(operator, secretGenerations={"root": 2})
    assert {request.name: request.protect for request in after.requests}["root-2"]


def test_a_colour_that_is_kept_has_the_secret_from_before_and_its_uploads(operator: Config) -> None:
    before = run(operator)
    stashes = {
        f"dal05-a-modern-red-{name}": before.resource(f"dal05-a-modern-red-{name}").inputs["input"]
        for name in ("recipe", "secrets")
    }
    rotated = run(operator, stashes, TWO, secretGenerations={"httpSecret": 2})
    red, black = (container_files(rotated, f"dal05-a-modern-{colour}") for colour in ("red", "black"))
    assert red == container_files(before, "dal05-a-modern-red")
    assert red != black
    colours = rotated.outputs["operate"]["colours"]
    assert colours["red"]["uploadKeys"] == before.outputs["operate"]["colours"]["red"]["uploadKeys"]
    assert colours["red"]["uploadKeys"] != colours["black"]["uploadKeys"]
    door = str(plain(rotated.resource("dal05-a-modern-door").inputs))
    assert credentials(rotated)["red"] == credentials(before)["red"]
    assert credentials(rotated)["black"] != credentials(rotated)["red"]
    for credential in credentials(rotated).values():
        assert DoorCredential(credential["password"]).authorization in door
    assert "hmac(sha256," in door
    assert "hmac(sha256," not in str(plain(run(operator, base=TWO).resource("dal05-a-modern-door").inputs))


def test_no_user_of_the_registry_changes_a_container_or_its_verification(operator: Config) -> None:
    """Users are the front door's alone: the registry knows the front door."""
    before, changed = (
        run(operator, base=TWO, registryUsers={"alice": password}, registryPassword=password)
        for password in ("one password", "another password")
    )
    assert inputs_without_door(changed) == inputs_without_door(before)
    inputs = str(plain(changed.resource("dal05-a-modern-red").inputs)) + str(
        plain(changed.resource("dal05-a-modern-red-verification-push").inputs)
    )
    assert "another password" not in inputs


def inputs_without_door(program: ProgramRun) -> dict[str, str]:
    """Inputs of all resources but those that clients' passwords are for."""
    # The base's archive is an object of each run's own.
    own = (
        "dal05-a-modern-door",
        "dal05-a-modern-answers",
        "dal05-a-modern-verification-",
        "dal05-a-modern-2.8.3-image-base",
    )
    return {
        resource.name: str(plain(resource.inputs))
        for resource in program.resources
        if not resource.name.startswith(own)
    }


@pytest.mark.parametrize("generation", ["modern", "legacy", "both"])
def test_operate_reads_what_each_generation_exports(operator: Config, generation: str) -> None:
    facts = parse_facts("prod", run(operator, registryGeneration=generation).outputs["operate"])
    (door,) = facts.doors
    # The legacy registry asks nobody on its own port.
    assert list(door.credentials) == ([] if generation == "legacy" else ["modern"])
