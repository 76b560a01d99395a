"""A rotation that is given up leaves the stack file with every byte of before."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operate.record.rotation_plan import KINDS, RotationProgress
from operate.rotate.changes import release_name, settings_before, staged, with_release
from operate.rotate.file_text import file_content, settings_of, text_afterwards
from tests.unit.operate.rotate.strategies import GENERATIONS, NAMES

RELEASES = st.dictionaries(NAMES, st.just({"version": "2.8.3"}), max_size=3)
FILES = st.fixed_dictionaries(
    {"red": st.just("1"), "releases": RELEASES.map(lambda releases: {"1": {}, **releases})},
    optional={
        "black": st.just(""),
        "keepRelease": st.sampled_from(["", "1"]),
        "secretGenerations": st.dictionaries(
            st.sampled_from(["root", "httpSecret", "tempUrlKey", "authority"]), st.integers(1, 9)
        ),
        "secretOverlaps": st.lists(st.sampled_from(["other", "another"]), unique=True),
        "registryPassword": st.just({"secure": "v1:aa"}),
    },
) | st.fixed_dictionaries({}, optional={"red": st.just("1"), "releases": st.just({}), "black": st.just("")})


def file_of(settings: Mapping[str, object]) -> str:
    """A stack file with what Pulumi does not keep: empty lines, and an order of its own."""
    lines = [f"  softlayer-registry:{key}: {json.dumps(value)}  # {key}" for key, value in settings.items()]
    return "# ours\n\nconfig:\n" + "\n\n".join([*lines, "  other:key: 1"]) + "\n"


@given(kind=st.sampled_from(GENERATIONS), before=FILES, is_retired=st.booleans())
def test_given_up_the_stack_file_has_every_byte_of_before(
    kind: str, before: dict[str, Any], is_retired: bool
) -> None:
    """Whatever rotation, swap and retirement have written, and whatever was there with nothing in it."""
    rotated, text = KINDS[kind], file_of(before)
    present: dict[str, Any] = {"red": "1", "keepRelease": None, **before}
    generations = present.get("secretGenerations") or {}
    number = int(str(generations.get(rotated.generation, 1))) + 1
    present |= staged(rotated, number, generations, present.get("secretOverlaps") or [])
    release = ""
    if rotated.is_swapped:
        release = release_name("1", present.get("releases") or {})
        present["releases"] = with_release(release, "1", present.get("releases") or {})
        present |= {"keepRelease": "1", "black": "" if is_retired else release}
    if kind == "root":
        present.setdefault("registryPassword", {"secure": "v1:bb"})
    progress = RotationProgress(kind, release, number, before=text)
    present |= settings_before(rotated, progress, present)
    remaining = {key: value for key, value in present.items() if value is not None}
    present_text = file_of({"rotation": progress.as_json(), **dict(sorted(remaining.items()))})
    if "red" not in before:
        present_text = present_text.replace('  softlayer-registry:red: "1"  # red\n\n', "")
    assert text_afterwards(text, present_text, ()) == text


def test_what_others_have_changed_stays() -> None:
    before, now = file_of({"red": "1"}), file_of({"red": "1", "memory": "640", "rotation": {}})
    assert text_afterwards(before, now, ()) == now
    secret, again = (file_of({"registrySecret": {"secure": text}}) for text in ("v1:aa", "v1:bb"))
    assert text_afterwards(secret, again, ()) == again
    assert text_afterwards(secret, again, ("registrySecret",)) == secret


def test_what_a_caller_changes_stays_its_own() -> None:
    """A text is parsed once, however often it is asked for."""
    text = "config:\n  softlayer-registry:users: {jane: {}}\n"
    settings_of(text)["users"] = file_content(text)["config"]["softlayer-registry:users"]["jane"] = None
    assert settings_of(text) == {"users": {"jane": {}}}
