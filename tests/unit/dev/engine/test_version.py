import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.engine import version

_NUMBERS = st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("3.259.0\n", (3, 259, 0)),
        ("go1.26", (1, 26, 0)),
        ("go version go1.25.11 linux/amd64", (1, 25, 11)),
        ("v3.260.0-alpha.1+abc", (3, 260, 0)),
        ("devel", None),
        ("", None),
    ],
)
def test_parse_finds_the_version_in_what_programs_print(text: str, parsed: version.Version | None) -> None:
    assert version.parse(text) == parsed


@given(_NUMBERS, _NUMBERS)
def test_versions_compare_as_numbers(have: version.Version, minimum_version: version.Version) -> None:
    text, minimum = (".".join(map(str, numbers)) for numbers in (have, minimum_version))
    assert version.at_least(f"v{text}", minimum) == (have >= minimum_version)


def test_no_version_is_never_new_enough() -> None:
    assert not version.at_least("unknown", "0.0.0")
