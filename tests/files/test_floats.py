"""TIFF files of floats: read and written as floats, whatever their range."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

import srcnn
from srcnn.errors import ImageError, RangeError
from srcnn.files.decoding import decode
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.picture import Metadata, Picture
from srcnn.upscale_file import upscale_file


def values(*bands: int, low: float = 0, high: float = 1) -> NDArray[np.float32]:
    found = np.random.default_rng(len(bands)).uniform(low, high, (11, 13, *bands)).astype(np.float32)
    found.flat[:2] = low, high
    return found


def tiff(array: NDArray[Any], **options: Any) -> bytes:
    return bytes(pyvips.Image.new_from_array(array).tiffsave_buffer(**options))


@pytest.mark.parametrize("options", [{}, {"compression": "deflate", "predictor": "float"}, {"compression": "lzw"}])
@pytest.mark.parametrize("bands", [(), (3,)])
def test_floats_between_0_and_1_are_read_exactly(bands: tuple[int, ...], options: dict[str, Any]) -> None:
    read = decode(tiff(values(*bands), **options))
    np.testing.assert_array_equal(read.pixels, values(*bands))
    assert (read.bits, read.metadata.levels) == (32, None)


@pytest.mark.parametrize(("low", "high"), [(0, 300), (-40, 60), (0.5, 1.5), (7, 7)])
def test_other_ranges_lie_between_their_levels(low: float, high: float) -> None:
    read = decode(tiff(values(low=low, high=high)))
    assert read.metadata.levels == (low, high)
    again = decode(encode(read, FORMATS["TIFF"])[0])
    assert again.metadata.levels == (low, high)
    np.testing.assert_allclose(again.pixels, read.pixels, atol=1e-6)
    np.testing.assert_allclose(read.pixels * (high - low) + low, values(low=low, high=high), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("bands", [(), (3,)])
def test_what_is_written_is_read_by_others(bands: tuple[int, ...], alpha: bool) -> None:
    opacity = values(low=0, high=0.5) if alpha else None
    data, notes = encode(Picture(values(*bands), opacity), FORMATS["TIFF"])
    assert notes == ()
    other = pyvips.Image.new_from_buffer(data, "").numpy()
    assert other.dtype == np.float32
    expected = np.dstack([values(*bands), *([] if opacity is None else [opacity])])
    np.testing.assert_array_equal(other.reshape(expected.shape), expected)
    if not bands and not alpha:
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), values())
    read = decode(data)
    np.testing.assert_array_equal(read.bands.reshape(expected.shape), expected)


@pytest.mark.parametrize(("name", "bits"), [("PNG", 16), ("JPEG", 8), ("AVIF", 10), ("GIF", 8)])
def test_other_formats_get_what_they_can_hold_and_that_is_said(name: str, bits: int) -> None:
    pixels = np.full((16, 16, 3), 0.25, np.float32)
    metadata = Metadata(format="TIFF", levels=(-1.0, 3.0))
    data, notes = encode(Picture(pixels, None, metadata), FORMATS[name])
    assert f"floats were reduced to the {bits} bits of {name} (-1 is black, 3 white)" in notes
    read = decode(data)
    assert read.bits == min(16, 8 if bits == 8 else 16)
    assert np.abs(srcnn.to_floats(read.pixels) - 0.25).max() < 0.01


@pytest.mark.parametrize("name", ["JPEG", "BMP"])
def test_transparent_floats_are_laid_over_white(name: str) -> None:
    picture = Picture(np.zeros((16, 16, 3), np.float32), np.full((16, 16), 0.2, np.float32))
    assert np.abs(decode(encode(picture, FORMATS[name])[0]).pixels.astype(int) - 204).max() <= 1


def test_a_file_of_floats_is_upscaled_to_floats(tmp_path: Path) -> None:
    ramp = np.linspace(-2, 6, 20 * 30).reshape(20, 30).astype(np.float32)
    (tmp_path / "a.tif").write_bytes(tiff(ramp))
    assert upscale_file(tmp_path / "a.tif", tmp_path / "b.tif", 2, "fast") == ()
    made = pyvips.Image.new_from_file(str(tmp_path / "b.tif")).numpy()
    assert made.dtype == np.float32
    assert made.shape == (40, 60)
    assert np.unique(made).size > 2000  # not 256 levels
    small = made.reshape(20, 2, 30, 2).mean((1, 3))
    assert np.abs(small - ramp)[2:-2, 2:-2].max() < 0.05


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    pixels = values()
    pixels[3, 4] = value
    with pytest.raises(ImageError, match="it holds NaN or infinite values; replace them first"):
        decode(tiff(pixels))


def test_pictures_of_floats_lie_between_0_and_1() -> None:
    assert Picture(values()).bits == 32
    with pytest.raises(RangeError, match=r"must lie in \[0, 1\], got 0 to 2"):
        Picture(values(high=2))
    with pytest.raises(RangeError, match="got float64"):
        Picture(values().astype(np.float64))
