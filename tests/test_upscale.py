"""One image, any kind, any size."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import srcnn
from srcnn.enlargement import enlarged_strips, first_step, steps
from srcnn.errors import ImageError, OptionError, RangeError, ShapeError
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.colour import grey_to_luma, luma_to_grey, rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.image.resize import imresize
from srcnn.methods import load
from srcnn.methods.base import TTA, Method, Options
from srcnn.methods.kept import KeptMethods
from srcnn.sizes import TargetSize
from srcnn.upscale import upscale
from srcnn.wear import Wear


@pytest.fixture(scope="module")
def model(make_network: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("models") / "random_x3.onnx"
    path.write_bytes(make_network((5, 1, 3), (4, 4)))
    return str(path)


@pytest.fixture(scope="module")
def rgb_model(make_network: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("models") / "random-rgb_x3.onnx"
    path.write_bytes(make_network((5, 1, 3), (4, 4), channels=3))
    return str(path)


def picture(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Any:
    values = np.random.default_rng(seed).random(shape)
    return values.astype(dtype) if dtype.startswith("float") else to_integers(values, np.dtype(dtype).type)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32", "float64"])
@pytest.mark.parametrize("bands", [(), (1,), (2,), (3,), (4,)])
@pytest.mark.parametrize("scale", [0.5, 1, 1.5, 3, 6])
def test_same_kind_comes_out(model: str, dtype: str, bands: tuple[int, ...], scale: float) -> None:
    image = picture((10, 14, *bands), dtype)
    sr = upscale(image, scale, model)
    assert sr.dtype == image.dtype
    assert sr.shape == (int(10 * scale), int(14 * scale), *bands)
    if dtype.startswith("float"):
        assert 0 <= sr.min() <= sr.max() <= 1


def test_luma_is_the_methods_and_chroma_is_bicubic(model: str) -> None:
    image = picture((9, 13, 3), "uint8")
    luma, cb, cr = np.moveaxis(rgb_to_ycbcr(to_floats(image)), 2, 0)
    planes = [srcnn.load(model, 3)(np.ascontiguousarray(luma)), imresize(cb, 3), imresize(cr, 3)]
    np.testing.assert_array_equal(upscale(image, 3, model), to_integers(ycbcr_to_rgb(np.dstack(planes))))


def test_grey_goes_through_luma_and_stays_grey(model: str) -> None:
    image = picture((9, 13), "uint8")
    luma = srcnn.load(model, 3)(grey_to_luma(to_floats(image)))
    np.testing.assert_array_equal(upscale(image, 3, model), to_integers(luma_to_grey(luma)))


def test_rgb_network_gets_rgb(rgb_model: str) -> None:
    image = picture((9, 13, 3), "uint16")
    np.testing.assert_array_equal(
        upscale(image, 3, rgb_model), to_integers(srcnn.load(rgb_model, 3)(to_floats(image)), np.uint16)
    )
    assert upscale(image[..., 0], 3, rgb_model).shape == (27, 39)


@pytest.mark.parametrize("scale", [2, 3, 1.5])
@pytest.mark.parametrize("shape", [(8, 10), (8, 10, 3)])
def test_bicubic_is_imresize(scale: float, shape: tuple[int, ...]) -> None:
    image = picture(shape, "uint8")
    np.testing.assert_array_equal(upscale(image, scale, "bicubic"), to_integers(imresize(to_floats(image), scale)))


@pytest.mark.parametrize("model_name", ["bicubic", "network"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 9, 4), (7, 1, 2)])
def test_smallest_images(model: str, model_name: str, shape: tuple[int, ...]) -> None:
    sr = upscale(np.full(shape, 77, np.uint8), 3, model if model_name == "network" else "bicubic")
    assert sr.shape == (3 * shape[0], 3 * shape[1], *shape[2:])


@pytest.mark.parametrize("grey", [0, 77, 255])
def test_bicubic_keeps_a_flat_image(grey: int) -> None:
    assert (upscale(np.full((5, 6, 3), grey, np.uint8), 2.7, "bicubic") == grey).all()


def test_strips_do_not_show(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture((40, 31, 4), "uint8")
    whole = upscale(image, 2.5, model, threads=1)
    for name, pixels in (("_STRIP", 200), ("_PART", 60), ("_SEEN", 300)):
        monkeypatch.setattr(f"srcnn.enlargement.{name}", pixels)
    np.testing.assert_array_equal(upscale(image, 2.5, model, threads=3, tile=32), whole)


def test_an_rgb_network_of_a_grey_image_gives_the_mean_of_its_planes(rgb_model: str) -> None:
    grey = picture((9, 13), "uint8")
    planes = srcnn.load(rgb_model, 3)(np.dstack([to_floats(grey)] * 3))
    np.testing.assert_allclose(upscale(grey, 3, rgb_model), to_integers(planes.mean(2)), atol=1)
    assert np.abs(planes - planes.mean(2, keepdims=True)).max() > 0.02  # so that it matters which


# Alpha
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edge", [(0, 255), (0, 128, 255), (0, 20, 90, 200, 255)])
def test_no_dark_fringes(model: str, edge: tuple[int, ...]) -> None:
    # An orange disc's edge on transparent black: what becomes visible must be orange all over.
    colour = (250, 140, 20)
    image = np.zeros((24, 30, 4), np.uint8)
    alpha = np.full(30, 255)
    alpha[:10], alpha[10 : 10 + len(edge)] = 0, edge
    image[..., 3] = alpha
    image[image[..., 3] > 0, :3] = colour
    sr = upscale(image, 3, "bicubic").astype(int)
    assert np.abs(sr[..., :3] - colour)[sr[..., 3] > 0].max() <= 1
    flat = upscale(np.broadcast_to(np.array(colour, np.uint8), (24, 30, 3)).copy(), 3, model)
    sr = upscale(image, 3, model)
    assert np.abs(sr[..., :3].astype(int) - flat)[sr[..., 3] > 0].max() <= 1


def test_alpha_is_enlarged_bicubically(model: str) -> None:
    image = picture((9, 8, 4), "uint8")
    sr = upscale(image, 3, model)
    np.testing.assert_array_equal(sr[..., 3], to_integers(imresize(to_floats(image[..., 3]), 3)))


def test_opaque_alpha_changes_nothing(model: str) -> None:
    image = picture((9, 8, 3), "uint8")
    sr = upscale(np.dstack([image, np.full((9, 8), 255, np.uint8)]), 3, model)
    np.testing.assert_array_equal(sr[..., :3], upscale(image, 3, model))
    assert (sr[..., 3] == 255).all()


def test_wholly_transparent_image(model: str) -> None:
    sr = upscale(np.zeros((5, 5, 4), np.uint8), 3, model)
    assert (sr[..., 3] == 0).all()


# Sizes
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "expected"), [(1.5, 2), (2, 2), (2.5, 3), (3, 3), (4, 2), (6, 2), (9, 3), (12, 3)])
def test_a_first_step_by_another_model_leaves_what_the_rest_can_do(factor: float, expected: int) -> None:
    assert first_step(Fraction(factor), (2, 3), (2, 3, 4)) == expected


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1, ()),
        (0.3, ()),
        (1.5, (2,)),
        (2, (2,)),
        (2.01, (3,)),
        (4, (4,)),
        (5, (2, 3)),
        (6, (2, 3)),
        (8, (2, 4)),
        (9, (3, 3)),
    ],
)
def test_steps(factor: float, expected: tuple[int, ...]) -> None:
    assert steps(Fraction(factor), (2, 3, 4)) == expected


@given(st.fractions(min_value=Fraction(101, 100), max_value=64), st.sets(st.integers(2, 4), min_size=1))
def test_steps_reach_the_factor(factor: Fraction, scales: set[int]) -> None:
    chain = steps(factor, tuple(scales))
    assert set(chain) <= scales
    assert factor <= np.prod(chain) < factor * max(scales)


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.05, 9))
def test_any_scale_gives_its_size(height: int, width: int, scale: float) -> None:
    sr = upscale(np.zeros((height, width), np.uint8), scale, "bicubic")
    assert sr.shape == TargetSize(scale=scale).of(height, width).size


def test_stretching_may_distort(model: str) -> None:
    size = TargetSize(width=20, height=60, stretch=True)
    assert upscale(picture((10, 15, 3), "uint8"), model=model, size=size).shape == (60, 20, 3)


def test_width_and_height_alone_do_not_distort() -> None:
    with pytest.raises(OptionError, match=r"--fit 20x60.*--fill 20x60.*--stretch"):
        upscale(picture((10, 15, 3), "uint8"), width=20, height=60)


@pytest.mark.parametrize(("bands", "dtype"), [((), "uint8"), ((3,), "uint16"), ((4,), "uint8"), ((2,), "float32")])
@pytest.mark.parametrize("box", [(50, 30), (20, 44), (7, 3)])
def test_filling_is_cropping_the_whole_to_its_centre(
    model: str, bands: tuple[int, ...], dtype: str, box: tuple[int, int]
) -> None:
    image = picture((12, 17, *bands), dtype)
    layout = TargetSize(fill=box).of(12, 17)
    whole = TargetSize(width=layout.whole[1], height=layout.whole[0], stretch=True)
    top, left, (height, width) = layout.top, layout.left, layout.size
    expected = upscale(image, model=model, size=whole)[top : top + height, left : left + width]
    np.testing.assert_array_equal(upscale(image, model=model, size=TargetSize(fill=box)), expected)


def test_filling_at_the_size_of_the_image_crops_alone() -> None:
    image = picture((12, 17, 3), "uint8")
    np.testing.assert_array_equal(upscale(image, size=TargetSize(fill=(17, 8))), image[2:10])


def test_a_reduction_is_antialiased() -> None:
    """Stripes of one pixel would come out as stripes if pixels were merely picked."""
    stripes = np.tile(np.array([0, 255], np.uint8), (40, 40))
    reduced = upscale(stripes, size=TargetSize(long_side=16))
    assert reduced.shape == (8, 16)
    assert np.ptp(reduced[:, 2:-2].astype(int)) <= 2  # beyond the border the last stripe is repeated


def test_scale_one_is_a_copy(model: str) -> None:
    image = picture((4, 5, 3), "uint8")
    sr = upscale(image, 1, model)
    np.testing.assert_array_equal(sr, image)
    assert not np.shares_memory(sr, image)


# Kinds of images
# ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "I;16"])
def test_pil_images_keep_their_mode(model: str, mode: str) -> None:
    image = Image.new(mode, (8, 6))
    image.info["dpi"] = (300, 300)
    sr = upscale(image, 3, model)
    assert isinstance(sr, Image.Image)
    assert (sr.mode, sr.size) == (mode, (24, 18))


def test_pil_and_array_agree(model: str) -> None:
    array = picture((6, 8, 3), "uint8")
    np.testing.assert_array_equal(np.asarray(upscale(Image.fromarray(array), 3, model)), upscale(array, 3, model))


def test_input_is_not_touched(model: str) -> None:
    image = picture((6, 8, 4), "float32")
    kept = image.copy()
    upscale(image, 3, model)
    np.testing.assert_array_equal(image, kept)


def test_replaced_file_is_seen(make_network: Any, tmp_path: Path) -> None:
    path, image = tmp_path / "net.onnx", picture((6, 8), "uint8")
    path.write_bytes(make_network((3,), ()))
    first = upscale(image, 3, str(path))
    path.write_bytes(make_network((3, 1), (4,), seed=1))
    assert (upscale(image, 3, str(path)) != first).any()


# What is refused
# --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "error", "text"),
    [
        (np.full((4, 4), np.nan), RangeError, "NaN"),
        (np.full((4, 4, 3), np.inf), RangeError, "infinite"),
        (np.full((4, 4), 200.0), RangeError, r"\[0, 1\]"),
        (np.zeros((4, 4), np.int64), RangeError, "int64"),
        (np.zeros((4, 4), bool), RangeError, "bool"),
        (np.zeros((4, 4, 5)), ShapeError, r"\(4, 4, 5\)"),
        (np.zeros((2, 4, 4, 3)), ShapeError, "shape"),
        (np.zeros((0, 4), np.uint8), ShapeError, "empty"),
        ("photo.jpg", ImageError, r"cannot read photo\.jpg"),
        ([[1, 2], [3, 4]], ShapeError, "a NumPy array, a PIL image, a Picture, or a file"),
    ],
)
def test_wrong_images_are_refused(image: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        upscale(image, 2, "bicubic")


def test_nan_in_alpha_is_refused() -> None:
    image = np.zeros((4, 4, 4))
    image[1, 1, 3] = np.nan
    with pytest.raises(RangeError, match="alpha"):
        upscale(image, 2, "bicubic")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"scale": 0}, "positive"),
        ({"scale": -1}, "positive"),
        ({"scale": float("nan")}, "positive"),
        ({"scale": 65}, "at most 64"),
        ({"scale": float("inf")}, "at most 64"),
        ({"scale": "3"}, "number"),
        ({"scale": 2, "width": 8}, "either"),
        ({"width": 0}, "width"),
        ({"height": 10**6}, "64 times"),
        ({"model": "bicubik"}, "did you mean 'bicubic'"),
        ({"engine": "gpu"}, "engine"),
        ({"threads": 0}, "threads"),
        ({"tile": -1}, "tile"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError, match=text):
        upscale(np.zeros((4, 4), np.uint8), **({"model": "bicubic"} | settings))


@pytest.mark.parametrize("tta", ["", TTA])
def test_the_steps_after_the_first_are_averaged_too(tta: str) -> None:
    asked = []

    class Spy(KeptMethods):
        def of(self, name: str, scale: int, options: Options) -> Method:
            asked.append((name, scale))
            return load("bicubic", scale)

    layout, worn = TargetSize(scale=6).of(8, 8), Options(wear=Wear(50.0))
    list(enlarged_strips(np.zeros((8, 8, 3), np.uint8), None, layout, f"photo{tta}", worn, methods=Spy()))
    assert asked == [(f"photo{tta}", 2), (f"plain-l{tta}", 3)]
