"""Protobuf fields: what is written is read again, and damage is said to be damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.engine import protobuf as pb
from srcnn.errors import WeightsError

NUMBERS = st.integers(0, 2**63 - 1)
FIELDS = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 2000), st.just(pb.VARINT), NUMBERS),
        st.tuples(st.integers(1, 2000), st.just(pb.BYTES), st.binary(max_size=300)),
        st.tuples(st.integers(1, 2000), st.just(pb.FIXED32), st.binary(min_size=4, max_size=4)),
        st.tuples(st.integers(1, 2000), st.just(pb.FIXED64), st.binary(min_size=8, max_size=8)),
    ),
    max_size=6,
)


@given(FIELDS)
def test_what_is_joined_is_read_again(fields: pb.Fields) -> None:
    assert list(pb.fields_of(pb.join(fields))) == fields


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        fields = list(pb.fields_of(data))
    except WeightsError:
        return
    assert all(isinstance(value, int) == (wire == pb.VARINT) for _, wire, value in fields)


def test_a_message_cut_short_is_refused() -> None:
    data = pb.join([(1, pb.BYTES, b"twenty bytes of text")])
    for end in range(1, len(data)):
        with pytest.raises(WeightsError, match="truncated"):
            list(pb.fields_of(data[:end]))


def test_known_bytes() -> None:
    # The examples of the protobuf documentation: field 1 = 150, field 2 = "testing".
    assert pb.join([(1, pb.VARINT, 150)]) == bytes.fromhex("089601")
    assert pb.join([(2, pb.BYTES, b"testing")]) == bytes.fromhex("120774657374696e67")


def test_the_last_value_of_a_field_counts() -> None:
    fields: pb.Fields = [(1, pb.VARINT, 3), (1, pb.VARINT, 4)]
    assert pb.last(fields, 1) == 4
    assert pb.last(fields, 2) == b""


@pytest.mark.parametrize("numbers", [[], [5], [0, 1, 300, 2**40]])
def test_packed_numbers(numbers: list[int]) -> None:
    packed = b"".join(pb.join([(0, pb.VARINT, n)])[1:] for n in numbers)
    assert pb.integers(pb.BYTES, packed) == numbers


def test_a_tensor_has_the_shape_it_says() -> None:
    values = np.arange(6, dtype="<f4")
    fields: pb.Fields = [
        (pb.TENSOR_DIMS, pb.VARINT, 2),
        (pb.TENSOR_DIMS, pb.VARINT, 3),
        (pb.TENSOR_TYPE, pb.VARINT, pb.FLOAT),
    ]
    found = pb.tensor([*fields, (pb.TENSOR_RAW, pb.BYTES, values.tobytes())])
    assert found is not None
    np.testing.assert_array_equal(found, values.reshape(2, 3))
    assert pb.tensor([*fields, (pb.TENSOR_RAW, pb.BYTES, values[:5].tobytes())]) is None  # a number is missing
    assert pb.tensor([(pb.TENSOR_TYPE, pb.VARINT, 7)]) is None  # whole numbers


def test_bytes_where_a_number_stands_are_damage() -> None:
    with pytest.raises(WeightsError, match="damaged"):
        pb.as_bytes(3)
