"""Object masks: every form clients send, and none that breaks the parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.api.mask import Mask, parse_mask, project
from cloud.faults import ApiFault
from cloud.values import Entity, Json, structure

SOFTWARE = Entity("SoftLayer_Software_Description", {"name": "Ubuntu", "version": "22.04"})
GUEST = Entity(
    "SoftLayer_Virtual_Guest",
    {"id": 1, "hostname": "web", "notes": None},
    {
        "datacenter": lambda: structure("SoftLayer_Location", {"id": 2, "name": "dal13"}),
        "operatingSystem": lambda: Entity("", {"id": 3}, {"softwareDescription": lambda: SOFTWARE}),
        "activeTransaction": lambda: None,
        "tagReferences": lambda: [
            structure("", {"id": at, "tag": {"name": name, "id": at}}) for at, name in enumerate("ab")
        ],
    },
)
OWN: dict[str, Json] = {"id": 1, "hostname": "web", "notes": None}


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("", OWN),
        ("mask[id]", {"id": 1}),
        ("id,hostname", {"id": 1, "hostname": "web"}),
        ("id;hostname", {"id": 1, "hostname": "web"}),
        (" mask [ id ,\n hostname ] ", {"id": 1, "hostname": "web"}),
        ("mask.hostname", {"hostname": "web"}),
        ("mask.datacenter.name", {**OWN, "datacenter": {"name": "dal13"}}),
        ("id,datacenter.name", {"id": 1, "datacenter": {"name": "dal13"}}),
        ("mask[id,datacenter[name,id]]", {"id": 1, "datacenter": {"name": "dal13", "id": 2}}),
        ("mask[id,datacenter.name,datacenter.id]", {"id": 1, "datacenter": {"name": "dal13", "id": 2}}),
        ("filteredMask[id]", {"id": 1}),
        ("[mask[id],mask[hostname]]", {"id": 1, "hostname": "web"}),
        ("[mask[id],mask(SoftLayer_Virtual_Guest)[hostname]]", {"id": 1, "hostname": "web"}),
        ("[mask[id],mask(SoftLayer_Hardware)[serviceTag]]", {"id": 1}),
        ("mask(SoftLayer_Virtual_Guest)[id]", {"id": 1}),
        ("activeTransaction", OWN),
        ("id,activeTransaction[id]", {"id": 1}),
        ("id,notes", {"id": 1, "notes": None}),
        (
            "id,tagReferences.tag.name",
            {"id": 1, "tagReferences": [{"id": 0, "tag": {"name": "a"}}, {"id": 1, "tag": {"name": "b"}}]},
        ),
        (
            "id,operatingSystem[softwareDescription.name]",
            {"id": 1, "operatingSystem": {"id": 3, "softwareDescription": {"name": "Ubuntu"}}},
        ),
        ("id,dedicatedHost.id,networkMonitors[queryType]", {"id": 1, "networkMonitors": []}),
        (
            "id,tagReferenceCount,activeTransactionCount",
            {"id": 1, "tagReferenceCount": 2, "activeTransactionCount": 0},
        ),
        ("mask[id,]", {"id": 1}),
    ],
)
def test_a_mask_answers(mask: str, expected: Json) -> None:
    assert project(GUEST, parse_mask(mask)) == expected


@pytest.mark.parametrize(
    "mask", ["mask[id", "mask]", "mask[id]]", "[", "a.", "mask(", "mask(a", "a b)", "ü", "mask[a.b.]"]
)
def test_a_broken_mask_is_refused(mask: str) -> None:
    with pytest.raises(ApiFault, match="object mask"):
        parse_mask(mask)


def test_an_unknown_property_is_named() -> None:
    with pytest.raises(ApiFault, match="Property 'x' not valid for 'SoftLayer_Virtual_Guest'"):
        project(GUEST, parse_mask("mask[x]"))


@pytest.mark.parametrize("opening", ["a[", "[", "mask[", "a."])
def test_endless_nesting_is_refused(opening: str) -> None:
    with pytest.raises(ApiFault):
        parse_mask(opening * 50_000)


@given(st.text("abmask[](),.; \n", max_size=60))
def test_parsing_answers_a_mask_or_a_fault(text: str) -> None:
    codes = {"SoftLayer_Exception_WebService_ObjectMask"}
    try:
        mask = parse_mask(text)
    except ApiFault as fault:
        codes.add(fault.code)
    else:
        assert isinstance(mask, Mask)
    assert len(codes) == 1


_trees = st.recursive(
    st.sampled_from(["id", "hostname", "datacenter", "name", "tag"]),
    lambda inner: st.builds(
        lambda name, parts: f"{name}[{','.join(parts)}]",
        st.sampled_from(["datacenter", "tagReferences", "operatingSystem"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@given(st.lists(_trees, min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(parts: list[str]) -> None:
    def format_mask(mask: Mask) -> str:
        inner = ((field.name, format_mask(field.inner)) for field in mask.fields)
        return ",".join(f"{name}[{rest}]" if rest else name for name, rest in inner)

    text = ",".join(parts)
    assert format_mask(parse_mask(f"mask[{text}]")) == text
