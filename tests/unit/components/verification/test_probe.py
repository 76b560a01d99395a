"""The verdict over a push, a pull and a look into the storage."""

import pytest

from components.verification.probe import LEGACY, MODERN, Probe, ProbeError

DIGEST = "sha256:" + "ab" * 32
PUSHED = f"{DIGEST} {'cd' * 32}"
OBJECT = f"files/docker/registry/v2/blobs/sha256/ab/{'ab' * 32}/data"
TAG = "registry/repositories/verification/probe/tag_probe"


def test_a_round_trip_seen_in_the_storage_gives_its_digest() -> None:
    assert MODERN.object_name(PUSHED, "files/") == OBJECT
    assert MODERN.verify_round_trip(PUSHED, f"{DIGEST}\n", OBJECT, [OBJECT]) == DIGEST
    assert LEGACY.object_name(PUSHED, "files/") == TAG
    assert LEGACY.verify_round_trip(PUSHED, f"{PUSHED}\n", TAG, [TAG]) == DIGEST


@pytest.mark.parametrize(
    ("probe", "pulled"),
    [(MODERN, "sha256:" + "ef" * 32), (LEGACY, DIGEST), (LEGACY, f"{DIGEST} {'ef' * 32}"), (MODERN, "")],
)
def test_another_digest_is_refused(probe: Probe, pulled: str) -> None:
    with pytest.raises(ProbeError, match="mixes up"):
        probe.verify_round_trip(PUSHED, pulled, OBJECT, [OBJECT])


@pytest.mark.parametrize("object_names", [[], [f"{OBJECT}.old"]])
def test_a_registry_that_keeps_its_data_elsewhere_is_refused(object_names: list[str]) -> None:
    with pytest.raises(ProbeError, match="not in the storage"):
        MODERN.verify_round_trip(PUSHED, DIGEST, OBJECT, object_names)
