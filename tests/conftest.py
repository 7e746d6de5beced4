"""Fixtures that all tests share."""

import os
import signal
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import pytest
from hypothesis import settings

from srcnn.weights.card import Card

# No deadline: a busy machine is no bug. The same examples in every run.
settings.register_profile("srcnn", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("srcnn")

# A shell that starts the tests in the background lets them ignore Ctrl-C, and so every program that they start and
# interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with Set5, T91, …: where ``SRCNN_DATA`` points; a test that asks for it is skipped without."""
    folder = os.environ.get("SRCNN_DATA")
    if not folder:
        pytest.skip("SRCNN_DATA is not set: it names the folder with Set5, T91, …")
    return Path(folder)


@pytest.fixture(scope="session")
def goldens_dir(data_dir: Path) -> Path:
    """The folder of golden values beside the image sets."""
    folder = data_dir.parent / "goldens"
    if not folder.is_dir():
        pytest.skip(f"no folder of golden values at {folder}")
    return folder


class MakeNetwork(Protocol):
    """Makes the bytes of a small network with random weights and its card inside."""

    def __call__(
        self,
        sizes: tuple[int, ...] = (9, 5, 5),
        widths: tuple[int, ...] = (8, 4),
        *,
        scale: int = 3,
        channels: int = 1,
        input_size: Literal["hr", "lr"] = "hr",
        seed: int = 0,
    ) -> bytes: ...


@pytest.fixture(scope="session")
def make_network() -> MakeNetwork:
    """Valid convolutions with ReLUs between them, as srcnn ships networks; at the input size "lr" they end in
    DepthToSpace.
    """
    onnx = pytest.importorskip("onnx", reason="the networks for tests are made with onnx (extra 'train')")

    def make(
        sizes: tuple[int, ...] = (9, 5, 5),
        widths: tuple[int, ...] = (8, 4),
        *,
        scale: int = 3,
        channels: int = 1,
        input_size: Literal["hr", "lr"] = "hr",
        seed: int = 0,
    ) -> bytes:
        rng = np.random.default_rng(seed)
        nodes, weights, seen = [], [], "x"
        outs = (*widths, channels * (scale**2 if input_size == "lr" else 1))
        for i, (size, n_in, n_out) in enumerate(zip(sizes, (channels, *widths), outs, strict=True)):
            last = i == len(sizes) - 1
            made = "y" if last and input_size == "hr" else f"conv{i}"
            w = rng.normal(0, 1 / np.sqrt(n_in * size**2), (n_out, n_in, size, size)).astype(np.float32)
            weights += [
                onnx.numpy_helper.from_array(w, f"w{i}"),
                onnx.numpy_helper.from_array(rng.normal(0, 0.1, n_out).astype("f"), f"b{i}"),
            ]
            nodes.append(onnx.helper.make_node("Conv", [seen, f"w{i}", f"b{i}"], [made], kernel_shape=[size, size]))
            seen = made
            if not last:
                nodes.append(onnx.helper.make_node("Relu", [made], [f"relu{i}"]))
                seen = f"relu{i}"
        if input_size == "lr":
            nodes.append(onnx.helper.make_node("DepthToSpace", [seen], ["y"], blocksize=scale, mode="CRD"))
        ends = [[onnx.helper.make_tensor_value_info(name, 1, ["n", channels, f"{name}h", f"{name}w"])] for name in "xy"]
        graph = onnx.helper.make_graph(nodes, "net", *ends, weights)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
        card = Card(
            name="random",
            scale=scale,
            architecture="random",
            parameters=1,
            channels="luma" if channels == 1 else "rgb",
            input_size=input_size,
            halo=sum(size // 2 for size in sizes),
        )
        onnx.helper.set_model_props(model, {"srcnn.card": card.to_json()})
        return bytes(model.SerializeToString())

    return make
