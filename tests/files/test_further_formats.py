"""Formats that are only read: HEIC and JPEG XL through plugins; JPEG 2000, Netpbm, TGA and ICO."""

import io
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.formats import FORMATS, READABLE_SUFFIXES, UNREADABLE_SUFFIXES, sniff
from srcnn.files.io import read_image
from srcnn.files.jxl import jxl_header
from srcnn.files.metadata.xmp import parse_xmp

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\2" + struct.pack(">HHI2sHHHIHH", 271, 2, 2, b"x\0", 0, 274, 3, 1, 6, 0) + bytes(4)


def values(bands: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(bands)
    found = np.clip(np.cumsum(rng.normal(0, 5, (24, 32, bands)), axis=1) + 128, 0, 255).astype(np.uint8)
    return found[..., 0] if bands == 1 else found


def saved(array: NDArray[Any], name: str, **options: Any) -> bytes:
    if name == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    if name == "JXL":
        pytest.importorskip("pillow_jxl")
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, name, **options)
    return stream.getvalue()


CASES = [
    *(("JXL", bands, {"lossless": True}) for bands in (1, 3, 4)),
    *(("JPEG2000", bands, {}) for bands in (1, 3, 4)),
    *(("PPM", bands, {}) for bands in (1, 3)),
    *(("TGA", bands, options) for bands in (1, 3, 4) for options in ({}, {"compression": "tga_rle"})),
    *(("ICO", bands, {"sizes": [(32, 24)]}) for bands in (3, 4)),
    *(("HEIF", bands, {"quality": -1}) for bands in (1,)),
]


@pytest.mark.parametrize(("name", "bands", "options"), CASES)
def test_pixels_are_read_exactly(name: str, bands: int, options: dict[str, Any]) -> None:
    data = saved(values(bands), name, **options)
    fmt = sniff(data[:64])
    assert fmt is not None
    read = decode(data)
    assert read.metadata.format == fmt.name == {"PPM": "PNM", "HEIF": "HEIC"}.get(name, name)
    np.testing.assert_array_equal(read.bands, values(bands))


@pytest.mark.parametrize("name", ["HEIF", "JXL"])
def test_upright_and_with_all_that_is_said(name: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"quality": 95} if name == "HEIF" else {"lossless": True, "use_container": True}
    data = saved(values(3), name, exif=EXIF, xmp=XMP, icc_profile=profile, **options)
    read = decode(data)
    # pillow-heif writes an upright image as turned by EXIF, the JPEG XL plugin leaves that to EXIF.
    height, width = read.pixels.shape[:2]
    assert (height, width) == ((32, 24) if name == "HEIF" else (24, 32))
    assert read.metadata.xmp == XMP
    assert read.metadata.exif is not None
    assert struct.pack(">HHI", 274, 3, 1) + b"\0\1" in read.metadata.exif  # upright
    assert (read.metadata.icc == profile) if name == "HEIF" else read.metadata.icc
    assert not read.metadata.lossless


def test_ten_bits_of_heic_are_kept() -> None:
    heif = pytest.importorskip("pillow_heif")
    ramp = np.linspace(0, 65535, 64 * 16).reshape(16, 64).astype(np.uint16)
    stream = io.BytesIO()
    heif.encode("RGB;16", (64, 16), np.repeat(ramp[..., None], 3, 2).tobytes(), stream, quality=100, chroma=444)
    read = decode(stream.getvalue())
    assert read.bits == 16
    assert read.pixels.max() > 65400
    assert np.abs(read.pixels.astype(int) - ramp[..., None]).max() < 65535 / 1023 * 4


def test_a_jpeg_inside_jpeg_xl_is_that_jpeg(tmp_path: Path) -> None:
    pytest.importorskip("pillow_jxl")
    Image.fromarray(values(3)).save(tmp_path / "a.jpg", quality=80)
    Image.open(tmp_path / "a.jpg").save(tmp_path / "a.jxl", lossless_jpeg=True)
    read, jpeg = read_image(tmp_path / "a.jxl"), read_image(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read.pixels, jpeg.pixels)
    assert read.metadata.format == "JPEG"
    assert read.metadata.quantisation == jpeg.metadata.quantisation


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (256, 256), (640, 480), (1920, 1080), (33, 700), (3000, 2000)])
@pytest.mark.parametrize("container", [False, True])
def test_the_size_of_jpeg_xl_is_known_before_it_is_decoded(size: tuple[int, int], container: bool) -> None:
    data = saved(np.zeros((size[1], size[0]), np.uint8), "JXL", use_container=container, effort=1)
    header = jxl_header(data)
    assert (header.width, header.height) == size


@pytest.mark.parametrize(("name", "options"), [("JXL", {}), ("HEIF", {}), ("PPM", {}), ("JPEG2000", {}), ("TGA", {})])
def test_limits_hold(name: str, options: dict[str, Any]) -> None:
    data = saved(values(3), name, **options)
    with pytest.raises(ImageError, match="more than the limit"):
        decode(data, max_pixels=700)


@pytest.mark.parametrize(("name", "bands", "options"), CASES)
def test_what_is_cut_off_is_damaged(name: str, bands: int, options: dict[str, Any]) -> None:
    data = saved(values(bands), name, **options)
    with pytest.raises(ImageError, match="damaged or truncated"):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("name", "module", "package"), [("HEIF", "pillow_heif", "pillow-heif"), ("JXL", "pillow_jxl", "pillow-jxl-plugin")]
)
def test_a_missing_plugin_is_named(
    name: str, module: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(saved(values(3), name))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImageError, match=rf"a\.png: reading .* needs {package}: pip install 'srcnn\[formats\]'"):
        read_image(tmp_path / "a.png")


# Netpbm
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P1 # bits\n3 2\n101\n0 1 0", [[0, 255, 0], [255, 0, 255]]),
        (b"P4\n3 2\n\xa0\x40", [[0, 255, 0], [255, 0, 255]]),
        (b"P2\n# made\n2 1 # by hand\n15\n0 15\n", [[0, 255]]),
        (b"P5 2 1 15\n\x00\x05", [[0, 85]]),
        (b"P3 1 1 255 1 2 3", [[[1, 2, 3]]]),
        (b"P6 1 1 255\n\x01\x02\x03", [[[1, 2, 3]]]),
        (b"P5 2 1 1023\n\x00\x00\x03\xff", np.array([[0, 65535]], np.uint16)),
        (b"P6 1 1 65535\n\x00\x01\x02\x00\xff\xff", np.array([[[1, 512, 65535]]], np.uint16)),
        (b"P2 1 1 65535 300", np.array([[300]], np.uint16)),
    ],
)
def test_netpbm(data: bytes, expected: Any) -> None:
    pixels = decode(data).pixels
    np.testing.assert_array_equal(pixels, expected)
    assert pixels.dtype == (expected.dtype if isinstance(expected, np.ndarray) else np.uint8)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"P5 2 1 255\n\x00", "1 of 2 bytes"),
        (b"P2 2 1 255\n7", "1 of 2 values"),
        (b"P2 1 1 7\n8", "larger than 7"),
        (b"P5 2 1", "header is incomplete"),
        (b"P5 2 1 70000\nxxxxxx", "up to 70000 are not supported"),
        (b"P3 1 1 255\n1 two 3", "invalid literal"),
        (b"P6 99999 99999 255\n", "more than the limit"),
    ],
)
def test_netpbm_that_is_none(data: bytes, text: str) -> None:
    with pytest.raises(ImageError, match=text):
        decode(data)


# Others
# ----------------------------------------------------------------------------------------------------------------------


def test_palettes_of_tga() -> None:
    image = Image.fromarray(values(3)).quantize(16)
    stream = io.BytesIO()
    image.save(stream, "TGA")
    read = decode(stream.getvalue())
    np.testing.assert_array_equal(read.pixels, np.asarray(image.convert("RGB")))
    assert read.metadata.kind == "palette"


@pytest.mark.parametrize(
    "head", [bytes(64), b"\0\0\2" + bytes(61), b"text of some kind that is longer", b"\0\1\1" * 20]
)
def test_what_looks_like_nothing_is_nothing(head: bytes) -> None:
    assert sniff(head) is None


def test_the_largest_image_of_an_icon_is_read() -> None:
    stream = io.BytesIO()
    Image.fromarray(values(4)).resize((48, 48)).save(stream, "ICO", sizes=[(16, 16), (48, 48), (32, 32)])
    assert decode(stream.getvalue()).pixels.shape == (48, 48, 3)


def test_xmp_of_jpeg_2000() -> None:
    data = saved(values(3), "JPEG2000")
    box = b"uuid" + bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC") + XMP
    read = decode(data + (len(box) + 4).to_bytes(4, "big") + box)
    assert read.metadata.xmp == XMP
    assert parse_xmp(read.metadata.xmp) is not None


def test_every_suffix_has_one_meaning() -> None:
    assert len(set(READABLE_SUFFIXES)) == len(READABLE_SUFFIXES)
    assert not set(READABLE_SUFFIXES) & set(UNREADABLE_SUFFIXES)
    assert {suffix for fmt in FORMATS.values() for suffix in (*fmt.suffixes, *fmt.only_read)} == set(READABLE_SUFFIXES)


def test_gain_and_depth_maps_of_heic_are_named() -> None:
    from srcnn.files.metadata.avif import read_avif

    def box(name: bytes, content: bytes) -> bytes:
        return (len(content) + 8).to_bytes(4, "big") + name + content

    kinds = (
        b"urn:com:apple:photo:2020:aux:hdrgainmap\0",
        b"urn:mpeg:hevc:2015:auxid:2\0",
        b"urn:mpeg:hevc:2015:auxid:1\0",
    )
    properties = b"".join(box(b"auxC", bytes(4) + kind) for kind in kinds)
    data = box(b"ftyp", b"heic") + box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", properties)))
    assert read_avif(data).left_out == ("the gain map (HDR)", "the depth map")
