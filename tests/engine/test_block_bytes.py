"""Each engine gives a block the bytes of the same part of a larger one, whatever its size and place.

ONNX Runtime has two ways, one for blocks of any size and one for large blocks of a known size, which sums the
low-resolution image within the last convolution; either is the same to itself.
A grid's blocks begin at multiples of eight pixels, which the networks' own blocks of two or four pixels divide.
"""

from typing import Any

import numpy as np
import pytest

from srcnn.engine.conditioned import knowing
from srcnn.engine.session import Session, open_session
from srcnn.wear import Wear
from srcnn.weights import find

SMALL = [(24, 24, 0, 0), (8, 16, 40, 24), (40, 8, 8, 64), (64, 72, 8, 8), (16, 80, 56, 0)]
LARGE = [(192, 192, 0, 0), (200, 192, 16, 40), (192, 216, 40, 8)]


@pytest.fixture(params=["onnxruntime", "openvino"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    pytest.importorskip(name)
    return name


def assert_same(session: Session, card: Any, side: int, blocks: list[tuple[int, int, int, int]]) -> None:
    halo, scale = card.halo, card.scale if card.input_size == "lr" else 1
    bands = 3 if card.channels == "rgb" else 1
    x = np.random.default_rng(0).random((1, bands, side + 2 * halo, side + 2 * halo), np.float32)
    whole = session.run(x)
    for height, width, top, left in blocks:
        block = session.run(x[..., top : top + height + 2 * halo, left : left + width + 2 * halo])
        part = whole[..., top * scale : (top + height) * scale, left * scale : (left + width) * scale]
        np.testing.assert_array_equal(block, part, err_msg=f"{height}x{width} at {top}, {left}")


@pytest.mark.parametrize(
    ("name", "scale"),
    [("plain-s", 2), ("plain-s", 3), ("plain-s", 4), ("plain-l", 3), ("srcnn-9-5-5", 3), ("photo", 2)],
)
def test_blocks_of_any_size(engine: str, name: str, scale: int) -> None:
    entry = find(name, scale)
    data = knowing(entry.read(), entry.card, Wear(50, 5) if entry.card.wear else Wear())
    assert_same(open_session(data, engine=engine, threads=1), entry.card, 80, SMALL)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_large_blocks(engine: str, scale: int) -> None:
    entry = find("plain-s", scale)
    assert_same(open_session(entry.read(), engine=engine, threads=1), entry.card, 256, LARGE)
