"""Images written strip by strip: the same file however high the strips are, and nothing of it where something goes
wrong.
"""

import io
import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srcnn.errors import ImageError, OptionError, WeightsError
from srcnn.files import tiff
from srcnn.files.decoding import decode
from srcnn.files.encoding import encode, encode_strips
from srcnn.files.fitted import check_size
from srcnn.files.formats import FORMATS
from srcnn.files.io import read_image, write_image
from srcnn.files.metadata.entries import Entry, laid_out, read_entries
from srcnn.files.picture import Kind, Metadata, Picture
from srcnn.files.strips import Strip, Strips, regrouped, strips_of
from srcnn.image.arrays import as_rgb
from srcnn.output import WriteOptions

STREAMED = ("PNG", "JPEG", "TIFF")


def smooth(height: int, width: int, bands: int, dtype: type = np.uint8) -> NDArray[Any]:
    rng = np.random.default_rng(7)
    values = np.clip(np.cumsum(rng.normal(0, 9, (height, width, bands)), axis=1) + 128, 0, 255)
    return (values * (257 if dtype == np.uint16 else 1)).astype(dtype)


def picture(
    height: int, width: int, *, grey: bool = False, alpha: bool = False, dtype: type = np.uint8, kind: Kind = "rgb"
) -> Picture:
    values = smooth(height, width, 4, dtype)
    pixels = np.ascontiguousarray(values[..., 0] if grey else values[..., :3])
    return Picture(pixels, np.ascontiguousarray(values[..., 3]) if alpha else None, Metadata(kind=kind))


def cut_into(image: Picture, heights: list[int]) -> Strips:
    def rows() -> Iterator[Strip]:
        ends = list(itertools.accumulate(heights))
        for top, bottom in zip([0, *ends], [*ends, len(image.pixels)], strict=True):
            if bottom > top:
                yield image.pixels[top:bottom], None if image.alpha is None else image.alpha[top:bottom]

    return replace(strips_of(image), rows=rows)


def written(image: Strips, name: str) -> bytes:
    stream = io.BytesIO()
    encode_strips(image, FORMATS[name], stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("grey", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_height_of_strips_changes_no_byte(name: str, grey: bool, alpha: bool, dtype: type) -> None:
    image = picture(97, 51, grey=grey, alpha=alpha, dtype=dtype)
    whole = encode(image, FORMATS[name])[0]
    for heights in ([1] * 96, [50, 3], [96]):
        assert written(cut_into(image, heights), name) == whole
    if name != "JPEG":
        read = decode(whole)
        np.testing.assert_array_equal(read.bands, image.bands)


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_smallest_images(name: str, size: tuple[int, int]) -> None:
    image = Picture(np.full((*size, 3), 200, np.uint8))
    read = decode(encode(image, FORMATS[name])[0])
    np.testing.assert_array_equal(read.pixels, image.pixels)


@pytest.mark.parametrize(
    "image", [picture(60, 45), picture(60, 45, grey=True), picture(60, 45, kind="cmyk")], ids=["rgb", "grey", "cmyk"]
)
def test_jpeg_of_libvips_has_the_pixels_of_pillows(image: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    by_libvips = decode(encode(image, FORMATS["JPEG"])[0])
    # As in a forked process, which libvips cannot serve.
    monkeypatch.setattr("srcnn.forks.threads_lost", lambda library: True)
    by_pillow = decode(encode(image, FORMATS["JPEG"])[0])
    np.testing.assert_array_equal(by_libvips.pixels, by_pillow.pixels)
    assert by_libvips.metadata == by_pillow.metadata


def test_threads_change_no_byte_of_tiff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff, "_STRIP_BYTES", 1000)
    image = strips_of(picture(200, 40))
    streams = [io.BytesIO() for _ in range(2)]
    for threads, stream in zip((1, 5), streams, strict=True):
        encode_strips(image, FORMATS["TIFF"], stream, threads=threads)
    assert streams[0].getvalue() == streams[1].getvalue()


@pytest.mark.parametrize("rows", [1, 7, 100])
@pytest.mark.parametrize("alpha", [True, False])
def test_beyond_4_gb_a_tiff_file_is_a_bigtiff_file(rows: int, alpha: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture(31, 40, alpha=alpha, dtype=np.uint16)
    image = replace(
        image, metadata=Metadata(icc=None, xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", dpi=(300.0, 150.0))
    )
    monkeypatch.setattr(tiff, "_STRIP_BYTES", rows * 40 * (8 if alpha else 6))
    classic = encode(image, FORMATS["TIFF"])[0]
    monkeypatch.setattr(tiff, "_LARGEST_CLASSIC", 2**10)
    big = encode(image, FORMATS["TIFF"])[0]
    assert (classic[:4], big[:4]) == (b"II*\0", b"II+\0")
    for data in (classic, big):
        read = decode(data)
        np.testing.assert_array_equal(read.bands, image.bands)
        assert (read.metadata.dpi, read.metadata.xmp) == (image.metadata.dpi, image.metadata.xmp)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize(
    "error",
    [WeightsError("the network is torn"), KeyboardInterrupt(), ZeroDivisionError("ours"), OSError(5, "unplugged")],
)
def test_an_error_of_whoever_makes_the_rows_comes_out_as_it_is(name: str, error: BaseException, tmp_path: Path) -> None:
    def rows() -> Iterator[Strip]:
        yield np.zeros((40, 30, 3), np.uint8), None
        raise error

    image = replace(strips_of(picture(90, 30)), rows=rows)
    path = tmp_path / f"a{FORMATS[name].suffixes[0]}"
    path.write_bytes(b"old")
    with pytest.raises(ImageError if isinstance(error, OSError) else type(error)) as caught:
        write_image(path, image)
    assert error in (caught.value, caught.value.__cause__)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"old"


class FullDisk(io.BytesIO):
    """A file that takes a hundred bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 100:
            raise OSError(28, os.strerror(28))
        return super().write(data)


@pytest.mark.parametrize("name", [*STREAMED, "WEBP"])
def test_a_full_disk_is_said(name: str) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        encode_strips(strips_of(picture(400, 300)), FORMATS[name], FullDisk())
    assert not isinstance(caught.value, ImageError)


def test_rows_that_are_missing_are_an_error() -> None:
    image = replace(strips_of(picture(90, 30)), rows=lambda: iter([(np.zeros((40, 30, 3), np.uint8), None)]))
    with pytest.raises(ImageError, match="PNG encoding failed"):
        encode_strips(image, FORMATS["PNG"], io.BytesIO())


def test_strips_are_regrouped() -> None:
    values = np.arange(23)[:, None]
    parts = np.split(values, [1, 2, 9, 22])
    for height in (1, 4, 8, 23, 50):
        got = list(regrouped(parts, height))
        assert [len(part) for part in got] == [height] * (23 // height) + ([23 % height] if 23 % height else [])
        np.testing.assert_array_equal(np.concatenate(got), values)


@pytest.mark.parametrize(
    ("name", "height", "width", "what"),
    [
        ("JPEG", 65501, 1, "use .png or .tif"),
        ("WEBP", 1, 16384, "use .png or .tif"),
        ("AVIF", 16385, 1, "use .png or .tif"),
        ("BMP", 40_000, 40_000, "4.3 GB of pixels, too little for 40000x40000; use .png or .tif"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_before_the_work(name: str, height: int, width: int, what: str) -> None:
    def rows() -> Iterator[Strip]:
        raise AssertionError("work was begun")

    with pytest.raises(ImageError, match=what):
        check_size(FORMATS[name], height, width)
    image = Strips(height=height, width=width, grey=False, alpha=False, bits=8, metadata=Metadata(), rows=rows)
    with pytest.raises(ImageError, match=what):
        encode_strips(image, FORMATS[name], io.BytesIO())


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_a_very_long_side_can_be_written_and_read(name: str, tmp_path: Path) -> None:
    image = Picture(np.arange(20_000, dtype=np.uint32).astype(np.uint8)[None])
    path = tmp_path / f"a{FORMATS[name].suffixes[0]}"
    for turned in (image, Picture(np.ascontiguousarray(image.pixels.T))):
        write_image(path, turned)
        np.testing.assert_array_equal(read_image(path).pixels, turned.pixels)


# What can be chosen


@pytest.mark.parametrize("name", ["webp", "avif"])
@pytest.mark.parametrize("grey", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
def test_lossless_keeps_every_pixel(name: str, grey: bool, alpha: bool) -> None:
    image = picture(37, 29, grey=grey, alpha=alpha)
    data, _ = encode(image, FORMATS[name.upper()], WriteOptions(lossless=True))
    found = decode(data)
    expected = np.dstack([image.pixels] * 3) if grey else image.pixels
    if name == "webp" and alpha:  # colours under full transparency are nobody's
        seen = image.alpha if image.alpha is not None else expected
        np.testing.assert_array_equal(as_rgb(found.pixels)[seen > 0], expected[seen > 0])
    else:
        np.testing.assert_array_equal(as_rgb(found.pixels), expected)
    assert (found.alpha is None) == (image.alpha is None)
    if image.alpha is not None:
        np.testing.assert_array_equal(found.alpha, image.alpha)


def test_lossless_avif_carries_metadata() -> None:
    exif = b"II*\0\x08\0\0\0" + laid_out({305: Entry(2, 5, b"test\0")}, 8)
    image = replace(picture(20, 30), metadata=Metadata(exif=exif, xmp=b"<x/>", dpi=(300.0, 300.0)))
    found = decode(encode(image, FORMATS["AVIF"], WriteOptions(lossless=True))[0]).metadata
    assert found.exif is not None
    assert read_entries(found.exif)[305].content == b"test\0"
    assert found.xmp == b"<x/>"
    assert found.dpi == pytest.approx((300, 300), abs=0.02)


@pytest.mark.parametrize("name", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("grey", [True, False])
def test_levels_of_compression_change_size_and_no_pixel(name: str, grey: bool) -> None:
    image = picture(200, 300, grey=grey)
    options = [WriteOptions(compression=level, lossless=None if name != "WEBP" else True) for level in (0, 9)]
    fast, small = (encode(image, FORMATS[name], chosen)[0] for chosen in options)
    assert len(small) < len(fast)
    np.testing.assert_array_equal(decode(fast).bands, decode(small).bands)


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "AVIF"])
def test_a_higher_quality_is_closer_and_larger(name: str) -> None:
    image = picture(80, 90)
    files = [encode(image, FORMATS[name], WriteOptions(quality=quality))[0] for quality in (20, 95)]
    errors = [np.abs(decode(file).pixels.astype(int) - image.pixels).mean() for file in files]
    assert len(files[0]) < len(files[1])
    assert errors[0] > errors[1]


def test_a_quality_makes_a_lossless_webp_lossy() -> None:
    image = picture(40, 50)
    exact = decode(encode(image, FORMATS["WEBP"], WriteOptions(lossless=True))[0])
    assert exact.metadata.lossless
    again = decode(encode(exact, FORMATS["WEBP"])[0])
    np.testing.assert_array_equal(again.pixels, image.pixels)
    for options in (WriteOptions(quality=95), WriteOptions(lossless=False)):
        assert not decode(encode(exact, FORMATS["WEBP"], options)[0]).metadata.lossless


def test_what_the_format_has_no_choice_of_is_named() -> None:
    _, notes = encode(picture(4, 5), FORMATS["BMP"], WriteOptions(quality=5, compression=5))
    assert notes == ("BMP has no quality", "BMP has no levels of compression")


def test_a_named_format_decides_whatever_the_name(tmp_path: Path) -> None:
    write_image(tmp_path / "a.dat", picture(4, 5), options=WriteOptions(format="tiff"))
    assert read_image(tmp_path / "a.dat").metadata.format == "TIFF"
    with pytest.raises(OptionError, match=r"a\.png has the suffix of another format than tiff; name it a\.tif"):
        write_image(tmp_path / "a.png", picture(4, 5), options=WriteOptions(format="tiff"))


def test_the_date_goes_along_with_an_image_that_was_read(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", picture(4, 5))
    os.utime(tmp_path / "a.png", ns=(1, 10**18))
    image = read_image(tmp_path / "a.png")
    assert image.metadata.modified_ns == 10**18
    write_image(tmp_path / "b.png", image, options=WriteOptions(keep_date=True))
    assert (tmp_path / "b.png").stat().st_mtime_ns == 10**18
    write_image(tmp_path / "c.png", picture(4, 5), options=WriteOptions(keep_date=True))  # nothing to keep
    assert (tmp_path / "c.png").stat().st_mtime_ns > 10**18
