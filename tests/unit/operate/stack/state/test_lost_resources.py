"""What was on a lost server leaves the state with it, and nothing that stays names it any more."""

from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from pulumi import automation

from operate.stack.state.lost_resources import Resource, forget_lost, resources_on, without_resources

STACK, GUEST, OTHER_GUEST = "urn::stack", "urn::VirtualGuest::dal05-a", "urn::VirtualGuest::dal05-b"


def resource(urn: str, owner: str = "", parent: str = STACK, dependencies: tuple[str, ...] = ()) -> Resource:
    return {
        "urn": urn, "parent": parent, "deletedWith": owner, "dependencies": list(dependencies),
        "propertyDependencies": {"connection": list(dependencies), "stdin": None}, "replaceWith": [owner],
    }  # fmt: skip


def deployment(*resources: Resource) -> automation.Deployment:
    typed = [
        {"type": "softlayer:index:VirtualGuest" if "Guest" in str(resource["urn"]) else "", **resource}
        for resource in resources
    ]
    return automation.Deployment(3, {"resources": typed})


def test_what_is_on_a_server_that_left_the_state_leaves_it_too() -> None:
    before = [
        {"urn": STACK},
        resource(GUEST),
        resource(OTHER_GUEST),
        resource("door", GUEST),
        resource("child", parent="door"),
        resource("component"),
        resource("kept", OTHER_GUEST, parent="component", dependencies=("door", OTHER_GUEST)),
    ]
    # Pulumi forgets what was deleted with a server together with the server.
    after = [
        {**state_entry, "deletedWith": ""} if state_entry.get("deletedWith") == GUEST else state_entry
        for state_entry in before
    ]
    remaining = deployment(*(state_entry for state_entry in after if state_entry["urn"] != GUEST))
    kept = {
        resource["urn"]: resource
        for resource in (forget_lost(deployment(*before), remaining).deployment or {})["resources"]
    }
    assert list(kept) == [STACK, OTHER_GUEST, "component", "kept"]
    expected = {"type": "", **resource("kept", OTHER_GUEST, parent="component", dependencies=(OTHER_GUEST,))}
    assert kept["kept"] == expected | {"propertyDependencies": {"connection": [OTHER_GUEST], "stdin": []}}


@given(st.lists(st.integers(0, 9), max_size=12))
def test_nothing_that_stays_names_what_is_lost(owners: list[int]) -> None:
    state = [{"urn": STACK}, resource(GUEST)]
    state += [
        resource(
            f"r{number}", GUEST if owner % 3 == 0 else "", dependencies=tuple(f"r{n}" for n in range(number))
        )
        for number, owner in enumerate(owners)
    ]
    removed = resources_on(state, {GUEST})
    assert removed == {f"r{number}" for number, owner in enumerate(owners) if owner % 3 == 0}
    kept = without_resources(state, removed)
    urns = {str(state_entry["urn"]) for state_entry in kept}
    assert all(set(cast(list[str], state_entry.get("dependencies", []))) <= urns for state_entry in kept)
    assert resources_on(state, {OTHER_GUEST}) == frozenset()
