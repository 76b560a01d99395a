"""The verdict over a push, a pull and a listing."""

import pytest

from components.verification import VerificationError, check_round_trip, object_name

DIGEST = "sha256:" + "ab" * 32
PUSHED = f"{DIGEST} {'cd' * 32}\n"
OBJECT = f"files/docker/registry/v2/blobs/sha256/ab/{'ab' * 32}/data"


def test_a_round_trip_seen_in_the_storage_gives_its_digest() -> None:
    assert object_name(DIGEST) == OBJECT
    assert check_round_trip(PUSHED, f"{DIGEST}\n", [OBJECT]) == DIGEST


def test_another_digest_is_refused() -> None:
    with pytest.raises(VerificationError, match="mixes up"):
        check_round_trip(PUSHED, "sha256:" + "ef" * 32, [OBJECT])


def test_a_registry_that_keeps_its_data_elsewhere_is_refused() -> None:
    with pytest.raises(VerificationError, match="not in the object storage"):
        check_round_trip(PUSHED, DIGEST, [])
