"""The names that are nearest to one that does not exist."""

import pytest

from messages.nearest import nearest_hint, nearest_names


@pytest.mark.parametrize(
    ("name", "existing", "hint"),
    [
        ("flavour", ["flavor", "preset"], "; nearest is flavor"),
        ("REGISTRYPORT", ["registryPort"], "; nearest is registryPort"),
        ("UBUNTU_24", ["UBUNTU_20_64", "UBUNTU_24_64"], "; nearest is UBUNTU_24_64"),
        ("zzz", ["flavor"], ""),
        ("x", [], ""),
    ],
)
def test_a_hint_names_the_nearest_or_nothing(name: str, existing: list[str], hint: str) -> None:
    assert nearest_hint(name, existing) == hint


def test_several_names_come_nearest_first() -> None:
    assert nearest_names("s3Bukcet", ["s3Bucket", "s3Region", "s3Endpoint"])[0] == "s3Bucket"
