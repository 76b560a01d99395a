"""What was on a lost server leaves the state with it, and nothing that stays names it any more."""

from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from pulumi import automation

from operate.recover.lost_resources import Resource, forget_lost, resources_on, without_resources

STACK, GUEST, OTHER = "urn::stack", "urn::VirtualGuest::dal05-a", "urn::VirtualGuest::dal05-b"


def resource(urn: str, owner: str = "", parent: str = STACK, needs: tuple[str, ...] = ()) -> Resource:
    return {
        "urn": urn, "parent": parent, "deletedWith": owner, "dependencies": list(needs),
        "propertyDependencies": {"connection": list(needs), "stdin": None}, "replaceWith": [owner],
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
        resource(OTHER),
        resource("door", GUEST),
        resource("child", parent="door"),
        resource("component"),
        resource("kept", OTHER, parent="component", needs=("door", OTHER)),
    ]
    # Pulumi forgets what was deleted with a server together with the server.
    after = [{**one, "deletedWith": ""} if one.get("deletedWith") == GUEST else one for one in before]
    left = deployment(*(one for one in after if one["urn"] != GUEST))
    kept = {
        resource["urn"]: resource
        for resource in (forget_lost(deployment(*before), left).deployment or {})["resources"]
    }
    assert list(kept) == [STACK, OTHER, "component", "kept"]
    expected = {"type": "", **resource("kept", OTHER, parent="component", needs=(OTHER,))}
    assert kept["kept"] == expected | {"propertyDependencies": {"connection": [OTHER], "stdin": []}}


@given(st.lists(st.integers(0, 9), max_size=12))
def test_nothing_that_stays_names_what_is_lost(owners: list[int]) -> None:
    state = [{"urn": STACK}, resource(GUEST)]
    state += [
        resource(f"r{number}", GUEST if owner % 3 == 0 else "", needs=tuple(f"r{n}" for n in range(number)))
        for number, owner in enumerate(owners)
    ]
    lost = resources_on(state, {GUEST})
    assert lost == {f"r{number}" for number, owner in enumerate(owners) if owner % 3 == 0}
    kept = without_resources(state, lost)
    urns = {str(one["urn"]) for one in kept}
    assert all(set(cast(list[str], one.get("dependencies", []))) <= urns for one in kept)
    assert resources_on(state, {OTHER}) == frozenset()
