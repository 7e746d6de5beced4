"""Protobuf messages and the field numbers of ONNX, as far as needed to read and change the file of a network."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError

# Field numbers of onnx.proto3 (ONNX IR version 3 and later).
MODEL_GRAPH, MODEL_METADATA, MODEL_TRAINING, MODEL_FUNCTION = 7, 14, 20, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO, GRAPH_SPARSE = 1, 5, 11, 12, 13, 15
NODE_INPUT, NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE, NODE_DOMAIN = 1, 2, 4, 5, 7
ATTRIBUTE_NAME, ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_STRING, ATTRIBUTE_TENSOR = 1, 2, 3, 4, 5
ATTRIBUTE_INTS, ATTRIBUTE_TYPE = 8, 20
ATTRIBUTE_PLAIN = frozenset(
    {1, 2, 3, 4, 5, 7, 8, 9, 13, 20}
)  # name, numbers, texts, a tensor, doc string, type: no graphs
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_INTS, TENSOR_NAME, TENSOR_RAW = 1, 2, 4, 7, 8, 9
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14
VALUE_NAME, VALUE_TYPE = 1, 2
TYPE_TENSOR, TENSOR_ELEMENT, TENSOR_SHAPE, SHAPE_DIMENSION, DIMENSION_SIZE = 1, 1, 2, 1, 1  # in the type of a value
FLOAT, INT64 = 1, 7  # element types of a tensor
INT, STRING, INTS = 2, 3, 7  # types of an attribute
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_LONGEST_VARINT = 70  # bits in the up to ten bytes of a 64-bit number
_LARGEST_VARINT = 2**64 - 1
_MOST_AXES = 8

Value = int | bytes
Fields = list[tuple[int, int, Value]]


def fields_of(data: Value) -> Iterator[tuple[int, int, Value]]:
    """Number, wire type and value of every field of a message.

    Parameters
    ----------
    data : Value
        The message.

    Yields
    ------
    (int, int, Value)
        In the order of the message.

    Raises
    ------
    WeightsError
        If the bytes are not a protobuf message, or truncated.
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
        raise WeightsError("the network is not an ONNX file, or it is truncated") from None


def join(fields: Fields) -> bytes:
    """Encode fields as a message.

    Parameters
    ----------
    fields : Fields
        In the order in which they are to stand.

    Returns
    -------
    bytes
        The message.
    """
    out = bytearray()
    for number, wire, value in fields:
        out += _varint_bytes(number << 3 | wire)
        if isinstance(value, int):
            out += _varint_bytes(value)
        else:
            out += _varint_bytes(len(value)) + value if wire == BYTES else value
    return bytes(out)


def last(fields: Fields | Iterator[tuple[int, int, Value]], number: int) -> Value:
    """The last value of a field, which counts in protobuf; empty if it is missing.

    Parameters
    ----------
    fields : Fields | Iterator[tuple[int, int, Value]]
        Of a message.
    number : int
        Which one.

    Returns
    -------
    Value
        The value.
    """
    return {n: v for n, _, v in fields}.get(number, b"")


def texts(fields: Fields, number: int) -> list[str]:
    """All values of a repeated text field.

    Parameters
    ----------
    fields : Fields
        Of a message.
    number : int
        Which one.

    Returns
    -------
    list of str
        In their order.
    """
    return [as_text(v) for n, _, v in fields if n == number]


def integers(wire: int, value: Value) -> list[int]:
    """One number, or several packed numbers.

    Parameters
    ----------
    wire : int
        The field's wire type.
    value : Value
        The field's value.

    Returns
    -------
    list of int
        In their order.

    Raises
    ------
    WeightsError
        If the packed numbers are cut short.
    """
    if wire == VARINT:
        assert isinstance(value, int)
        return [value]
    data, at, out = as_bytes(value), 0, []
    try:
        while at < len(data):
            number, at = _varint(data, at)
            out.append(number)
    except IndexError:
        raise WeightsError("the network is not an ONNX file, or it is truncated") from None
    return out


def signed(number: int) -> int:
    """The signed 64-bit number of an unsigned varint.

    Parameters
    ----------
    number : int
        From 0 to 2^64 - 1.

    Returns
    -------
    int
        From -2^63 to 2^63 - 1.
    """
    return number - 2**64 if number >= 2**63 else number


def tensor(fields: Fields) -> NDArray[np.float32] | None:
    """The array of a tensor of 32-bit floats; None for another type or incomplete data.

    Parameters
    ----------
    fields : Fields
        Of the tensor's message.

    Returns
    -------
    float32 array or None
        The array.
    """
    if last(fields, TENSOR_TYPE) != FLOAT:
        return None
    raw = as_bytes(last(fields, TENSOR_RAW)) or b"".join(as_bytes(v) for n, _, v in fields if n == TENSOR_FLOATS)
    shape = _shape(fields)
    return None if len(raw) != 4 * _count(shape) else np.frombuffer(raw, "<f4").reshape(shape)


def whole_tensor(fields: Fields) -> NDArray[np.int64] | None:
    """The array of a tensor of 64-bit integers; None as for `tensor`.

    Parameters
    ----------
    fields : Fields
        Of the tensor's message.

    Returns
    -------
    int64 array or None
        The array.
    """
    if last(fields, TENSOR_TYPE) != INT64:
        return None
    raw, shape = as_bytes(last(fields, TENSOR_RAW)), _shape(fields)
    if raw:
        return None if len(raw) != 8 * _count(shape) else np.frombuffer(raw, "<i8").reshape(shape)
    values = [signed(i) for n, w, v in fields if n == TENSOR_INTS for i in integers(w, v)]
    return None if len(values) != _count(shape) else np.array(values, np.int64).reshape(shape)


def _shape(fields: Fields) -> tuple[int, ...]:
    return tuple(signed(i) for n, w, v in fields if n == TENSOR_DIMS for i in integers(w, v))


def _count(shape: tuple[int, ...]) -> int:
    """The number of values in an array of this shape; -1 for an invalid shape."""
    return -1 if len(shape) > _MOST_AXES or any(size < 0 for size in shape) else math.prod(shape)


def value_of_unknown_size(name: str) -> bytes:
    """The description of a graph output (N, C, H, W) of floats whose sizes the engine infers.

    Parameters
    ----------
    name : str
        The output's name.

    Returns
    -------
    bytes
        A message.
    """
    unknown = join([(SHAPE_DIMENSION, BYTES, b"")] * 4)
    kind = join([(TENSOR_ELEMENT, VARINT, FLOAT), (TENSOR_SHAPE, BYTES, unknown)])
    return join([(VALUE_NAME, BYTES, name.encode()), (VALUE_TYPE, BYTES, join([(TYPE_TENSOR, BYTES, kind)]))])


def sizes_of_value(description: Value) -> list[int | None]:
    """The declared sizes of a graph input or output; None for a dynamic one.

    Parameters
    ----------
    description : Value
        A message.

    Returns
    -------
    list of int or None
        One for each axis.
    """
    kind = _kind(description)
    shape = last(fields_of(kind), TENSOR_SHAPE)
    sizes = [last(fields_of(dimension), DIMENSION_SIZE) for n, _, dimension in fields_of(shape) if n == SHAPE_DIMENSION]
    return [size if isinstance(size, int) else None for size in sizes]


def element_of_value(description: Value) -> Value:
    """The element type of a graph input or output: `FLOAT`, or another ONNX type number.

    Parameters
    ----------
    description : Value
        A message.

    Returns
    -------
    Value
        A number of ONNX's.
    """
    return last(fields_of(_kind(description)), TENSOR_ELEMENT)


def _kind(description: Value) -> Value:
    return last(fields_of(last(fields_of(description), VALUE_TYPE)), TYPE_TENSOR)


def as_bytes(value: Value) -> bytes:
    """The value of a field that must be bytes.

    Parameters
    ----------
    value : Value
        Of a field.

    Returns
    -------
    bytes
        The same.

    Raises
    ------
    WeightsError
        If it is a number.
    """
    if not isinstance(value, bytes):
        raise WeightsError("the network is not an ONNX file, or it is damaged")
    return value


def as_text(value: Value) -> str:
    """The value of a field that must be text.

    Parameters
    ----------
    value : Value
        Of a field.

    Returns
    -------
    str
        Decoded.
    """
    return as_bytes(value).decode(errors="replace")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, _LONGEST_VARINT, 7):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value & _LARGEST_VARINT, at
    raise IndexError


def _varint_bytes(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
