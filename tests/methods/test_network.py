"""Networks as methods: blocks give the whole image's pixels, and the same bytes whatever the tile."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srcnn.engine.onnx_file import read_card
from srcnn.engine.session import open_session
from srcnn.engine.tiling import BLOCK, LOW_RESOLUTION_BLOCK
from srcnn.errors import OptionError, RangeError, ShapeError, WeightsError
from srcnn.image.resize import imresize
from srcnn.methods import load
from srcnn.methods.base import Engine, Options
from srcnn.methods.network import NetworkMethod, from_bytes

ENGINES: list[Engine] = ["onnxruntime", "openvino"]
TILES = (32, 64, 200, 1000, 10**9)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    name: Engine = request.param
    pytest.importorskip(name)
    return name


def method_of(data: bytes, **options: Any) -> NetworkMethod:
    return from_bytes(data, read_card(data), Options(**options))


@pytest.mark.parametrize("input_size", ["hr", "lr"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(1, 1), (3, 90), (70, 66)])
def test_blocks_give_the_pixels_of_the_whole(
    make_network: Any, engine: Engine, input_size: str, channels: int, shape: tuple[int, int]
) -> None:
    data = make_network(input_size=input_size, channels=channels)
    lr = np.random.default_rng(2).random(shape if channels == 1 else (*shape, 3), np.float32)
    sr = method_of(data, engine=engine, threads=2)(lr)
    seen = imresize(lr, 3) if input_size == "hr" else lr
    x = np.pad(
        np.atleast_3d(seen), ((8, 8), (8, 8), (0, 0)), mode="edge" if input_size == "hr" else "symmetric"
    ).transpose(2, 0, 1)[None]
    whole = open_session(data, engine="onnxruntime").run(x)[0].transpose(1, 2, 0).reshape(sr.shape)
    assert sr.dtype == np.float32
    assert sr.shape[:2] == (3 * shape[0], 3 * shape[1])
    np.testing.assert_allclose(sr, whole, atol=3e-6)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(height=st.integers(1, 150), width=st.integers(1, 150), scale=st.integers(2, 4))
def test_bytes_do_not_depend_on_tile_or_threads(
    make_network: Any, engine: Engine, height: int, width: int, scale: int
) -> None:
    pytest.importorskip(engine)
    data = make_network((5, 1, 3), (4, 4), scale=scale)
    lr = np.random.default_rng(height * 1000 + width).random((height, width), np.float32)
    first = method_of(data, engine=engine, threads=1)(lr).tobytes()
    other = method_of(data, engine=engine, threads=3)
    for tile in TILES:
        assert replace(other, tile=tile)(lr).tobytes() == first


@pytest.mark.parametrize("input_size", ["hr", "lr"])
def test_bytes_do_not_depend_on_tile_where_there_are_many_blocks(
    make_network: Any, engine: Engine, input_size: str
) -> None:
    data = make_network(scale=2, input_size=input_size)
    rows, columns = BLOCK if input_size == "hr" else LOW_RESOLUTION_BLOCK
    lr = np.random.default_rng(0).random((rows + 61, 2 * columns + 3), np.float32)
    method = method_of(data, engine=engine, threads=2)
    assert {replace(method, tile=tile)(lr).tobytes() for tile in TILES} == {method(lr).tobytes()}


def test_a_flat_image_stays_flat_up_to_its_borders(make_network: Any, engine: Engine) -> None:
    sr = method_of(make_network(), engine=engine)(np.full((30, 40), 0.4, np.float32))
    np.testing.assert_allclose(sr, sr[0, 0], atol=1e-6)


def test_path_of_a_network_is_a_name(make_network: Any, tmp_path: Path) -> None:
    path = tmp_path / "réseau.onnx"
    path.write_bytes(make_network())
    assert load(str(path), 3).name == "random"
    with pytest.raises(OptionError, match="made for scale 3, not 2"):
        load(str(path), 2)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such file"):
        load(str(tmp_path / "none.onnx"), 3)


def test_file_of_another_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "image.onnx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" * 10)
    with pytest.raises(WeightsError, match=r"image\.onnx"):
        load(str(path), 3)


def test_card_that_lies_is_found_out(make_network: Any) -> None:
    data = make_network()
    with pytest.raises(WeightsError, match="does not describe"):
        from_bytes(data, replace(read_card(data), halo=10), Options())
    method = from_bytes(data, read_card(data), Options())
    with pytest.raises(WeightsError, match="does not match"):
        replace(method, card=replace(method.card, halo=10))(np.zeros((8, 8), np.float32))


def test_wrong_images_are_refused(make_network: Any) -> None:
    luma, rgb = method_of(make_network()), method_of(make_network(channels=3))
    with pytest.raises(ShapeError, match="one plane"):
        luma(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(ShapeError, match="RGB"):
        rgb(np.zeros((4, 4), np.float32))
    with pytest.raises(ShapeError, match="empty"):
        luma(np.zeros((0, 4), np.float32))
    with pytest.raises(RangeError, match="NaN"):
        luma(np.full((4, 4), np.nan, np.float32))
