"""Protobuf messages, field by field, and the numbers that ONNX gives its fields: enough to read and change a network's file."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError

# Field numbers of onnx.proto3 (ONNX IR version 3 and later).
MODEL_GRAPH, MODEL_METADATA = 7, 14
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO = 1, 5, 11, 12, 13
NODE_INPUT, NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE = 1, 2, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_INT, ATTRIBUTE_STRING, ATTRIBUTE_INTS, ATTRIBUTE_TYPE = 1, 3, 4, 8, 20
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW = 1, 2, 4, 8, 9
VALUE_NAME, VALUE_TYPE = 1, 2
TYPE_TENSOR, TENSOR_ELEMENT, TENSOR_SHAPE, SHAPE_DIMENSION, DIMENSION_SIZE = 1, 1, 2, 1, 1  # within a value's type
FLOAT, INT, STRING, INTS = 1, 2, 3, 7
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Value = int | bytes
Fields = list[tuple[int, int, Value]]


def fields_of(data: Value) -> Iterator[tuple[int, int, Value]]:
    """Number, wire type and value of every field of a message.

    Raises
    ------
    WeightsError
        If the bytes are no protobuf message, or cut short.
    """
    data, at = as_bytes(data), 0
    try:
        while at < len(data):
            key, at = _varint(data, at)
            wire = key & 7
            if wire == VARINT:
                value, at = _varint(data, at)
                yield key >> 3, wire, value
                continue
            size, at = _varint(data, at) if wire == BYTES else ({FIXED64: 8, FIXED32: 4}[wire], at)
            if at + size > len(data):
                raise IndexError
            yield key >> 3, wire, data[at : at + size]
            at += size
    except (IndexError, KeyError):
        raise WeightsError("the network is not an ONNX file, or it is cut short") from None


def join(fields: Fields) -> bytes:
    """The message of these fields."""
    out = bytearray()
    for number, wire, value in fields:
        out += _varint_bytes(number << 3 | wire)
        if isinstance(value, int):
            out += _varint_bytes(value)
        else:
            out += _varint_bytes(len(value)) + value if wire == BYTES else value
    return bytes(out)


def last(fields: Fields | Iterator[tuple[int, int, Value]], number: int) -> Value:
    """The last value of a field, as protobuf has it; empty when it is absent."""
    return {n: v for n, _, v in fields}.get(number, b"")


def texts(fields: Fields, number: int) -> list[str]:
    """All values of a repeated field of text."""
    return [as_text(v) for n, _, v in fields if n == number]


def integers(wire: int, value: Value) -> list[int]:
    """One number, or several packed into bytes."""
    if wire == VARINT:
        assert isinstance(value, int)
        return [value]
    data, at, out = as_bytes(value), 0, []
    while at < len(data):
        number, at = _varint(data, at)
        out.append(number)
    return out


def tensor(fields: Fields) -> NDArray[np.float32] | None:
    """The array of a tensor of 32-bit floats; None for a tensor of another kind or one whose numbers are not all there."""
    shape = [i for n, w, v in fields if n == TENSOR_DIMS for i in integers(w, v)]
    if last(fields, TENSOR_TYPE) != FLOAT:
        return None
    raw = last(fields, TENSOR_RAW) or b"".join(as_bytes(v) for n, _, v in fields if n == TENSOR_FLOATS)
    values: NDArray[np.float32] = np.frombuffer(as_bytes(raw), "<f4")
    return values.reshape(shape) if values.size == np.prod(shape) else None


def value_of_unknown_size(name: str) -> bytes:
    """The description of a graph's output (N, C, H, W) of floats whose sizes are for the engine to work out."""
    unknown = join([(SHAPE_DIMENSION, BYTES, b"")] * 4)
    kind = join([(TENSOR_ELEMENT, VARINT, FLOAT), (TENSOR_SHAPE, BYTES, unknown)])
    return join([(VALUE_NAME, BYTES, name.encode()), (VALUE_TYPE, BYTES, join([(TYPE_TENSOR, BYTES, kind)]))])


def sizes_of_value(description: Value) -> list[int | None]:
    """The sizes that a graph's input or output is described with, None for one that is open."""
    kind = last(fields_of(last(fields_of(description), VALUE_TYPE)), TYPE_TENSOR)
    shape = last(fields_of(kind), TENSOR_SHAPE)
    sizes = [last(fields_of(dimension), DIMENSION_SIZE) for n, _, dimension in fields_of(shape) if n == SHAPE_DIMENSION]
    return [size if isinstance(size, int) else None for size in sizes]


def as_bytes(value: Value) -> bytes:
    """The value of a field that must be bytes."""
    if not isinstance(value, bytes):
        raise WeightsError("the network is not an ONNX file, or it is damaged")
    return value


def as_text(value: Value) -> str:
    """The value of a field that must be text."""
    return as_bytes(value).decode(errors="replace")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varint_bytes(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
