"""What was on a lost server leaves the state with it, and nothing that stays names it any more."""

from hypothesis import given
from hypothesis import strategies as st

from operate.recover.lost_resources import Resource, without_lost

STACK, GUEST, OTHER = "urn::stack", "urn::VirtualGuest::dal05-a", "urn::VirtualGuest::dal05-b"


def resource(urn: str, owner: str = "", parent: str = STACK, needs: tuple[str, ...] = ()) -> Resource:
    return {
        "urn": urn, "parent": parent, "deletedWith": owner, "dependencies": list(needs),
        "propertyDependencies": {"connection": list(needs), "stdin": None}, "replaceWith": [owner],
    }  # fmt: skip


def test_what_is_on_a_server_that_left_the_state_leaves_it_too() -> None:
    state = [
        {"urn": STACK},
        resource(OTHER),
        resource("door", GUEST),
        resource("child", parent="door"),
        resource("component"),
        resource("kept", OTHER, parent="component", needs=("door", OTHER)),
    ]
    kept = {str(one["urn"]): one for one in without_lost(state)}
    assert list(kept) == [STACK, OTHER, "component", "kept"]
    expected = dict(resource("kept", OTHER, parent="component", needs=(OTHER,)))
    assert kept["kept"] == expected | {"propertyDependencies": {"connection": [OTHER], "stdin": []}}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12), st.booleans())
def test_nothing_that_stays_names_what_is_lost(links: list[tuple[int, int]], there: bool) -> None:
    state = [{"urn": STACK}, *([resource(GUEST)] if there else [])]
    state += [
        resource(f"r{number}", GUEST if owner % 3 == 0 else "", needs=tuple(f"r{n}" for n in range(number)))
        for number, (owner, _) in enumerate(links)
    ]
    kept = without_lost(state)
    urns = {one["urn"] for one in kept}
    assert all(set(one.get("dependencies") or ()) <= urns for one in kept)  # type: ignore[call-overload]
    if there:
        assert [one["urn"] for one in kept] == [one["urn"] for one in state]
