"""A v1 chain as a v2 image."""

import json

from hypothesis import given
from hypothesis import strategies as st

from operate.migration.source.v1_image import V1Image
from operate.migration.target.conversion import (
    CONFIG_TYPE,
    GZIP_LAYER_TYPE,
    MANIFEST_TYPE,
    PLAIN_LAYER_TYPE,
    Blob,
    LayerFacts,
    convert,
    digest_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "created",
        "author",
        "comment",
        "config",
        "container_config",
        "docker_version",
        "os",
        "architecture",
        "x",
    ]
)
DIGESTS = st.integers(0, 2**256 - 1).map(lambda number: f"sha256:{number:064x}")
FACTS = st.builds(
    LayerFacts,
    st.builds(Blob, DIGESTS, st.integers(1, 2**40)),
    DIGESTS,
    st.sampled_from([GZIP_LAYER_TYPE, PLAIN_LAYER_TYPE]),
)
IMAGES = st.builds(
    V1Image,
    st.just("a" * 64),
    st.none(),
    st.dictionaries(NAMES, JSON, max_size=6) | st.just({"throwaway": True}),
)
LAYER = LayerFacts(Blob(digest_of(b"layer"), 5), digest_of(b"tar"), GZIP_LAYER_TYPE)


def v1(**fields: object) -> V1Image:
    return V1Image("a" * 64, None, fields)


@given(st.lists(st.tuples(IMAGES, st.none() | FACTS), min_size=1, max_size=6))
def test_any_chain_gives_a_consistent_image_and_the_same_one_again(
    chain: list[tuple[V1Image, LayerFacts | None]],
) -> None:
    image = convert(chain)
    assert convert(list(chain)) == image
    config, manifest = json.loads(image.config), json.loads(image.manifest)
    layers = [facts for _, facts in chain if facts is not None]
    assert manifest["config"] == {
        "mediaType": CONFIG_TYPE,
        "size": len(image.config),
        "digest": digest_of(image.config),
    }
    assert manifest["mediaType"] == MANIFEST_TYPE
    assert [(layer["digest"], layer["size"], layer["mediaType"]) for layer in manifest["layers"]] == [
        (facts.blob.digest, facts.blob.size, facts.media_type) for facts in layers
    ]
    assert config["rootfs"] == {"type": "layers", "diff_ids": [facts.diff_id for facts in layers]}
    assert [not line.get("empty_layer", False) for line in config["history"]] == [
        facts is not None for _, facts in chain
    ]
    assert config["os"]
    assert config["architecture"]
    assert not config.keys() & {"id", "parent", "throwaway", "layer_id", "parent_id", "Size"}


def test_settings_are_those_of_the_top_and_history_is_that_of_all() -> None:
    lower = v1(created="2014-01-01T00:00:00Z", container_config={"Cmd": ["/bin/sh", "-c", "make"]})
    upper = v1(created="2014-02-01T00:00:00Z", author="Ann", comment="top", config={"Env": ["A=1"]})
    config = json.loads(convert([(lower, LAYER), (upper, LAYER)]).config)
    assert config["config"] == {"Env": ["A=1"]}
    assert config["created"] == "2014-02-01T00:00:00Z"
    assert config["history"] == [
        {"created": "2014-01-01T00:00:00Z", "created_by": "/bin/sh -c make"},
        {"created": "2014-02-01T00:00:00Z", "author": "Ann", "comment": "top"},
    ]


def test_unknown_fields_stay_only_from_docker_1_8_3_on() -> None:
    # moby 1.10, image/v1/imagev1_test.go: 1.8.3 is where fields could be trusted.
    kept = {
        version: "later" in json.loads(convert([(v1(docker_version=version, later=1), LAYER)]).config)
        for version in ("1.8.2", "1.8.3", "1.10.0", "1.8", "swarm/1.0", "1.9.0-dev", "")
    }
    assert kept == {
        "1.8.2": False,
        "1.8.3": True,
        "1.10.0": True,
        "1.8": False,
        "swarm/1.0": False,
        "1.9.0-dev": True,
        "": False,
    }


def test_the_bytes_are_these() -> None:
    image = convert([(v1(os="linux", architecture="amd64", docker_version="1.0.1"), LAYER)])
    assert image.config == (
        b'{"os":"linux","architecture":"amd64","docker_version":"1.0.1","rootfs":{"type":"layers","diff_ids":["'
        + LAYER.diff_id.encode()
        + b'"]},"history":[{"created":"0001-01-01T00:00:00Z"}]}'
    )
