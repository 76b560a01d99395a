"""Doors know the fingerprint of all that a container is made from; what is kept stays as it was made."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pytest

from components.registry import image as registry_image
from components.registry import legacy, modern
from components.registry.container.recipe import ContainerRecipe, ImageSource, recipe_from
from components.registry.container.shape import (
    ContainerFile,
    ContainerShape,
    HealthCheck,
    Mount,
    PublishedPort,
)
from tests.program.operator_config import Config, config, operator, run
from tests.program.program_under_mocks import ProgramRun, container_files, plain, run_program

__all__ = ["config", "operator"]
S3 = {
    "registryStorage": "s3", "s3Endpoint": "https://s3.example.com", "s3Region": "us", "s3Bucket": "images",
    "s3AccessKey": "access", "s3SecretKey": "a" * 40,
}  # fmt: skip
FOLDER = {"registryStorage": "filesystem"}
CONTAINERS = {generation: f"dal05-a-{generation}-red" for generation in ("modern", "legacy")}
SECRETS = "dal05-a-modern-red-secrets"
NOT_OF_A_RECIPE = {"name", "labels", "mustRun", "wait"}
"""Inputs that tell a container's release and installation, and how Pulumi starts it."""


BEFORE: dict[str, ProgramRun] = {}


def before(config: Mapping[str, object]) -> ProgramRun:
    """The run of a stack file before anything is changed, once."""
    key = json.dumps(config)
    if key not in BEFORE:
        BEFORE[key] = run(config)
    return BEFORE[key]


def of_modern(config: Config) -> Config:
    return {key: value for key, value in config.items() if key != "registryGeneration"}


def door_argument(program: ProgramRun) -> str:
    """What the doors get of red: release, fingerprint, installation."""
    command = str(plain(program.resource("dal05-a-colours").inputs["create"]))
    return command.split("red=")[1].split()[0]


def fingerprint(program: ProgramRun) -> str:
    return door_argument(program).split(":")[1]


@pytest.mark.parametrize(
    "settings",
    [
        {"registryMemory": 640},
        {"registryVersion": "2.8.2"},
        {"registryBaseImage": "registry:2"},
        {"registryRedirect": True},
        {"objectContainer": "another"},
        {"legacyMemory": 2048},
        {"legacyWorkers": 4},
        {"legacyContainer": "another"},
    ],
    ids=str,
)
def test_every_setting_of_a_container_is_in_its_fingerprint(
    config: Config, settings: Mapping[str, object]
) -> None:
    assert fingerprint(run(config, **settings)) != fingerprint(before(config))


@pytest.mark.parametrize(
    ("base", "settings"),
    [
        (S3, {"s3Bucket": "another"}),
        (S3, {"s3Endpoint": "https://s3.example.net"}),
        (S3, {"s3Region": "eu"}),
        (S3, {"s3ForcePathStyle": False}),
        (FOLDER, {"registryFolder": "/srv/another"}),
        (S3, FOLDER),
    ],
    ids=str,
)
def test_the_place_of_the_images_is_in_the_fingerprint(
    config: Config, base: Mapping[str, object], settings: Mapping[str, object]
) -> None:
    base_config = {**of_modern(config), **base}
    assert fingerprint(run(base_config, **settings)) != fingerprint(before(base_config))


def change_dockerfile(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    patch.setattr(registry_image, "_MODERN_CONTEXT", folder)
    patch.setattr(registry_image, "place_in_program", str)


def add_file(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "Dockerfile").write_text((legacy.CONTEXT / "Dockerfile").read_text())
    (folder / "more").write_text("more")
    patch.setattr(legacy, "CONTEXT", folder)
    patch.setattr(registry_image, "place_in_program", str)


def change_health_script(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "health").write_text("#!/bin/sh\n")
    patch.setattr(legacy, "_HEALTH", folder / "health")


def change_configuration(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(modern, "configuration", lambda *_, **__: "version: 0.2\n")


@pytest.mark.parametrize("change", [change_dockerfile, add_file, change_health_script, change_configuration])
def test_every_file_of_the_checkout_that_a_container_is_made_from_is_in_its_fingerprint(
    config: Config,
    change: Callable[[Path, pytest.MonkeyPatch], None],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unchanged = fingerprint(before(config))
    change(tmp_path_factory.mktemp("checkout"), monkeypatch)
    assert fingerprint(run(config)) != unchanged


def test_an_archive_counts_by_its_content(config: Config, tmp_path: Path) -> None:
    unchanged = fingerprint(before(config))
    (tmp_path / "elsewhere.tar").write_bytes(b"a base image")
    assert fingerprint(run(config, registryBaseArchive=str(tmp_path / "elsewhere.tar"))) == unchanged
    (tmp_path / "elsewhere.tar").write_bytes(b"another one")
    assert fingerprint(run(config, registryBaseArchive=str(tmp_path / "elsewhere.tar"))) != unchanged


def test_a_rotated_secret_is_another_fingerprint_and_shows_nowhere_but_in_the_container(
    config: Config,
) -> None:
    s3_config = {**of_modern(config), **S3}
    old, after = before(s3_config), run(s3_config, s3SecretKey="b" * 40)
    assert door_argument(old) != door_argument(after)
    assert container_files(old, CONTAINERS["modern"]) != container_files(after, CONTAINERS["modern"])
    # Other files lie elsewhere, so that the container is made anew.
    assert container(old)["volumes"] != container(after)["volumes"]
    for name in ("dal05-a-colours", "dal05-a-modern-red-recipe"):
        container_inputs = json.dumps(plain(after.resource(name).inputs))
        assert "b" * 40 not in container_inputs


def container(program: ProgramRun, generation: str = "modern") -> Mapping[str, object]:
    inputs = plain(program.resource(CONTAINERS[generation]).inputs)
    assert isinstance(inputs, Mapping)
    return inputs


def another_recipe(recipe: ContainerRecipe) -> ContainerRecipe:
    """A recipe that has nothing in common with this one."""
    return ContainerRecipe(
        ImageSource("another:1", "another:0"),
        ContainerShape(
            command=("another",),
            environment={"ANOTHER": "1"},
            files=(ContainerFile("/another", "text", "0640"),),
            mounts=(Mount("/another", "/mount", read_only=False),),
            health=HealthCheck(("CMD", "another"), 7, 7, 7, 7),
            port=None if recipe.shape.port else PublishedPort(7, "127.0.0.1", 7),
            grace_seconds=7,
        ),
        memory=7,
        restart="no",
        log_driver="local",
        log_options={"max-file": "7"},
    )


@pytest.mark.parametrize("generation", CONTAINERS)
def test_every_input_of_a_container_comes_from_its_recipe(config: Config, generation: str) -> None:
    """A kept recipe with nothing in common changes every input: none has another source."""
    present = before(config)
    recipe = another_recipe(recipe_from(record(present, generation)["recipe"]))
    stash = {**record(present, generation), "recipe": recipe.text, "image": f"sha256:{'c' * 64}"}
    kept = run_kept(config, {f"{CONTAINERS[generation]}-recipe": json.dumps(stash)})
    old, new = container(present, generation), container(kept, generation)
    assert {key for key in old if old[key] == new.get(key)} == NOT_OF_A_RECIPE


def record(program: ProgramRun, generation: str = "modern") -> dict[str, str]:
    text = program.resource(f"{CONTAINERS[generation]}-recipe").inputs["input"]
    recorded: dict[str, str] = json.loads(text)
    return recorded


def recorded_secrets(program: ProgramRun) -> object:
    return program.resource(SECRETS).inputs["input"]


def run_kept(config: Config, stashes: Mapping[str, object], **settings: object) -> ProgramRun:
    values = {**config, "keepRelease": "1", **settings}
    return run_program({f"softlayer-registry:{key}": value for key, value in values.items()}, stashes=stashes)


def test_a_kept_release_stays_as_it_was_made(config: Config) -> None:
    """With another image, too, and with the secrets that it had."""
    s3_config = {**of_modern(config), **S3}
    present = before(s3_config)
    image = f"sha256:{'c' * 64}"
    stash = {
        f"{CONTAINERS['modern']}-recipe": json.dumps({**record(present), "image": image}),
        SECRETS: recorded_secrets(present),
    }
    kept = run_kept(s3_config, stash, registryMemory=640, s3Bucket="another", s3SecretKey="b" * 40)
    assert door_argument(kept) == door_argument(present)
    old, new = dict(container(present)), dict(container(kept))
    assert new.pop("image") == image
    assert new == {key: old[key] for key in new}


def test_what_is_kept_is_made_anew_on_another_installation(config: Config) -> None:
    s3_config = {**of_modern(config), **S3}
    stale = json.dumps({**record(before(s3_config)), "installation": "another"})
    stash = {f"{CONTAINERS['modern']}-recipe": stale}
    kept, present = run_kept(s3_config, stash, registryMemory=640), run(s3_config, registryMemory=640)
    assert door_argument(kept) == door_argument(present)
    assert container(kept) == container(present)


def test_a_record_is_replaced_with_its_server_s_installation(config: Config) -> None:
    """Else a kept release that was made anew would follow every later edit, which no swap gets past."""
    for program in (before(of_modern(config)), run_kept(of_modern(config), {})):
        requests = [request for request in program.requests if request.type == "pulumi:index:Stash"]
        assert requests
        assert len({request.replacement_trigger.string_value for request in requests}) == 1
        assert all(request.replacement_trigger.string_value for request in requests)
    assert record(run_kept(of_modern(config), {}))["image"], "what is made anew is kept from then on"


def test_without_a_record_there_is_nothing_to_keep(config: Config) -> None:
    assert container(run_kept(config, {})) == container(before(config))


def test_a_release_in_another_container_is_of_the_same_account(config: Config) -> None:
    releases = {"1": {}, "2": {"objectContainer": "other"}}
    program = run(of_modern(config), releases=releases, black="2")
    accounts = [
        resource.name
        for resource in program.resources
        if resource.typ == "softlayer:index:ObjectStorageAccount"
    ]
    assert accounts == ["store-account"]
    for colour, name in (("red", "docker"), ("black", "other")):
        files = container_files(program, f"dal05-a-modern-{colour}")
        assert f"container: {name}\n" in files["/etc/docker/registry/config.yml"]
    storages = program.outputs["storages"]
    assert storages["red"] != storages["black"]


def test_a_refusal_of_the_doors_ends_the_preview(config: Config) -> None:
    values = {f"softlayer-registry:{key}": value for key, value in of_modern(config).items()}
    with pytest.raises(pulumi.RunError, match="is live"):
        run_program(values, preview=True, door_refusal="colour red, release 1, is live")
    run_program(values, preview=True)


def test_a_registry_that_docker_publishes_is_protected_without_a_door(config: Config) -> None:
    """As in the article: on the loopback, with no other colour beside it."""
    program = run(config, registryGeneration="legacy", registryListen="loopback")
    guard = program.resource("dal05-a-published")
    words = str(plain(guard.inputs["create"])).split("-- ")[1].split()
    assert words[:3] == ["published", "sync", "prod"]
    (container,) = (one for one in program.requests if one.type.endswith(":Container"))
    assert any(urn.endswith("::dal05-a-published") for urn in container.dependencies)
    values = {
        f"softlayer-registry:{key}": value
        for key, value in {**config, "registryGeneration": "legacy", "registryListen": "loopback"}.items()
    }
    with pytest.raises(pulumi.RunError, match="would be replaced"):
        run_program(values, preview=True, door_refusal="its container would be replaced")


def test_an_operator_may_have_the_live_colour_replaced(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permission was in the state: the next `pulumi up` had something to update, and changed nothing."""
    unchanged = before(config).resource("dal05-a-colours")
    monkeypatch.setenv("SOFTLAYER_REGISTRY_REPLACE_LIVE", "red")
    permitting = run(config)
    assert plain(permitting.resource("dal05-a-colours").inputs) == plain(unchanged.inputs)
    (question,) = permitting.door_questions
    assert question[0] == "permit"
    assert f"red={door_argument(permitting)}:replace" in question
    monkeypatch.setenv("SOFTLAYER_REGISTRY_REPLACE_LIVE", "black")
    assert run(config).door_questions == [], "no such colour"
    monkeypatch.delenv("SOFTLAYER_REGISTRY_REPLACE_LIVE")
    assert run(config).door_questions == []


def test_a_door_that_takes_no_permission_ends_the_update(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {f"softlayer-registry:{key}": value for key, value in config.items()}
    monkeypatch.setenv("SOFTLAYER_REGISTRY_REPLACE_LIVE", "red")
    with pytest.raises(pulumi.RunError, match="the disk is full"):
        run_program(values, door_refusal="the disk is full")


def test_the_output_for_operate_has_the_fingerprint(config: Config) -> None:
    program = before(config)
    colours = program.outputs["operate"]["colours"]
    assert colours["red"]["fingerprint"] == fingerprint(program)


def test_a_generation_comes_beside_the_other_one_which_stays_as_it_is(config: Config) -> None:
    """As the first step of a migration, and its last."""
    both = fingerprint(before(config)).split("+")
    assert [part.split(".")[0] for part in both] == ["modern", "legacy"]
    legacy_only = run(config, registryGeneration="legacy", legacyContainer="docker")
    assert fingerprint(legacy_only) == both[1]
    assert fingerprint(before(of_modern(config))) == both[0]
