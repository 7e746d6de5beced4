"""What each operation of a network makes of sizes: the shape of its result and its multiplications, without computing
it.
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from srcnn.errors import WeightsError

Shape = tuple[int, ...]


def demand(holds: bool, otherwise: str) -> None:
    """Refuse a network unless something holds.

    Parameters
    ----------
    holds : bool
        What must be true.
    otherwise : str
        The error's text.

    Raises
    ------
    WeightsError
        If it is not.
    """
    if not holds:
        raise WeightsError(otherwise)


@dataclass(frozen=True)
class Operation:
    """One operation of a network: its kind as ONNX names it, what it reads and makes, its settings."""

    kind: str
    inputs: tuple[str, ...]
    output: str
    settings: Mapping[str, tuple[int, ...]]
    texts: Mapping[str, str]

    def pair(self, name: str, default: int) -> tuple[int, int]:
        """A setting of two numbers, rows and columns.

        Parameters
        ----------
        name : str
            As ONNX names it.
        default : int
            Both numbers where it is not set.

        Returns
        -------
        tuple of two int
            For rows, for columns.

        Raises
        ------
        WeightsError
            If it has another count of numbers.
        """
        found = self.settings.get(name) or (default, default)
        demand(len(found) == 2, f"{self.kind} has {len(found)} {name}, expected 2")
        return found[0], found[1]

    def one(self, name: str, default: int) -> int:
        """A setting of one number.

        Parameters
        ----------
        name : str
            As ONNX names it.
        default : int
            The number where it is not set.

        Returns
        -------
        int
            The number.

        Raises
        ------
        WeightsError
            If it has another count of numbers.
        """
        found = self.settings.get(name, (default,))
        demand(len(found) == 1, f"{self.kind} has {len(found)} values of {name}")
        return found[0]


def whole_numbers(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[int, ...]:
    """The whole numbers that an operation makes of sizes.

    Parameters
    ----------
    operation : Operation
        What computes.
    shapes : list of tuple of int
        The shapes of its inputs.
    held : list of tuple of int
        The few whole numbers in each of its inputs.

    Returns
    -------
    tuple of int
        None where it makes no such numbers.
    """
    if operation.kind == "Shape":
        return tuple(shapes[0][operation.one("start", 0) : operation.one("end", len(shapes[0]))])
    if operation.kind in _ON_SIZES and len(held) == 2 and all(held):
        (first, second), count = held, max(map(len, held))
        if {len(first), len(second)} <= {1, count}:
            pairs = zip(first * (count // len(first)), second * (count // len(second)), strict=True)
            return tuple(_ON_SIZES[operation.kind](a, b) for a, b in pairs)
    return ()


Rule = Callable[[Operation, list[Shape], list[tuple[int, ...]]], tuple[Shape, int]]
"""Maps an operation, its input shapes and integers to the shape of its output and its multiplications."""


def _images(shape: Shape) -> tuple[int, int, int, int]:
    number, channels, rows, columns = shape  # ValueError for other shapes
    return number, channels, rows, columns


def _pads(operation: Operation) -> tuple[int, ...]:
    demand(
        operation.texts.get("auto_pad", "NOTSET") in ("NOTSET", "VALID"),
        f"the network's {operation.kind} uses automatic padding",
    )
    pads = operation.settings.get("pads") or (0, 0, 0, 0)
    demand(len(pads) == 4 and min(pads) >= 0, f"the network's {operation.kind} has pads {pads}")
    return pads


def _steps(operation: Operation) -> tuple[tuple[int, int], tuple[int, int]]:
    strides, dilations = operation.pair("strides", 1), operation.pair("dilations", 1)
    demand(
        min(*strides, *dilations) > 0, f"the network's {operation.kind} has strides {strides} and dilations {dilations}"
    )
    return strides, dilations


def _kernel(operation: Operation, weight: Shape) -> tuple[int, int]:
    kernel = (weight[2], weight[3])
    demand(
        operation.settings.get("kernel_shape", kernel) == kernel,
        f"the network's {operation.kind} has weights of a different size than its kernel",
    )
    return kernel


def _bias(operation: Operation, shapes: list[Shape], channels: int) -> None:
    demand(
        len(shapes) < 3 or shapes[2] in ((channels,), ()),
        f"the network's {operation.kind} has {channels} channels and a bias of {shapes[2:]}",
    )


def _conv(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, *size = _images(shapes[0])
    out, of_group, *_ = _images(shapes[1])
    group, pads, (strides, dilations) = operation.one("group", 1), _pads(operation), _steps(operation)
    kernel = _kernel(operation, shapes[1])
    demand(
        group > 0 and of_group * group == channels and out % group == 0,
        f"a convolution for {of_group * group} channels gets {channels}",
    )
    _bias(operation, shapes, out)
    rows, columns = (
        (size[i] + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1 for i in (0, 1)
    )
    result = (number, out, rows, columns)
    return result, math.prod(result) * of_group * math.prod(kernel)


def _transposed(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, *size = _images(shapes[0])
    weight = _images(shapes[1])
    group, pads, (strides, dilations) = operation.one("group", 1), _pads(operation), _steps(operation)
    kernel, more = _kernel(operation, shapes[1]), operation.pair("output_padding", 0)
    demand(
        "output_shape" not in operation.settings,
        "a transposed convolution has a fixed output_shape, so it accepts images of one size only",
    )
    demand(
        group > 0 and weight[0] == channels and channels % group == 0,
        f"a transposed convolution for {weight[0]} channels gets {channels}",
    )
    demand(min(more) >= 0, f"a transposed convolution has output_padding {more}")
    _bias(operation, shapes, weight[1] * group)
    rows, columns = (
        strides[i] * (size[i] - 1) + more[i] + dilations[i] * (kernel[i] - 1) + 1 - pads[i] - pads[i + 2]
        for i in (0, 1)
    )
    return (number, weight[1] * group, rows, columns), math.prod(shapes[0]) * weight[1] * math.prod(kernel)


def _pool(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, *size = _images(shapes[0])
    kernel, pads, (strides, dilations) = operation.pair("kernel_shape", 0), _pads(operation), _steps(operation)
    demand(
        min(kernel) > 0 and not operation.one("ceil_mode", 0),
        f"the network's {operation.kind} has a kernel of {kernel}, or rounds sizes up",
    )
    rows, columns = (
        (size[i] + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) // strides[i] + 1 for i in (0, 1)
    )
    result = (number, channels, rows, columns)
    return result, math.prod(result) * math.prod(kernel)


def _to_space(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, rows, columns = _images(shapes[0])
    block = operation.one("blocksize", 0)
    demand(block > 0 and channels % block**2 == 0, f"a pixel shuffle of {block}x{block} gets {channels} channels")
    return (number, channels // block**2, rows * block, columns * block), 0


def _to_depth(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    number, channels, rows, columns = _images(shapes[0])
    block = operation.one("blocksize", 0)
    demand(
        block > 0 and rows % block == columns % block == 0,
        f"{rows}x{columns} pixels cannot be divided into squares of {block}x{block}",
    )
    return (number, channels * block**2, rows // block, columns // block), 0


def _slice(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    if len(held) > 1:
        starts, ends, axes, strides = (list(held[i]) if len(held) > i else [] for i in range(1, 5))
    else:  # before opset 10
        starts, ends, axes, strides = (
            list(operation.settings.get(name, ())) for name in ("starts", "ends", "axes", "steps")
        )
    axes, strides = axes or list(range(len(starts))), strides or [1] * len(starts)
    result = list(shapes[0])
    for start, end, axis, stride in zip(starts, ends, axes, strides, strict=True):
        result[axis] = len(range(*slice(start, end, stride).indices(result[axis])))
    return tuple(result), 0


def _concat(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    axis, result = operation.one("axis", 1), list(shapes[0])
    result[axis] = sum(shape[axis] for shape in shapes)
    others = [i for i in range(len(result)) if i != axis % len(result)]
    fit = all(len(shape) == len(result) and all(shape[i] == result[i] for i in others) for shape in shapes)
    demand(fit, f"values of {shapes} cannot be concatenated")
    return tuple(result), 0


def _all(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    """Values with shapes that broadcast as in NumPy."""
    result: Shape = ()
    for shape in shapes:
        n = max(len(result), len(shape))
        pairs = list(zip((1,) * (n - len(result)) + result, (1,) * (n - len(shape)) + shape, strict=True))
        demand(all(a == b or 1 in (a, b) for a, b in pairs), f"the network's {operation.kind} gets values of {shapes}")
        result = tuple(b if a == 1 else a for a, b in pairs)
    return result, math.prod(result)


def _each(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    """A value of the same shape; other inputs (slopes, limits) broadcast to it."""
    result, multiplications = _all(operation, shapes[:2], held)
    demand(result == shapes[0], f"the network's {operation.kind} gets values of {shapes}")
    return result, multiplications


def _batch_norm(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    demand(
        len(shapes) == 5 and set(shapes[1:]) == {(shapes[0][1],)},
        f"the network's BatchNormalization gets values of {shapes}",
    )
    return shapes[0], math.prod(shapes[0])


def _sizes(operation: Operation, shapes: list[Shape], held: list[tuple[int, ...]]) -> tuple[Shape, int]:
    return (len(whole_numbers(operation, shapes, held)),), 0


_ON_SIZES: Mapping[str, Callable[[int, int], int]] = {"Add": operator.add, "Sub": operator.sub, "Mul": operator.mul}
_ELEMENTWISE = (
    *(
        "Abs",
        "Celu",
        "Clip",
        "Elu",
        "Erf",
        "Exp",
        "Gelu",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LeakyRelu",
        "Mish",
        "Neg",
        "PRelu",
    ),
    *("Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu"),
)
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, _each),
    **dict.fromkeys(("Add", "Div", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum"), _all),
    "AveragePool": _pool,
    "BatchNormalization": _batch_norm,
    "Concat": _concat,
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "DepthToSpace": _to_space,
    "MaxPool": _pool,
    "Shape": _sizes,
    "Slice": _slice,
    "SpaceToDepth": _to_depth,
}
"""The operations of convolutional upscaling networks, with their shape inference.

Each output pixel depends on a bounded neighbourhood.
"""
