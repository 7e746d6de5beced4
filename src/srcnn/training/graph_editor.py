"""An ONNX graph that is being rewritten."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class GraphEditor:
    """An ONNX graph that is being rewritten."""

    def __init__(self, proto: Any) -> None:
        self.proto = proto

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node.

        Parameters
        ----------
        kind : str
            An ONNX operation.
        inputs : sequence of str
            Names of values or arrays.
        output : str
            The name of what it makes.
        **attributes
            The operation's.

        Returns
        -------
        str
            ``output``.
        """
        from onnx import helper

        self.proto.node.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def array(self, name: str, values: NDArray[Any]) -> str:
        """Store an array.

        Parameters
        ----------
        name : str
            A new one.
        values : array
            Of any type that ONNX has.

        Returns
        -------
        str
            ``name``.
        """
        from onnx import numpy_helper

        self.proto.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def numbers(self, name: str, *values: int) -> str:
        """Store whole numbers.

        Parameters
        ----------
        name : str
            A new one.
        *values : int
            At least one.

        Returns
        -------
        str
            ``name``.
        """
        return self.array(name, np.array(values, np.int64))

    def maker(self, value: str) -> Any:
        """The node that makes a value.

        Parameters
        ----------
        value : str
            Its name.

        Returns
        -------
        onnx.NodeProto or None
            None for inputs and stored arrays.
        """
        return next((node for node in self.proto.node if value in node.output), None)

    def read(self, name: str) -> NDArray[Any]:
        """A stored array.

        Parameters
        ----------
        name : str
            Of an array that is stored.

        Returns
        -------
        array
            A copy.
        """
        from onnx import numpy_helper

        return np.array(numpy_helper.to_array(next(i for i in self.proto.initializer if i.name == name)))

    def replace(self, name: str, values: NDArray[Any]) -> None:
        """Store other values under the name of an array.

        Parameters
        ----------
        name : str
            Of an array that is stored.
        values : array
            Of any shape and type.
        """
        from onnx import numpy_helper

        stored = next(i for i in self.proto.initializer if i.name == name)
        stored.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))

    def drop(self, node: Any) -> None:
        """Take a node out, and what only it read: arrays, and nodes that nothing needs any more.

        Parameters
        ----------
        node : onnx.NodeProto
            One of the graph's.
        """
        self.proto.node.remove(node)
        read = {name for other in self.proto.node for name in other.input}
        for stored in [i for i in self.proto.initializer if i.name in node.input and i.name not in read]:
            self.proto.initializer.remove(stored)
        for name in set(node.input) - read:
            if (unused := self.maker(name)) is not None:
                self.drop(unused)


def sliced(graph: GraphEditor, value: str, name: str, starts: list[int], ends: list[int], axes: list[int]) -> str:
    """A part of a value along some axes, by a node of this name.

    Parameters
    ----------
    graph : GraphEditor
        To which the node is added.
    value : str
        The value's name.
    name : str
        The node's, and its result's.
    starts, ends : list of int
        As the indices of a slice; negative ones count from the end.
    axes : list of int
        The axis of each of them.

    Returns
    -------
    str
        ``name``.
    """
    return graph.node("Slice", [value, *named_numbers(graph, name, starts=starts, ends=ends, axes=axes)], name)


def cropped(graph: GraphEditor, value: str, name: str, width: int) -> str:
    """Planes without a frame, by a node of this name.

    Parameters
    ----------
    graph : GraphEditor
        To which the node is added.
    value : str
        The value's name; rows and columns are its last two axes of four.
    name : str
        The node's, and its result's.
    width : int
        Rows and columns of the frame; at least 1.

    Returns
    -------
    str
        ``name``.
    """
    return sliced(graph, value, name, [width] * 2, [-width] * 2, [2, 3])


def in_blocks(block: int) -> dict[str, Any]:
    """Attributes of a convolution or a pooling that is applied to whole blocks of its input.

    Beyond the lower right it sees zeros, so that the last block is whole; what it makes there is to be cut.

    Parameters
    ----------
    block : int
        Pixels per side of a block.

    Returns
    -------
    dict
        ``strides`` and ``pads``.
    """
    return {"strides": [block, block], "pads": [0, 0, block - 1, block - 1]}


def named_numbers(graph: GraphEditor, name: str, **values: list[int]) -> list[str]:
    """Store lists of whole numbers, each as ``name.KEY``.

    Parameters
    ----------
    graph : GraphEditor
        To which they are added.
    name : str
        What their names begin with.
    **values : list of int
        By their keys.

    Returns
    -------
    list of str
        Their names, in order.
    """
    return [graph.array(f"{name}.{key}", np.array(numbers, np.int64)) for key, numbers in values.items()]
