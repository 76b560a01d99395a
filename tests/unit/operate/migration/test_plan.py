"""What a migration decides on the small objects alone: layout and plan."""

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.error import OperateError
from operate.migration.names import repository_names
from operate.migration.plan import Documents, Plan, choose, make_plan
from operate.migration.source.layout import StoredObject, catalogue, prefix
from operate.migration.source.v1_image import BadImageError, parse_ancestry, parse_checksum, parse_image

IDS = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
A, B, C = (letter * 64 for letter in "abc")


def plan(objects: Mapping[str, bytes], *repositories: str, names: Mapping[str, str] | None = None) -> Plan:
    """Plan on a container as it is, every small object read."""
    stored_images = catalogue(
        (StoredObject(name, len(content), "") for name, content in objects.items()), "/registry"
    )
    pieces = {
        piece: {
            image: objects[stored[piece].name]
            for image, stored in stored_images.images.items()
            if piece in stored
        }
        for piece in ("ancestry", "json", "_checksum")
    }
    tags = choose(stored_images.tags, repositories)
    documents = Documents(
        {tag: objects[tag.stored] for tag in tags}, pieces["ancestry"], pieces["json"], pieces["_checksum"]
    )
    return make_plan(stored_images, tags, documents, names or {})


def image(identifier: str, *below: str, **fields: object) -> dict[str, bytes]:
    folder = f"registry/images/{identifier}"
    document = {"id": identifier} | ({"parent": below[0]} if below else {}) | fields
    return {
        f"{folder}/json": json.dumps(document).encode(),
        f"{folder}/ancestry": json.dumps([identifier, *below]).encode(),
        f"{folder}/layer": b"layer",
        f"{folder}/_checksum": b'["tarsum+sha256:1", "sha256:2"]',
    }


def tag(
    identifier: str, name: str = "app", version: str = "v1", namespace: str = "library"
) -> dict[str, bytes]:
    return {f"registry/repositories/{namespace}/{name}/tag_{version}": identifier.encode()}


def test_the_storage_path_goes_in_front_less_one_slash() -> None:
    assert [prefix(path) for path in ("/registry", "registry", "/", "/a/b")] == [
        "registry/",
        "registry/",
        "/",
        "a/b/",
    ]


def test_a_chain_is_planned_from_its_lowest_layer() -> None:
    planned = plan(image(A) | image(B, A) | tag(B) | tag(A, version="v0"))
    assert planned.problems == ()
    assert {
        image_plan.reference: [layer.image.identifier for layer in image_plan.chain]
        for image_plan in planned.images
    } == {
        "app:v0": [A],
        "app:v1": [A, B],
    }
    assert [(identifier, home) for identifier, (_, home) in planned.layers.items()] == [
        (A, "app"),
        (B, "app"),
    ]
    assert planned.images[0].chain[0].checksum == "2"
    assert planned.bytes == 10


def test_a_namespace_stays_and_library_goes() -> None:
    planned = plan(image(A) | tag(A) | tag(A, namespace="team", name="web%2Fapi"))
    assert {image_plan.name for image_plan in planned.images} == {"app", "team/web/api"}


@pytest.mark.parametrize("repository", ["app", "library/app"])
def test_a_repository_is_chosen_by_either_name(repository: str) -> None:
    objects = image(A) | tag(A) | tag(A, namespace="team")
    assert [image_plan.name for image_plan in plan(objects, repository).images] == ["app"]


def test_the_properties_of_a_tag_that_begins_with_an_underscore_are_no_tag() -> None:
    # core/driver.py: the tag `_x` is in `tag__x`, its properties in `tag_x_json`.
    objects = (
        image(A) | tag(A, version="_x") | {"registry/repositories/library/app/tag_x_json": b'{"os": "linux"}'}
    )
    planned = plan(objects)
    assert [image_plan.tag for image_plan in planned.images] == ["_x"]
    assert planned.problems == ()
    lonely = plan(image(A) | {"registry/repositories/library/app/tag_x_json": b'{"os": "linux"}'})
    assert [problem.reference for problem in lonely.problems] == ["app:x_json"]


def without(objects: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    return {key: content for key, content in objects.items() if key != name}


@pytest.mark.parametrize("piece", ["json", "layer", "ancestry"])
def test_a_broken_images_missing_piece_is_reported_and_others_are_planned(piece: str) -> None:
    objects = image(A) | image(B) | tag(A) | tag(B, version="v2")
    planned = plan(without(objects, f"registry/images/{A}/{piece}"))
    assert [image_plan.tag for image_plan in planned.images] == ["v2"]
    [problem] = planned.problems
    assert problem.reference == "app:v1"
    assert f"image aaaaaaaaaaaa has no {piece} in the container" in problem.reason
    assert "push" in problem.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({f"registry/images/{A}/json": b"{"}, "no JSON"),
        ({f"registry/images/{A}/json": b"[]"}, "no object"),
        ({f"registry/images/{A}/json": json.dumps({"id": B}).encode()}, "describes another image"),
        ({f"registry/images/{A}/json": json.dumps({"id": A, "parent": B}).encode()}, "disagree"),
        ({f"registry/images/{A}/json": json.dumps({"id": A, "parent": 7}).encode()}, "parent"),
        ({f"registry/images/{A}/ancestry": b"{}"}, "no list"),
        ({f"registry/images/{A}/ancestry": json.dumps([B]).encode()}, "does not begin"),
        ({f"registry/images/{A}/ancestry": json.dumps([A, A]).encode()}, "repeats"),
        ({f"registry/images/{A}/ancestry": json.dumps([A, C]).encode()}, "image cccccccccccc has no json"),
        ({f"registry/images/{A}/_inprogress": b"true"}, "never pushed completely"),
        ({"registry/repositories/library/app/tag_v1": b"nothing"}, "holds no image id"),
    ],
)
def test_each_problem_is_reported(change: dict[str, bytes], words: str) -> None:
    planned = plan(image(A) | tag(A) | change)
    assert planned.images == ()
    assert words in planned.problems[0].reason


@pytest.mark.parametrize(
    ("name", "version"), [("App", "v1"), ("a..b", "v1"), ("app", "v 1"), ("app", "v" * 129)]
)
def test_names_that_v2_does_not_allow_are_reported(name: str, version: str) -> None:
    [problem] = plan(image(A) | tag(A, name=name, version=version)).problems
    assert "v2 protocol does not allow" in problem.reason


def test_a_throwaway_image_needs_no_layer() -> None:
    objects = without(image(A, throwaway=True), f"registry/images/{A}/layer") | image(B, A) | tag(B)
    [image_plan] = plan(objects).images
    assert [layer.stored is None for layer in image_plan.chain] == [True, False]


@given(st.lists(IDS, min_size=1, max_size=8, unique=True), st.data())
def test_any_tree_of_images_is_planned_whole_with_every_layer_once(
    ids: list[str], data: st.DataObject
) -> None:
    objects: dict[str, bytes] = {}
    chains: dict[str, list[str]] = {}
    for identifier in ids:
        below = chains.get(data.draw(st.sampled_from([*chains, ""])), [])
        chains[identifier] = [identifier, *below]
        objects |= image(identifier, *below) | tag(identifier, version=identifier)
    planned = plan(objects)
    assert planned.problems == ()
    for image_plan in planned.images:
        assert [layer.image.identifier for layer in reversed(image_plan.chain)] == chains[image_plan.tag]
    assert set(planned.layers) == set(ids)


def words_of(read: Callable[[str, bytes], object], content: bytes) -> str:
    try:
        read(A, content)
    except BadImageError as error:
        return str(error)
    return "push"


@given(st.binary(max_size=40))
def test_any_bytes_in_the_small_objects_end_in_words(content: bytes) -> None:
    assert all("push" in words_of(read, content) for read in (parse_image, parse_ancestry))
    assert isinstance(parse_checksum(content), str | None)


def test_checksums_of_all_ages_are_read() -> None:
    assert parse_checksum(b'["sha256:1"]') == "1"
    assert parse_checksum(b"sha256:1") == "1"
    assert parse_checksum(b"tarsum+sha256:1") is None
    assert parse_checksum(b"[]") is None


def test_a_name_that_v2_does_not_allow_is_mapped_to_one_that_it_does() -> None:
    objects = image(A) | tag(A, "my..app") | tag(A, "other")
    planned = plan(objects, names=repository_names(["my..app=my-app"]))
    assert [image_plan.reference for image_plan in planned.images] == ["my-app:v1", "other:v1"]
    assert planned.problems == ()
    (problem,) = plan(objects).problems
    assert "--rename 'my..app=NEW'" in problem.reason


def test_a_name_is_mapped_with_its_namespace_as_well() -> None:
    objects = image(A) | tag(A, "a..b") | tag(A, "a..b", namespace="team")
    names = repository_names(["library/a..b=a-b", "team/a..b=team/a-b"])
    assert {image_plan.reference for image_plan in plan(objects, names=names).images} == {
        "a-b:v1",
        "team/a-b:v1",
    }


def test_two_repositories_do_not_become_one() -> None:
    objects = image(A) | image(B) | tag(A, "a..b") | tag(B, "a-b")
    planned = plan(objects, names=repository_names(["a..b=a-b"]))
    assert len(planned.images) == 1
    (problem,) = planned.problems
    assert "another name (option --rename)" in problem.reason


@pytest.mark.parametrize("renames", [["a"], ["=a"], ["a="], ["a=B..c"], ["a=b", "a=c"]])
def test_a_mapping_that_cannot_be_is_refused(renames: list[str]) -> None:
    with pytest.raises(OperateError, match="--rename"):
        repository_names(renames)
