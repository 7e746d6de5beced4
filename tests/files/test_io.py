"""Reading and writing files: every format and kind of image, what survives, and what is refused with one line."""

import contextlib
import io
import os
import stat
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.encoding import encode
from srcnn.files.exif import cropped_exif, updated_exif
from srcnn.files.formats import FORMATS, WRITABLE_SUFFIXES, format_of, suffix_for
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Metadata, Picture
from srcnn.files.pillow import picture_from_pil, picture_to_pil

SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tif", "AVIF": ".avif"}
EXACT = ("PNG", "TIFF", "BMP")
DEEP = ("PNG", "TIFF", "AVIF")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]  # only its header is looked at here
CMYK_PROFILE = bytes(pyvips.Image.profile_load("cmyk"))


def picture(
    *,
    colour: bool = True,
    alpha: bool = False,
    dtype: type[Any] = np.uint8,
    shape: tuple[int, int] = (12, 17),
    **metadata: Any,
) -> Picture:
    """A smooth image, so that lossy formats keep it nearly."""
    white = int(np.iinfo(dtype).max)
    rows, columns = np.mgrid[: shape[0], : shape[1]] / max(*shape, 2)
    planes = [rows, columns, 1 - (rows + columns) / 2]
    pixels = np.dstack(planes) if colour else planes[0] * 0.5 + planes[1] * 0.5
    opacity = ((0.25 + 0.5 * columns) * white).astype(dtype) if alpha else None
    return Picture((pixels * white).astype(dtype), opacity, Metadata(**metadata))


def pil_bytes(image: Image.Image, name: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def exif_bytes(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[271], exif[274], exif[305] = "Maker", orientation, "Software"
    exif[34665] = {36867: "2016:02:01 12:00:00", 40962: 17, 40963: 12}
    exif[34853] = {1: "N", 2: (48.0, 8.0, 15.0)}
    return exif.tobytes()


def reopened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


# What is kept exactly


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("TIFF", np.uint8), ("TIFF", np.uint16), ("PNG", np.uint8), ("PNG", np.uint16), ("BMP", np.uint8)],
)
def test_a_single_grey_pixel_is_a_image(name: str, dtype: type[Any]) -> None:
    pixels = np.array([[7]], dtype)
    encoded, _ = encode(Picture(pixels), FORMATS[name])
    np.testing.assert_array_equal(decode(encoded).pixels, pixels)


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_lossless_formats_give_back_every_value(name: str, data: st.DataObject) -> None:
    fmt = FORMATS[name]
    dtype = data.draw(st.sampled_from([np.uint8, np.uint16] if fmt.bits == 16 else [np.uint8]))
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))
    pixels = data.draw(hnp.arrays(dtype, shape if data.draw(st.booleans()) else (*shape, 3)))
    alpha = data.draw(hnp.arrays(dtype, shape)) if fmt.alpha and data.draw(st.booleans()) else None
    encoded, notes = encode(Picture(pixels, alpha), fmt)
    read = decode(encoded)
    assert notes == ()
    assert read.pixels.dtype == dtype
    np.testing.assert_array_equal(read.pixels, pixels)
    if alpha is None or (alpha == np.iinfo(alpha.dtype).max).all():
        assert read.alpha is None
    else:
        np.testing.assert_array_equal(read.alpha, alpha)
    assert read.metadata.format == name
    assert read.metadata.lossless


@pytest.mark.parametrize("rows", [1, 500])
def test_16_bit_tiff_of_several_strips(rows: int) -> None:
    pixels = np.random.default_rng(rows).integers(0, 65536, (rows, 1200, 3), dtype=np.uint16)
    encoded, _ = encode(Picture(pixels), FORMATS["TIFF"])
    np.testing.assert_array_equal(decode(encoded).pixels, pixels)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("name", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_stay_near(name: str, colour: bool, alpha: bool) -> None:
    before = picture(colour=colour, alpha=alpha and FORMATS[name].alpha, shape=(40, 56))
    after = decode(encode(before, FORMATS[name])[0])
    pixels = before.pixels if after.pixels.ndim == before.pixels.ndim else np.dstack([before.pixels] * 3)
    assert np.abs(after.pixels.astype(int) - pixels).max() <= 8
    assert (after.alpha is None) == (before.alpha is None)
    if before.alpha is not None and after.alpha is not None:
        assert np.abs(after.alpha.astype(int) - before.alpha).max() <= 4
    assert not after.metadata.lossless


@pytest.mark.parametrize("name", ["JPEG", "BMP", "PNG", "TIFF", "AVIF"])
def test_grey_stays_grey(name: str) -> None:
    read = decode(encode(picture(colour=False, shape=(33, 20)), FORMATS[name])[0])
    assert read.pixels.shape == (33, 20)
    assert read.metadata.kind == "grey"


def test_a_flat_grey_avif_is_read() -> None:
    flat = Picture(np.full((4, 6), 77, np.uint8))
    np.testing.assert_allclose(decode(encode(flat, FORMATS["AVIF"])[0]).pixels, flat.pixels, atol=1)


def test_webp_that_was_lossless_stays_so() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    read = decode(pil_bytes(Image.fromarray(pixels), "WEBP", lossless=True))
    assert read.metadata.lossless
    np.testing.assert_array_equal(decode(encode(read, FORMATS["WEBP"])[0]).pixels, pixels)
    assert not decode(pil_bytes(Image.fromarray(pixels), "WEBP", quality=80)).metadata.lossless


def test_avif_of_10_bits_is_read_deep_and_written_deep() -> None:
    before = picture(dtype=np.uint16, alpha=True, shape=(40, 56))
    encoded, notes = encode(before, FORMATS["AVIF"])
    assert notes == ("16 bits were reduced to the 10 of AVIF",)
    after = decode(encoded)
    assert after.bits == 16
    assert after.alpha is not None
    assert np.abs(after.pixels.astype(int) - before.pixels).max() <= 65535 * 8 / 255
    assert len(np.unique(after.pixels[..., 0])) > 300 // 8  # more levels than 8 bits of this ramp would have
    assert encode(after, FORMATS["AVIF"])[1] == ()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("name", [*SUFFIXES, "GIF"])
def test_same_image_same_bytes(name: str, alpha: bool, dtype: type[Any]) -> None:
    made = [encode(picture(alpha=alpha, dtype=dtype, dpi=(300.0, 300.0), icc=SRGB), FORMATS[name])[0] for _ in range(2)]
    assert made[0] == made[1]


# Kinds of images


def test_palette_becomes_rgb() -> None:
    image = Image.fromarray(picture().pixels).quantize(16)
    read = decode(pil_bytes(image, "PNG"))
    np.testing.assert_array_equal(read.pixels, np.asarray(image.convert("RGB")))
    assert read.metadata.kind == "palette"
    assert read.alpha is None


@pytest.mark.parametrize("transparency", [3, bytes([0, 128, 255, 7, 9])])
def test_transparent_palette_becomes_alpha(transparency: int | bytes) -> None:
    image = Image.fromarray(picture().pixels).quantize(5)
    read = decode(pil_bytes(image, "PNG", transparency=transparency))
    index = np.asarray(image)
    opacity = np.full(256, 255) if isinstance(transparency, int) else np.array([*transparency, *[255] * 251])
    if isinstance(transparency, int):
        opacity[transparency] = 0
    np.testing.assert_array_equal(read.alpha, opacity[index])
    np.testing.assert_array_equal(read.pixels, np.asarray(image.convert("RGB")))


def test_a_palette_of_greys_stays_grey() -> None:
    grey = picture(colour=False).pixels
    read = decode(pil_bytes(Image.fromarray(grey).convert("P"), "GIF"))
    assert read.pixels.ndim == 2
    np.testing.assert_array_equal(read.pixels, grey)


def test_transparent_colour_becomes_alpha() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 1] = 10, 20, 30
    read = decode(pil_bytes(Image.fromarray(pixels), "PNG", transparency=(10, 20, 30)))
    np.testing.assert_array_equal(read.alpha, [[255, 0], [255, 255]])
    np.testing.assert_array_equal(read.pixels, pixels)
    grey = decode(pil_bytes(Image.fromarray(pixels[..., 0]), "PNG", transparency=10))
    np.testing.assert_array_equal(grey.alpha, [[255, 0], [255, 255]])
    np.testing.assert_array_equal(grey.pixels, pixels[..., 0])


def test_transparent_colour_of_16_bits_becomes_alpha() -> None:
    pixels = np.array([[[1000, 2000, 3000], [1000, 2000, 3001]]], np.uint16)
    data, _ = encode(Picture(pixels), FORMATS["PNG"])
    chunk = b"tRNS" + struct.pack(">3H", 1000, 2000, 3000)
    data = data[:33] + struct.pack(">I", 6) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    read = decode(data)
    np.testing.assert_array_equal(read.pixels, pixels)
    np.testing.assert_array_equal(read.alpha, [[0, 65535]])


@pytest.mark.parametrize("name", ["PNG", "BMP", "TIFF"])
def test_one_bit_becomes_8_bit_grey(name: str) -> None:
    bits = np.random.default_rng(1).random((9, 13)) > 0.5
    read = decode(pil_bytes(Image.fromarray(bits), name))
    np.testing.assert_array_equal(read.pixels, bits * 255)
    assert read.metadata.kind == "1-bit"
    assert decode(encode(read, FORMATS[name])[0]).pixels.dtype == np.uint8


def test_opaque_alpha_is_dropped() -> None:
    image = Image.fromarray(picture().pixels).convert("RGBA")
    assert decode(pil_bytes(image, "PNG")).alpha is None


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
@pytest.mark.parametrize("profile", [None, CMYK_PROFILE])
def test_cmyk_is_read_as_srgb_and_written_as_cmyk(name: str, profile: bytes | None) -> None:
    inks = np.full((16, 16, 4), (40, 120, 200, 30), np.uint8)
    options: dict[str, Any] = {"quality": 100} if name == "JPEG" else {}
    if profile is not None:
        options["icc_profile"] = profile
    read = decode(pil_bytes(Image.fromarray(inks, mode="CMYK"), name, **options))
    assert read.metadata.kind == "cmyk"
    assert read.metadata.icc is None
    assert read.metadata.cmyk_icc == profile
    if profile is None:
        expected = (255 - inks[..., :3].astype(float)) * (255 - 30) / 255
        assert np.abs(read.pixels - expected).max() <= 2
    again = encode(read, FORMATS[name])[0]
    assert reopened(again).mode == "CMYK"
    assert reopened(again).info.get("icc_profile") == profile
    assert np.abs(decode(again).pixels.astype(int) - read.pixels).max() <= 4
    assert reopened(encode(read, FORMATS["PNG"])[0]).mode == "RGB"


def test_an_unusable_cmyk_profile_is_passed_over() -> None:
    inks = Image.fromarray(np.full((4, 4, 4), 50, np.uint8), mode="CMYK")
    read = decode(pil_bytes(inks, "TIFF", icc_profile=b"not a profile" * 20))
    np.testing.assert_array_equal(read.pixels, np.asarray(inks.convert("RGB")))
    assert reopened(encode(read, FORMATS["JPEG"])[0]).mode == "CMYK"


def test_the_formula_to_cmyk_undoes_pillows() -> None:
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(18 * 18, 18, 3)
    inks = picture_to_pil(Picture(rgb, None, Metadata(kind="cmyk")))
    assert inks.mode == "CMYK"
    assert np.abs(np.asarray(inks.convert("RGB")).astype(int) - rgb).max() <= 1


def tiff(directory: dict[int, Any], pixels: bytes, order: bytes = b"II") -> bytes:
    """An uncompressed TIFF file made by hand."""
    ifd = TiffImagePlugin.ImageFileDirectory_v2(order + (b"*\0" if order == b"II" else b"\0*") + bytes(4))
    for tag, value in ({259: 1, 273: 0, 279: len(pixels)} | directory).items():
        ifd[tag] = value
    ifd.tagtype[273] = ifd.tagtype[279] = 4
    stream = io.BytesIO()
    ifd.save(stream)
    return stream.getvalue() + pixels


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits", "tiff_deflate"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "CMYK"])
def test_tiff_of_8_bits_however_compressed(mode: str, compression: str) -> None:
    image = Image.fromarray(picture().pixels).convert(mode)
    read = decode(pil_bytes(image, "TIFF", compression=compression))
    np.testing.assert_array_equal(read.pixels, np.asarray(image.convert("L" if mode == "L" else "RGB")))


def test_tiff_of_another_compression_is_refused() -> None:
    with pytest.raises(
        ImageError, match=r"compression of this TIFF file \(Zstandard\) is not supported; save it with LZW"
    ):
        decode(pil_bytes(Image.new("RGB", (3, 3)), "TIFF", compression="zstd"))


def test_fax_pages_are_read() -> None:
    bits = np.random.default_rng(1).random((9, 13)) > 0.5
    np.testing.assert_array_equal(
        decode(pil_bytes(Image.fromarray(bits), "TIFF", compression="group4")).pixels, bits * 255
    )


@pytest.mark.parametrize("order", [b"II", b"MM"])
def test_16_bit_tiff_of_either_byte_order(order: bytes) -> None:
    pixels = picture(dtype=np.uint16).pixels
    layout = {256: 17, 257: 12, 258: (16, 16, 16), 262: 2, 277: 3, 278: 12}
    data = tiff(layout, pixels.astype(">u2" if order == b"MM" else "<u2").tobytes(), order)
    np.testing.assert_array_equal(decode(data).pixels, pixels)


def test_tiff_whose_white_is_zero() -> None:
    pixels = picture(colour=False, dtype=np.uint16).pixels
    layout = {256: 17, 257: 12, 258: 16, 262: 0, 277: 1, 278: 12}
    np.testing.assert_array_equal(decode(tiff(layout, (65535 - pixels).astype("<u2").tobytes())).pixels, pixels)


def test_premultiplied_tiff_is_divided_by_its_alpha() -> None:
    values = np.array([[[30000, 15000, 0, 30000], [0, 0, 0, 0], [65535, 1, 2, 65535]]], np.uint16)
    layout = {256: 3, 257: 1, 258: (16,) * 4, 262: 2, 277: 4, 278: 1, 338: 1}
    read = decode(tiff(layout, values.astype("<u2").tobytes()))
    np.testing.assert_array_equal(read.alpha, values[..., 3])
    np.testing.assert_allclose(read.pixels, [[[65535, 32768, 0], [0, 0, 0], [65535, 1, 2]]], atol=1)


def test_16_bit_cmyk_becomes_16_bit_rgb() -> None:
    values = np.full((4, 5, 4), (10000, 30000, 50000, 8000), np.uint16)
    layout = {256: 5, 257: 4, 258: (16,) * 4, 262: 5, 277: 4, 278: 4}
    read = decode(tiff(layout, values.astype("<u2").tobytes()))
    assert read.bits == 16
    assert read.pixels.shape == (4, 5, 3)
    assert read.metadata.kind == "cmyk"
    assert decode(encode(read, FORMATS["TIFF"])[0]).metadata.kind == "rgb"


@pytest.mark.parametrize(("bits", "sample", "word"), [(64, 3, "floating-point"), (32, 1, "32 bits"), (16, 2, "signed")])
def test_tiff_of_other_samples_is_refused(bits: int, sample: int, word: str) -> None:
    layout = {256: 2, 257: 2, 258: bits, 262: 1, 277: 1, 278: 2, 339: sample}
    with pytest.raises(ImageError, match=word):
        decode(tiff(layout, bytes(4 * bits // 8)))


def test_bigtiff_of_16_bits_is_read_exactly() -> None:
    pixels = picture(dtype=np.uint16).pixels
    data = bytes(
        pyvips.Image.new_from_array(pixels).copy(interpretation="rgb16").tiffsave_buffer(bigtiff=True, tile=True)
    )
    assert data[2] == 43
    np.testing.assert_array_equal(decode(data).pixels, pixels)


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_of_several_frames_the_first_is_read_and_that_is_said(name: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    options = {"quality": 100} if name == "AVIF" else {"lossless": True} if name == "WEBP" else {}
    read = decode(pil_bytes(frames[0], name, save_all=True, append_images=frames[1:], **options))
    assert read.metadata.notes == (f"only the first of 3 {'pages' if name == 'TIFF' else 'frames'} was read",)
    assert np.abs(read.pixels.astype(int) - (255, 0, 0)).max() <= 3


def test_pages_of_16_bits_are_counted() -> None:
    stack = pyvips.Image.new_from_array(np.full((20, 4), 500, np.uint16)).copy(interpretation="grey16")
    read = decode(bytes(stack.tiffsave_buffer(page_height=5)))
    assert read.pixels.shape == (5, 4)
    assert read.metadata.notes == ("only the first of 4 pages was read",)


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(pil_bytes(Image.new("RGB", (3, 3)), "JPEG"))
    assert read_image(path).metadata.format == "JPEG"


# Orientation, profile, EXIF, resolution


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_orientation_is_applied_once(name: str, orientation: int) -> None:
    pixels = picture(shape=(24, 40)).pixels
    exif = Image.Exif()
    exif[274] = orientation
    nearly_exact: dict[str, dict[str, Any]] = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 100, "subsampling": 0},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    }
    options = nearly_exact.get(name, {})
    data = pil_bytes(Image.fromarray(pixels), name, exif=exif.tobytes() if name != "TIFF" else exif, **options)
    turned = Image.fromarray(pixels)
    turned.getexif()[274] = orientation
    upright = np.asarray(ImageOps.exif_transpose(turned))
    read = decode(data)
    assert read.pixels.shape == upright.shape
    assert np.abs(read.pixels.astype(int) - upright).max() <= (0 if name in EXACT or name == "WEBP" else 6)
    written = encode(read, FORMATS[name])[0]
    assert reopened(written).getexif().get(274, 1) == 1
    assert decode(written).pixels.shape == upright.shape


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_orientation_of_16_bits_is_applied_once(name: str, orientation: int) -> None:
    pixels = picture(dtype=np.uint16).pixels
    if name == "TIFF":
        layout = {256: 17, 257: 12, 258: (16,) * 3, 262: 2, 274: orientation, 277: 3, 278: 12}
        data = tiff(layout, pixels.astype("<u2").tobytes())
    else:
        data = encode(Picture(pixels), FORMATS["PNG"])[0]
        chunk = b"eXIf" + exif_bytes(orientation)[6:]
        data = data[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    by_8_bits = Image.fromarray((pixels >> 8).astype(np.uint8))
    by_8_bits.getexif()[274] = orientation
    read = decode(data)
    np.testing.assert_array_equal(read.pixels >> 8, np.asarray(ImageOps.exif_transpose(by_8_bits)))
    assert decode(encode(read, FORMATS[name])[0]).pixels.tobytes() == read.pixels.tobytes()


def test_resolution_turns_with_the_image() -> None:
    exif = Image.Exif()
    exif[274] = 6
    read = decode(pil_bytes(Image.new("RGB", (4, 6)), "PNG", exif=exif.tobytes(), dpi=(100, 200)))
    assert read.metadata.dpi == pytest.approx((200, 100), abs=0.02)


@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("exif", [None, exif_bytes()[6:]])
def test_resolution_is_kept(name: str, dtype: type[Any], exif: bytes | None) -> None:
    if exif is not None and "resolution" not in FORMATS[name].holds:
        pytest.skip("EXIF without a resolution is left as it is")
    written, _ = encode(picture(dtype=dtype, dpi=(240.0, 300.0), exif=exif), FORMATS[name])
    assert decode(written).metadata.dpi == pytest.approx((240, 300), abs=0.02)
    without = decode(encode(picture(dtype=dtype), FORMATS[name])[0])
    assert without.metadata.dpi in (None, (72, 72), pytest.approx((96, 96), abs=0.1))


def test_exif_whose_values_lie_in_its_header_keeps_its_header() -> None:
    main = struct.pack("<HHHIIHHII", 2, 0x0112, 3, 1, 6, 0x8769, 4, 1, 38) + bytes(4)
    inner = struct.pack("<HHHIIHHII", 2, 0x9214, 3, 4, 0, 0xA20E, 5, 1, 4) + bytes(4)
    exif = b"II*\0\x08\0\0\0" + main + inner
    for changed in (updated_exif(exif, 300, 200), cropped_exif(exif, 1, 1, 3, 4)):
        assert changed is not None
        assert changed[:8] == exif[:8]


@pytest.mark.parametrize("name", [name for name in SUFFIXES if "exif" in FORMATS[name].holds])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_exif_is_kept_and_tells_the_new_size(name: str, dtype: type[Any]) -> None:
    written, notes = encode(picture(dtype=dtype, shape=(24, 34), exif=exif_bytes(6)[6:]), FORMATS[name])
    exif = reopened(written).getexif()
    assert exif[271] == "Maker"
    assert exif.get(274, 1) == 1
    assert exif.get_ifd(34665)[36867] == "2016:02:01 12:00:00"
    assert exif.get_ifd(34665)[40962] == 34
    assert exif.get_ifd(34665)[40963] == 24
    assert exif.get_ifd(34853)[2] == (48.0, 8.0, 15.0)
    again = decode(written)
    assert again.metadata.exif is not None
    assert not any("EXIF" in note for note in notes)


@pytest.mark.parametrize("name", [name for name in SUFFIXES if "icc" in FORMATS[name].holds])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_profile_is_kept(name: str, dtype: type[Any]) -> None:
    written, _ = encode(picture(dtype=dtype, icc=SRGB), FORMATS[name])
    assert decode(written).metadata.icc == SRGB


@pytest.mark.parametrize(
    ("colour", "icc", "name"),
    [(True, GREY_PROFILE, "PNG"), (False, SRGB, "PNG"), (False, GREY_PROFILE, "WEBP"), (True, SRGB, "BMP")],
)
def test_a_profile_that_does_not_fit_is_left_out_and_that_is_said(colour: bool, icc: bytes, name: str) -> None:
    written, notes = encode(picture(colour=colour, icc=icc), FORMATS[name])
    assert decode(written).metadata.icc is None
    assert len(notes) == 1
    assert "the colour profile" in notes[0]


def test_exif_too_long_for_jpeg_is_left_out_and_that_is_said() -> None:
    exif = Image.Exif()
    exif[270] = "x" * 70_000
    written, notes = encode(picture(exif=exif.tobytes()[6:]), FORMATS["JPEG"])
    assert decode(written).metadata.exif is None
    assert "too long" in notes[0]


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_is_changed_in_place_and_its_thumbnail_forgotten(order: str) -> None:
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 0x0112, 3, 1, 8, 0) + struct.pack(order + "HHII", 0x8769, 4, 1, 38)
    sub = struct.pack(order + "H", 1) + struct.pack(order + "HHIHH", 0xA002, 3, 1, 640, 0) + bytes(4)
    exif = head + struct.pack(order + "IH", 8, 2) + entries + struct.pack(order + "I", 999) + sub + b"maker note"
    changed = updated_exif(exif, 70_000, 80_000)
    assert changed is not None
    assert len(changed) == len(exif)
    assert changed.endswith(b"maker note")
    assert changed[18:20] == struct.pack(order + "H", 1)
    assert changed[34:38] == bytes(4)
    assert changed[42:52] == struct.pack(order + "HII", 4, 1, 80_000)


@given(st.binary(max_size=80), st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_damaged_exif_does_no_harm(rest: bytes, head: bytes) -> None:
    changed = updated_exif(head + rest, 5, 5)
    assert changed is None or len(changed) <= len(head + rest)
    if changed is not None and head:
        decode(pil_bytes(Image.new("L", (5, 5)), "PNG", exif=b"Exif\0\0" + head + rest))


# What a format cannot hold


@pytest.mark.parametrize("name", ["JPEG", "BMP"])
@pytest.mark.parametrize("colour", [False, True])
def test_transparency_is_laid_over_white_and_that_is_said(name: str, colour: bool) -> None:
    before = Picture(np.zeros((16, 16, 3) if colour else (16, 16), np.uint8), np.full((16, 16), 51, np.uint8))
    written, notes = encode(before, FORMATS[name])
    assert notes == (f"transparency was flattened onto white, because {name} has none",)
    assert np.abs(decode(written).pixels.astype(int) - 204).max() <= 1


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "BMP"])
def test_16_bits_become_8_and_that_is_said(name: str) -> None:
    before = Picture(np.full((16, 16, 3), 257 * 77 + 100, np.uint16))
    written, notes = encode(before, FORMATS[name])
    assert notes == (f"16 bits were reduced to the 8 of {name}",)
    assert np.abs(decode(written).pixels.astype(int) - 77).max() <= 1


@pytest.mark.parametrize(("name", "side"), [("JPEG", 65501), ("WEBP", 16384), ("AVIF", 16385)])
def test_a_image_too_long_for_the_format_is_refused(tmp_path: Path, name: str, side: int) -> None:
    path = tmp_path / f"long{SUFFIXES[name]}"
    with pytest.raises(ImageError, match=rf"at most {side - 1} pixels per side, but the image has {side}x1"):
        write_image(path, Picture(np.zeros((1, side), np.uint8)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out", "out.txt", "out.heic", "out.png.bak"])
def test_a_name_without_a_known_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImageError, match=r"use one of \.png, \.apng, \.jpg"):
        write_image(tmp_path / name, picture())


def test_suffixes_name_formats() -> None:
    assert {format_of(Path("a" + suffix.upper())).name for suffix in WRITABLE_SUFFIXES} == {*SUFFIXES, "GIF"}
    assert suffix_for(Path("a.JPG"), "JPEG") == ".JPG"
    assert suffix_for(Path("a.png"), "JPEG") == ".jpg"
    assert suffix_for(Path("a.gif"), "GIF") == ".gif"
    assert suffix_for(Path("a.tiff"), None) == ".tiff"
    assert suffix_for(Path("a"), None) == ".png"


# Files that are not as they should be


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"hello, I am text", "not an image of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "file.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=why) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="there is no such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="it is a folder"):
        read_image(tmp_path)
    with pytest.raises(ImageError, match="no such file or folder"):
        write_image(tmp_path / "none" / "a.png", picture())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageError, match="it is a folder"):
        write_image(tmp_path / "folder.png", picture())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="not a regular file"):
        read_image(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything")
def test_permissions_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_image(path, picture())
    path.chmod(0)
    with pytest.raises(ImageError, match="permission denied"):
        read_image(path)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(ImageError, match="permission denied"):
            write_image(tmp_path / "b.png", picture())
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def every_file() -> dict[str, bytes]:
    files = {f"{name} 8": encode(picture(shape=(60, 50)), FORMATS[name])[0] for name in SUFFIXES}
    files |= {f"{name} 16": encode(picture(dtype=np.uint16, shape=(60, 50)), FORMATS[name])[0] for name in DEEP}
    files["GIF"] = pil_bytes(Image.fromarray(picture(shape=(60, 50)).pixels), "GIF")
    return files


FILES = every_file()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_truncated_files_are_refused_with_one_line(name: str, share: float, capfd: pytest.CaptureFixture[str]) -> None:
    whole = FILES[name]
    with pytest.raises(ImageError) as caught:
        decode(whole[: max(16, int(len(whole) * share))])
    assert "\n" not in str(caught.value)
    assert "damaged or truncated" in str(caught.value) or "not an image" in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_damaged_files_give_a_image_or_our_error(name: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(12, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):
        assert decode(bytes(damaged), max_pixels=1_000_000).pixels.size > 0


def claiming(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that claims a size."""
    head = b"IHDR" + struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (head, body, b"IEND")
    )


@pytest.mark.parametrize("size", [(20_000, 10_001), (100_000, 100_000), (2**31 - 1, 1)])
def test_a_image_of_too_many_pixels_is_refused_before_it_is_decoded(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(claiming(*size))
    with pytest.raises(ImageError, match=rf"its {size[0]}x{size[1]} pixels are more than the limit of 200 million"):
        read_image(path)


def test_the_limit_can_be_moved_and_lifted() -> None:
    data = encode(picture(shape=(10, 10)), FORMATS["PNG"])[0]
    assert decode(data, max_pixels=100).pixels.shape == (10, 10, 3)
    with pytest.raises(ImageError, match=r"limit of 9\.9e-05 million"):
        decode(data, max_pixels=99)
    # Lifted, an image that Pillow's own limit would refuse is begun, and found to be truncated.
    with pytest.raises(ImageError, match="damaged or truncated"):
        decode(claiming(30_000, 12_000), max_pixels=None)


def test_pillows_own_limit_is_left_alone() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(ImageError):
        decode(claiming(30_000, 12_000), max_pixels=None)
    assert before == Image.MAX_IMAGE_PIXELS


# Writing whole or not at all


def failing(*_: Any, **__: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("before", [None, b"the old file"])
def test_a_failure_while_writing_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, before: bytes | None
) -> None:
    path = tmp_path / "out.png"
    if before is not None:
        path.write_bytes(before)
    monkeypatch.setattr(step, failing)
    with pytest.raises(ImageError, match="no space left on device"):
        write_image(path, picture())
    assert [p.name for p in tmp_path.iterdir()] == ([] if before is None else ["out.png"])
    assert before is None or path.read_bytes() == before


def test_a_failure_while_encoding_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.webp"
    path.write_bytes(b"the old file")
    monkeypatch.setattr(Image.Image, "save", failing)
    with pytest.raises(ImageError, match="WEBP encoding failed"):
        write_image(path, picture())
    assert path.read_bytes() == b"the old file"


def test_an_interruption_leaves_nothing_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_image(tmp_path / "out.png", picture())
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_replaced_and_new_ones_have_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    path = tmp_path / "out.png"
    path.write_bytes(b"the old file")
    write_image(path, picture())
    assert read_image(path).pixels.shape == (12, 17, 3)
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ["Grüße aus Köln", "写真 2016", "фото[Q=10]", "a b%c#d", "🙂", "n" * 250])
def test_any_name_works(tmp_path: Path, name: str, dtype: type[Any], suffix: str) -> None:
    path = tmp_path / (name + suffix)
    before = picture(dtype=dtype)
    write_image(path, before)
    np.testing.assert_array_equal(read_image(path).pixels, before.pixels)
    assert read_image(str(path)).pixels.dtype == dtype


# Pillow images


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "La", "RGBa"])
def test_every_mode_of_pillow_becomes_a_image(mode: str) -> None:
    rgba = np.dstack([picture().pixels, picture(alpha=True).alpha])  # type: ignore[list-item]
    image = (
        Image.fromarray(rgba).convert("LA").convert(mode)
        if mode in ("LA", "La", "PA")
        else Image.fromarray(rgba).convert(mode)
    )
    made = picture_from_pil(image)
    assert made.pixels.shape[:2] == (12, 17)
    assert made.bits == 8
    assert (made.alpha is not None) == (mode in ("LA", "RGBA", "La", "RGBa"))  # Pillow's own way to PA drops alpha
    if mode in ("L", "LA", "RGB", "RGBA"):
        back = picture_to_pil(made)
        assert back.mode == mode
        assert back.tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_deep_greys_of_pillow_are_kept(mode: str) -> None:
    values = picture(colour=False, dtype=np.uint16).pixels
    image = Image.fromarray(values)
    image = (
        image.convert("I")
        if mode == "I"
        else Image.frombytes(mode, image.size, values.astype(">u2" if mode[-1] == "B" else "<u2").tobytes())
    )
    made = picture_from_pil(image)
    np.testing.assert_array_equal(made.pixels, values)
    back = picture_to_pil(made)
    assert back.mode == "I;16"
    np.testing.assert_array_equal(np.asarray(back), values)


def test_pillow_images_that_cannot_be_held_are_refused() -> None:
    with pytest.raises(ImageError, match="mode F"):
        picture_from_pil(Image.new("F", (2, 2)))
    with pytest.raises(ImageError, match="32-bit"):
        picture_from_pil(Image.new("I", (2, 2), -1))
    with pytest.raises(ImageError, match="no 16-bit colour"):
        picture_to_pil(picture(dtype=np.uint16))
    with pytest.raises(ImageError, match="cannot decode"):
        picture_from_pil(reopened(FILES["JPEG 8"][:900]))


@pytest.mark.parametrize("name", SUFFIXES)
def test_pillow_images_from_files_keep_what_files_said(name: str) -> None:
    source = encode(picture(icc=SRGB, exif=exif_bytes()[6:], dpi=(150.0, 150.0)), FORMATS[name])[0]
    made = picture_from_pil(reopened(source))
    image = picture_to_pil(made)
    assert (image.info.get("icc_profile") == SRGB) == ("icc" in FORMATS[name].holds)
    assert ("exif" in image.info) == ("exif" in FORMATS[name].holds)
    if "exif" in FORMATS[name].holds:
        assert image.getexif()[271] == "Maker"


def test_a_turned_pillow_image_is_turned_once() -> None:
    exif = Image.Exif()
    exif[274] = 6
    data = pil_bytes(Image.fromarray(picture().pixels), "PNG", exif=exif.tobytes())
    upright = np.rot90(picture().pixels, -1)
    np.testing.assert_array_equal(picture_from_pil(reopened(data)).pixels, upright)
    np.testing.assert_array_equal(picture_from_pil(ImageOps.exif_transpose(reopened(data))).pixels, upright)


def test_importing_the_package_loads_neither_pillow_nor_libvips() -> None:
    code = "import sys, srcnn.image; print(sorted({'PIL', 'pyvips', 'scipy', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Picture(np.zeros((2, 2), np.float64)),
        lambda: Picture(np.zeros((2, 2, 4), np.uint8)),
        lambda: Picture(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)),
        lambda: Picture(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint16)),
    ],
)
def test_images_that_do_not_fit_together_are_refused(make: Callable[[], Picture]) -> None:
    with pytest.raises(ValueError, match=r"alpha|pixels"):
        make()
