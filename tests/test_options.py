"""Python's door: whatever is passed, an error is one of srcnn's, names the argument, and is one line."""

import io
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import srcnn
from srcnn.errors import OptionError, SrcnnError
from srcnn.metrics import METRICS
from srcnn.options import choice, positive, shown, text, whole

GREY = np.zeros((16, 18), np.uint8)
LUMA = np.zeros((18, 18))


class Values(list[Any]):
    """What an argument must not be."""

    def __add__(self, more: list[Any]) -> "Values":
        return Values([*self, *more])

    def given(self) -> "Values":
        """Without None, where that stands for a default."""
        return Values([value for value in self if value is not None])


no_numbers = Values(
    [
        None, True, False, np.True_, "2", "", b"2", math.nan, math.inf, -math.inf, np.float32(2), np.float16(3),
        np.float64("nan"), 2 + 0j,
        Decimal(2), Decimal("nan"),
        [2], (2,), {}, object(), np.array(2), np.array([2, 3]), range(3), Path("2"), len, "x" * 500, "two\nlines",
    ]
)  # fmt: skip
no_whole_numbers = no_numbers + Values(
    [2.5, Fraction(5, 2), np.float64(2.5), 0, -1, -(10**5000), Fraction(1, 3), np.int64(-4), 0.999]
)
no_scales = no_numbers + Values([0, -1, -0.5, Fraction(-1, 2), 64.001, 10**6, 10**5000, np.int32(-3), 1e300])
no_words = Values(
    ["", "gpu", "REPEAT", 3, None, [], {}, np.array(["auto", "b"]), b"auto", object(), math.nan, ("auto",)]
)
no_flags = Values([None, "no", "yes", "", 0, 1, [], np.array([True])])
no_models = Values(
    [
        None,
        3,
        2.5,
        True,
        b"best",
        [],
        ["best"],
        np.array(["best"]),
        object(),
        "",
        "nul\0l.onnx",
        "none.onnx",
        Path("none.onnx"),
    ]
)

# Every argument of every public function that takes a setting, with what it does not take.
DOORS: list[tuple[str, Callable[[Any], object], Values]] = [
    ("scale", lambda v: srcnn.upscale(GREY, v, "bicubic"), no_scales.given()),
    ("width", lambda v: srcnn.upscale(GREY, model="bicubic", width=v), no_whole_numbers.given()),
    ("height", lambda v: srcnn.upscale(GREY, model="bicubic", height=v), no_whole_numbers.given()),
    ("threads", lambda v: srcnn.upscale(GREY, model="bicubic", threads=v), no_whole_numbers.given()),
    ("tile", lambda v: srcnn.upscale(GREY, model="bicubic", tile=v), no_whole_numbers.given()),
    ("engine", lambda v: srcnn.upscale(GREY, model="bicubic", engine=v), no_words),
    ("model", lambda v: srcnn.upscale(GREY, 2, v), no_models),
    ("name", lambda v: srcnn.load(v, 2), no_models),
    ("scale", lambda v: srcnn.load("bicubic", v), no_whole_numbers),
    ("threads", lambda v: srcnn.load("bicubic", 2, threads=v), no_whole_numbers.given()),
    ("engine", lambda v: srcnn.load("bicubic", 2, engine=v), no_words),
    ("scale", srcnn.available, no_whole_numbers.given()),
    ("scale", lambda v: srcnn.degrade(LUMA, v), no_whole_numbers),
    ("kind", lambda v: srcnn.degrade(LUMA, 2, v), no_words),
    ("padding", lambda v: srcnn.degrade(LUMA, 2, padding=v), no_words),
    ("scale", lambda v: srcnn.enlarge(LUMA, v), no_whole_numbers),
    ("scale", lambda v: srcnn.make_pair(LUMA, v), no_whole_numbers),
    ("scale", lambda v: srcnn.modcrop(LUMA, v), no_whole_numbers),
    ("factor", lambda v: srcnn.imresize(LUMA, v), no_numbers + Values([0, -1])),
    ("shape", lambda v: srcnn.imresize(LUMA, shape=v),
     no_whole_numbers + Values([(2,), (2, -1), (2.5, 3), "ab", (None, 2)])),
    ("padding", lambda v: srcnn.imresize(LUMA, 2, padding=v), no_words),
    ("path", srcnn.read_image,
     Values([None, 3, "", [], "https://a//b.png", "s3://b/c.png", "nul\0l.png", "none.png"])),
    ("cancel", lambda v: srcnn.upscale(GREY, 2, "bicubic", cancel=v), Values([1, "stop", object(), len])),
    ("on_progress", lambda v: srcnn.upscale(GREY, 2, "bicubic", on_progress=v), Values([1, "tell", object(), []])),
    ("on_progress", lambda v: srcnn.compare(GREY, "bicubic", on_progress=v), Values([1, "tell"])),
    ("on_progress", lambda v: srcnn.benchmark("bicubic", on_progress=v), Values([1, "tell"])),
    ("images", lambda v: list(srcnn.upscale_many(v, 2, "bicubic")),
     Values([None, 3, "photo.png", Path("photo.png"), b"bytes", io.BytesIO(), srcnn.Picture(GREY)])),
    ("on_error", lambda v: list(srcnn.upscale_many([GREY], 2, "bicubic", on_error=v)), Values([1, "tell"])),
    ("fit", lambda v: srcnn.TargetSize(fit=v),
     Values(["9" * 5000 + "x1", "1x" + "9" * 5000, "1", (1,), (1, 2, 3), 5, (0, 1), ("a", 1)])),
    ("print", lambda v: srcnn.TargetSize(print_size=v), Values(["9" * 5000 + "x1cm", "1x1." + "9" * 5000 + "cm", 5])),
    ("stretch", lambda v: srcnn.TargetSize(width=3, height=4, stretch=v), no_flags),
    ("lossless", lambda v: srcnn.WriteOptions(lossless=v), no_flags.given()),
    ("keep_date", lambda v: srcnn.WriteOptions(keep_date=v), no_flags),
    ("limited", lambda v: srcnn.upscale_file("none.png", "a.png", limited=v), no_flags),
    ("provenance", lambda v: srcnn.upscale_file("none.png", "a.png", provenance=v), no_flags),
    ("as_is", lambda v: srcnn.compare(GREY, "bicubic", as_is=v), no_flags),
    ("resume", lambda v: srcnn.benchmark("bicubic", resume=v), no_flags),
    ("save_images", lambda v: srcnn.benchmark("bicubic", save_images=v), no_flags),
    ("resume", lambda v: srcnn.train(None, ".", resume=v), no_flags),
    ("threads", lambda v: srcnn.write_image("none/a.tif", srcnn.Picture(GREY), threads=v), no_whole_numbers.given()),
    ("scale", lambda v: srcnn.train(None, ".", scale=v), no_whole_numbers.given() + Values([1])),
    ("steps", lambda v: srcnn.train(None, ".", steps=v), no_whole_numbers.given()),
    ("seed", lambda v: srcnn.train(None, ".", seed=v), Values([-1, 2.5, "3", True, math.nan, np.float32(2)])),
    ("minutes", lambda v: srcnn.train(None, ".", minutes=v), no_numbers.given() + Values([0, -1, 10**400])),
    ("net", lambda v: srcnn.train(None, ".", net=v), Values([3, 2.5, True, b"espcn", []])),
    ("recipe", lambda v: srcnn.train(v, "."), Values([3, b"a.toml", []])),
    ("output", lambda v: srcnn.train(None, ".", output=v), Values([3, b"out", []])),
    ("folder", srcnn.report, Values([None, 3, b"out", []])),
    ("output", lambda v: srcnn.report("out", v), Values([3, b"out", []])),
    ("max_pixels", lambda v: srcnn.read_image("none.png", max_pixels=v), no_whole_numbers.given()),
    ("path", lambda v: srcnn.write_image(v, srcnn.Picture(GREY)),
     Values([None, 3, b"a.png", "", "https://a//b.png", "none/a.png"])),
    ("image", lambda v: srcnn.write_image("none/a.png", v), Values([None, GREY, "a.png", 3])),
    ("dtype", lambda v: srcnn.to_floats(GREY, v), Values([None, int, np.uint8, "no type", [], object, complex])),
    ("dtype", lambda v: srcnn.to_integers(LUMA, v), Values([None, int, np.float32, "no type", [], object, np.int8])),
    ("data_range", lambda v: METRICS["psnr"].function(LUMA, LUMA, data_range=v), no_numbers + Values([0, -1])),
]  # fmt: skip

no_images = Values(
    [
        None, 3, "a.png", [], [[1, 2], [3, 4]], object(), np.array(None), np.zeros(3), np.zeros((0, 3)),
        np.zeros((2, 2, 7)), np.float32(1),
        np.zeros((4, 4), complex), np.zeros((4, 4), object), np.full((4, 4), "a"), np.full((4, 4), np.nan),
        np.zeros((4, 4), "M8[s]"),
        np.zeros((4, 4), [("a", "u1")]), np.full((4, 4), -np.inf), memoryview(b"abc"),
    ]
)  # fmt: skip
IMAGES: list[tuple[str, Callable[[Any], object]]] = [
    # Text and bytes are files to it.
    ("image", lambda v: srcnn.upscale(np.zeros(3) if isinstance(v, (str, memoryview)) else v, 2, "bicubic")),
    ("hr", lambda v: srcnn.degrade(v, 2)),
    ("lr", lambda v: srcnn.enlarge(v, 2)),
    ("hr", lambda v: srcnn.make_pair(v, 2)),
    ("image", lambda v: srcnn.modcrop(v, 2)),
    ("image", lambda v: srcnn.imresize(v, 2)),
    ("lr", srcnn.load("bicubic", 2)),
    ("pixels", srcnn.Picture),
    ("alpha", lambda v: srcnn.Picture(np.zeros((4, 4), np.uint8), v if v is not None else cast(Any, 3))),
    ("hr", lambda v: METRICS["psnr"].function(v, LUMA)),
    ("sr", lambda v: METRICS["ssim"].function(LUMA, v)),
]


def name_of(door: tuple[Any, ...]) -> str:
    return str(door[0])


@pytest.mark.parametrize("door", DOORS, ids=name_of)
def test_wrong_settings_are_named(door: tuple[str, Callable[[Any], object], Values]) -> None:
    name, call, values = door
    for value in values:
        with pytest.raises(SrcnnError) as caught:
            call(value)
        message = str(caught.value)
        assert "\n" not in message
        if not isinstance(value, (str, Path)):
            assert isinstance(caught.value, OptionError)
            assert name in message
            assert len(message) < 300


@pytest.mark.parametrize("door", IMAGES, ids=name_of)
def test_wrong_images_are_named(door: tuple[str, Callable[[Any], object]]) -> None:
    name, call = door
    for value in no_images:
        with pytest.raises(SrcnnError) as caught:
            call(value)
        message = str(caught.value)
        assert name in message
        assert "\n" not in message


@pytest.mark.parametrize("value", [None, [1.0], GREY, np.full((3, 3), np.nan), "a"])
def test_what_holds_no_floats_is_not_rounded(value: Any) -> None:
    with pytest.raises(SrcnnError, match="image"):
        srcnn.to_integers(value)


@pytest.mark.parametrize("value", [None, [1.0], np.zeros((3, 3), np.int64), np.zeros((3, 3), bool), "a"])
def test_what_is_no_image_is_not_made_floats(value: Any) -> None:
    with pytest.raises(SrcnnError, match="image"):
        srcnn.to_floats(value)


@pytest.mark.parametrize("scale", [2, 2.0, np.int64(2), np.float64(2), Fraction(2), np.uint8(2)])
def test_all_ways_to_say_two(scale: Any) -> None:
    assert srcnn.upscale(GREY, scale, "bicubic").shape == (32, 36)
    assert srcnn.load("bicubic", scale).scale == 2
    assert srcnn.modcrop(GREY, scale).shape == (16, 18)


@pytest.mark.parametrize("width", [36, 36.0, np.int16(36), Fraction(72, 2)])
def test_all_ways_to_say_a_width(width: Any) -> None:
    assert srcnn.upscale(GREY, model="bicubic", width=width, threads=np.int8(1), tile=64.0).shape == (32, 36)  # type: ignore[call-overload]


def test_all_ways_to_say_yes() -> None:
    for yes in (True, np.True_):
        assert srcnn.WriteOptions(lossless=yes).lossless is True  # type: ignore[arg-type]
    assert srcnn.WriteOptions(lossless=np.False_).lossless is False  # type: ignore[arg-type]


def test_a_path_is_a_model(make_network: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(make_network((3,), ()))
    np.testing.assert_array_equal(srcnn.upscale(GREY, 3, path), srcnn.upscale(GREY, 3, str(path)))
    assert srcnn.load(path, 3).scale == 3


# Arrays of every kind
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "g"])
@pytest.mark.parametrize("shape", [(9, 11), (9, 11, 1), (9, 11, 2), (9, 11, 3), (9, 11, 4)])
def test_any_order_of_bytes_and_strides(dtype: str, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).random(shape)
    image = (values if "u" not in dtype else values * np.iinfo(dtype).max).astype(dtype)
    native = image.astype(image.dtype.newbyteorder("="))
    wanted = srcnn.upscale(native, 2, "bicubic")
    read_only = image.copy()
    read_only.setflags(write=False)
    for given_image in (
        image,
        np.asfortranarray(image),
        np.repeat(image, 2, axis=1)[:, ::2],
        image[::-1][::-1],
        read_only,
    ):
        sr = srcnn.upscale(given_image, 2, "bicubic")
        assert sr.dtype == image.dtype
        np.testing.assert_array_equal(sr, wanted)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_big_endian_images_are_written(tmp_path: Path, suffix: str) -> None:
    values = np.arange(9 * 11 * 3, dtype=np.uint16).reshape(9, 11, 3) * 200
    for array in (values, values.astype(">u2")):
        srcnn.write_image(tmp_path / f"{array.dtype.byteorder}{suffix}", srcnn.Picture(array))
    big, little = (srcnn.read_image(path).pixels for path in sorted(tmp_path.iterdir()))
    np.testing.assert_array_equal(big, little)
    np.testing.assert_array_equal(srcnn.to_floats(values.astype(">u2")), srcnn.to_floats(values))


def test_half_floats_reach_white_at_16_bits() -> None:
    assert srcnn.to_integers(np.array([0, 0.5, 1, 2], np.float16), np.uint16).tolist() == [0, 32768, 65535, 65535]


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.uint16, 65535)])
@pytest.mark.parametrize("wanted", [np.float16, np.float32, np.float64])
def test_white_is_one_in_any_type_of_floats(dtype: Any, white: int, wanted: Any) -> None:
    values = srcnn.to_floats(np.array([0, white // 5, white], dtype), wanted)
    assert values.dtype == wanted
    np.testing.assert_allclose(values, [0, 0.2, 1], rtol=1e-3)


# The checks themselves
# -------------------------------------------------------------------------------------------------------------


@given(st.integers() | st.floats() | st.fractions())
def test_whole_takes_what_is_whole(value: Any) -> None:
    good = math.isfinite(value) and value == int(value) and 1 <= value <= 9
    if good:
        assert whole("n", value, at_most=9) == value
    else:
        with pytest.raises(OptionError, match="n must be"):
            whole("n", value, at_most=9)


def test_both_ends_of_a_range_belong_to_it() -> None:
    assert [whole("n", value, at_least=2, at_most=9) for value in (2, 9)] == [2, 9]
    assert positive("n", 9, at_most=9) == 9
    for value in (1, 10):
        with pytest.raises(OptionError, match="whole number from 2 to 9"):
            whole("n", value, at_least=2, at_most=9)


@given(st.integers() | st.floats() | st.fractions())
def test_positive_takes_what_is_above_zero(value: Any) -> None:
    if 0 < value <= 9:
        assert positive("n", value, at_most=9) == value
    else:
        with pytest.raises(OptionError, match="n must be"):
            positive("n", value, at_most=9)


@given(st.text() | st.binary() | st.lists(st.integers()) | st.integers())
def test_values_are_shown_on_one_short_line(value: object) -> None:
    assert len(shown(value)) <= 80
    assert "\n" not in shown(value)


def test_words_and_paths() -> None:
    assert choice("c", "a", ("a", "b")) == "a"
    assert text("t", Path("a") / "b", "a name") == str(Path("a/b"))
    with pytest.raises(OptionError, match="c must be one of a, b, got 'x'"):
        choice("c", "x", ("a", "b"))
