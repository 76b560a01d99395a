"""The wire: round trips, secrets, unknowns."""

from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from provider.protocol.wire import OUTPUT, SECRET, SIGNATURE, UNKNOWNS, decode, encode
from provider.values import UNKNOWN, Value

scalars = (
    st.booleans()
    | st.integers(-(2**31), 2**31)
    | st.floats(allow_nan=False, allow_infinity=False, width=32).filter(
        lambda number: not number.is_integer()
    )
    | st.text()
    | st.just(UNKNOWN)
)
nested: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def ignore(_: object) -> None:
    pass


@given(st.dictionaries(st.text(min_size=1, max_size=5), nested, max_size=4), st.data())
def test_round_trip_keeps_values_and_secrecy(properties: dict[str, Value], data: st.DataObject) -> None:
    secrets = (
        frozenset(data.draw(st.sets(st.sampled_from(sorted(properties))))) if properties else frozenset()
    )
    decoded = decode(encode(properties, secrets), ignore)
    assert decoded.properties == properties
    assert decoded.secrets == secrets


def test_secrets_are_learnt_however_deep() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": {"b": [{SIGNATURE: SECRET, "value": {"c": "hidden-one"}}]}, "open": "seen"})
    learnt: list[object] = []
    decoded = decode(struct, learnt.append)
    assert learnt == ["hidden-one"]
    assert decoded.secrets == {"a"}
    assert decoded.properties == {"a": {"b": [{"c": "hidden-one"}]}, "open": "seen"}


def test_outputs_and_every_kind_of_unknown() -> None:
    struct = struct_pb2.Struct()
    struct.update({f"u{place}": mark for place, mark in enumerate(sorted(UNKNOWNS))})
    struct.update({"none": {SIGNATURE: OUTPUT}, "some": {SIGNATURE: OUTPUT, "value": 3, "secret": True}})
    decoded = decode(struct, ignore)
    assert [decoded.properties[f"u{place}"] for place in range(7)] == [UNKNOWN] * 7
    assert decoded.properties["none"] is UNKNOWN
    assert decoded.properties["some"] == 3
    assert decoded.secrets == {"some"}


def test_nulls_are_left_out_and_whole_numbers_are_whole() -> None:
    struct = struct_pb2.Struct()
    struct.update({"gone": None, "whole": 3.0, "part": 3.5})
    properties = decode(struct, ignore).properties
    assert properties == {"whole": 3, "part": 3.5}
    assert isinstance(properties["whole"], int)
    assert "gone" not in encode({"gone": None}, frozenset()).fields
