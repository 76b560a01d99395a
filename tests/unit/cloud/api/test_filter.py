"""Object filters: every operation, and none that breaks the list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.api.filter import select
from cloud.values import Entity, Json, Value, structure


def _guest(number: int, hostname: str, *, notes: str | None, tags: str) -> Entity:
    return Entity(
        "SoftLayer_Virtual_Guest",
        {
            "id": number,
            "hostname": hostname,
            "notes": notes,
            "createDate": f"2024-05-0{number}T12:00:00+00:00",
        },
        {
            "hourlyBillingFlag": lambda: number == 1,
            "tagReferences": lambda: [structure("", {"tag": {"name": tag}}) for tag in tags],
            "billingItem": lambda: structure("", {"id": number}) if number != 2 else None,
        },
        {"hostname": ("alias",) if number == 3 else ()},
    )


GUESTS: list[Value] = [
    _guest(1, "web-abc", notes=None, tags="rg"),
    _guest(2, "Web-def", notes="x", tags="b"),
    _guest(3, "db", notes="Y", tags=""),
]


def _ids(object_filter: Json) -> list[Value]:
    return [guest.get("id") for guest in select(GUESTS, object_filter) if isinstance(guest, Entity)]


def _options(name: str, *values: Json) -> Json:
    return [{"name": name, "value": list(values)}]


@pytest.mark.parametrize(
    ("object_filter", "expected"),
    [
        (None, [1, 2, 3]),
        ({}, [1, 2, 3]),
        ({"id": {"operation": 2}}, [2]),
        ({"id": {"operation": "2"}}, [2]),
        ({"id": {"operation": "> 1"}}, [2, 3]),
        ({"id": {"operation": ">= 2"}}, [2, 3]),
        ({"id": {"operation": "<2"}}, [1]),
        ({"id": {"operation": "!= 2"}}, [1, 3]),
        ({"id": {"operation": "in", "options": _options("data", 1, "3")}}, [1, 3]),
        ({"hostname": {"operation": "web-def"}}, [2]),
        ({"hostname": {"operation": "_= WEB-DEF"}}, [2]),
        ({"hostname": {"operation": "^= web"}}, [1, 2]),
        ({"hostname": {"operation": "$= -abc"}}, [1]),
        ({"hostname": {"operation": "*= B"}}, [1, 2, 3]),
        ({"hostname": {"operation": "~ Web"}}, [2]),
        ({"hostname": {"operation": "!~ Web"}}, [1, 3]),
        ({"hostname": {"operation": "alias"}}, [3]),
        ({"notes": {"operation": "is null"}}, [1]),
        ({"notes": {"operation": "not null"}}, [2, 3]),
        ({"billingItem": {"id": {"operation": 3}}}, [3]),
        ({"billingItem": {"operation": "is null"}}, [2]),
        (
            {"tagReferences": {"tag": {"name": {"operation": "in", "options": _options("data", "g", "b")}}}},
            [1, 2],
        ),
        ({"hourlyBillingFlag": {"operation": True}}, [1]),
        ({"hourlyBillingFlag": {"operation": "0"}}, [2, 3]),
        ({"hourlyBillingFlag": {"operation": 1}}, [1]),
        ({"hostname": {"operation": "^= web"}, "id": {"operation": "> 1"}}, [2]),
        ({"id": {"operation": "orderBy", "options": _options("sort", "DESC")}}, [3, 2, 1]),
        ({"hostname": {"operation": "orderBy"}}, [3, 1, 2]),
        ({"billingItem": {"id": {"operation": "orderBy", "options": _options("sort", "DESC")}}}, [3, 1, 2]),
        ({"id": {"operation": "or", "options": _options("data", "= 1", ">2")}}, [1, 3]),
        ({"id": {"operation": "and", "options": _options("data", ">1", "<3")}}, [2]),
        (
            {
                "createDate": {
                    "operation": "betweenDate",
                    "options": [
                        {"name": "startDate", "value": ["5/2/2024 0:0:0"]},
                        {"name": "endDate", "value": ["5/3/2024"]},
                    ],
                }
            },
            [2],
        ),
        (
            {
                "createDate": {
                    "operation": "greaterThanDate",
                    "options": _options("date", "2024-05-01T13:00:00"),
                }
            },
            [2, 3],
        ),
        ({"unknown": {"inner": {"operation": "x"}}}, [1, 2, 3]),
        ("nonsense", [1, 2, 3]),
        ({"id": 7, "hostname": [], "notes": {}}, [1, 2, 3]),
    ],
)
def test_a_filter_keeps(object_filter: Json, expected: list[int]) -> None:
    assert _ids(object_filter) == expected


_plain: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(" <>=!~*^$_abc123", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "operation",
                    "options",
                    "name",
                    "value",
                    "id",
                    "hostname",
                    "billingItem",
                    "tagReferences",
                    "tag",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(_plain)
def test_no_filter_breaks_and_none_invents(object_filter: Json) -> None:
    assert set(_ids(object_filter)) <= {1, 2, 3}


@given(st.sampled_from(["*=", "^=", "$=", "_=", "~"]), st.text(max_size=10))
def test_an_operation_and_its_opposite_split_the_list(word: str, text: str) -> None:
    plain: list[Value] = [
        structure("", {"id": at, "hostname": name}) for at, name in enumerate(("a", "ab", "b1"))
    ]
    opposite = "!=" if word == "_=" else f"!{word}"
    kept = [select(plain, {"hostname": {"operation": f"{each} {text}"}}) for each in (word, opposite)]
    assert len(kept[0]) + len(kept[1]) == 3
