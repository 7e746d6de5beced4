"""The segments of JPEG files: whole or cut off, of the usual processes or of others."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.estimate.tables import quality_of_table
from srcnn.files.decoding import decode
from srcnn.files.jpeg import jpeg_layout

ROWS, COLUMNS = 40, 56


def pixels() -> np.ndarray[Any, Any]:
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    waves = 40 * np.sin(rows / 3) * np.cos(columns / 4)
    return np.dstack([rows * 4 + waves, columns * 3 + waves, 128 + waves]).clip(0, 255).astype(np.uint8)


def jpeg(mode: str = "RGB", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels()).convert(mode).save(stream, "JPEG", **options)
    return stream.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def lossless(grey: np.ndarray[Any, Any]) -> bytes:
    """Lossless JPEG (T.81, annex H) of one component: each value is told by its difference from the one to its left."""
    out = b"\xff\xd8" + segment(0xC3, struct.pack(">BHHB", 8, *grey.shape, 1) + bytes([1, 0x11, 0]))
    # Nine categories of differences, each of four bits.
    out += segment(0xC4, bytes([0, 0, 0, 0, 9, *[0] * 12]) + bytes(range(9))) + segment(0xDA, bytes([1, 1, 0, 1, 0, 0]))
    bits = ""
    for row, values in enumerate(grey.astype(int)):
        for column, value in enumerate(values):
            before = int(values[column - 1]) if column else int(grey[row - 1, 0]) if row else 128
            difference = int(value) - before
            size = abs(difference).bit_length()
            bits += f"{size:04b}"
            bits += f"{difference if difference > 0 else difference + 2**size - 1:0{size}b}" if size else ""
    bits += "1" * (-len(bits) % 8)
    body = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    return out + body.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def with_frame(data: bytes, marker: int, *, bits: int = 8) -> bytes:
    """The file with another marker and precision at its frame header."""
    at = next(data.index(bytes([0xFF, m])) for m in (0xC0, 0xC2) if bytes([0xFF, m]) in data)
    return data[: at + 1] + bytes([marker]) + data[at + 2 : at + 4] + bytes([bits]) + data[at + 5 :]


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "progressive": {"progressive": True},
    "subsampled": {"subsampling": 2},
    "good": {"quality": 98, "subsampling": 0},
    "restarts": {"restart_marker_blocks": 3},
    "grey": {"mode": "L"},
    "inks": {"mode": "CMYK"},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_pixels_are_those_of_another_decoder(variant: str) -> None:
    data = jpeg(**VARIANTS[variant])
    image = Image.open(io.BytesIO(data))
    np.testing.assert_array_equal(decode(data).pixels, np.asarray(image if variant == "grey" else image.convert("RGB")))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("rest", [b"", b"\xff", bytes(100), b"\xff" * 7])
def test_without_its_end_marker_a_whole_image_is_read_and_that_is_said(variant: str, rest: bytes) -> None:
    data = jpeg(**VARIANTS[variant])
    whole, read = decode(data), decode(data[:-2] + rest)
    np.testing.assert_array_equal(read.pixels, whole.pixels)
    assert read.metadata.notes == ("the end marker of the file is missing, but its image is complete",)
    assert whole.metadata.notes == ()


@pytest.mark.parametrize("variant", ["plain", "subsampled", "good", "restarts", "grey", "inks"])
@pytest.mark.parametrize("cut", [6, 9, 20, 77, 300])
def test_an_image_that_is_cut_off_is_damaged(variant: str, cut: int) -> None:
    with pytest.raises(ImageError, match="damaged or truncated"):
        decode(jpeg(**VARIANTS[variant])[:-cut])


def test_what_follows_the_end_does_not_matter() -> None:
    data = jpeg()
    np.testing.assert_array_equal(decode(data + b"\xff\xd8\xff\xe0 something else").pixels, decode(data).pixels)
    assert decode(data + b"trailing").metadata.notes == ()


def test_lossless_jpeg_is_read_exactly() -> None:
    grey = pixels()[..., 0]
    read = decode(lossless(grey))
    np.testing.assert_array_equal(read.pixels, grey)


def test_arithmetic_coding_is_decoded() -> None:
    # No encoder at hand writes it; any data means something to its decoder, so another one's answer is what counts.
    data = with_frame(jpeg("L"), 0xC9)
    np.testing.assert_array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize(
    ("marker", "bits", "said"),
    [
        (0xC1, 12, "JPEG with 12 bits per sample"),
        (0xC2, 12, "JPEG with 12 bits per sample"),
        (0xC3, 16, "JPEG with 16 bits per sample"),
        (0xC5, 8, "hierarchical JPEG"),
        (0xCE, 8, "hierarchical JPEG"),
        (0xCB, 8, "lossless JPEG with arithmetic coding"),
        (0xF7, 8, "JPEG-LS"),
    ],
)
def test_other_processes_are_refused_by_name(marker: int, bits: int, said: str) -> None:
    with pytest.raises(ImageError, match=f"{said} is not supported; save it as 8-bit baseline JPEG or as PNG"):
        decode(with_frame(jpeg(), marker, bits=bits))


def test_a_height_behind_the_scan_is_refused_by_name() -> None:
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    with pytest.raises(ImageError, match=r"DNL.* is not supported"):
        decode(data[:at] + b"\0\0" + data[at + 2 :])


def test_frames_within_other_segments_are_not_taken_for_the_images_own() -> None:
    thumbnail = with_frame(jpeg(), 0xC1, bits=12)
    data = jpeg()
    data = data[:2] + segment(0xE1, b"Exif\0\0" + thumbnail) + data[2:]
    assert jpeg_layout(data).bits == 8
    assert decode(data).pixels.shape == (ROWS, COLUMNS, 3)


@pytest.mark.parametrize(("variant", "scans"), [("plain", 1), ("progressive", 10), ("restarts", 1), ("grey", 1)])
def test_scans_are_counted(variant: str, scans: int) -> None:
    layout = jpeg_layout(jpeg(**VARIANTS[variant]))
    assert layout.header.scans == scans
    assert (layout.header.working > 0) == (scans > 1)
    assert (layout.header.width, layout.header.height) == (COLUMNS, ROWS)
    assert layout.ended


def many_scans(width: int, height: int, count: int) -> bytes:
    """A grey progressive JPEG of a few bytes a scan: nothing but runs of empty blocks."""
    blocks = -(-width // 8) * -(-height // 8)
    out = b"\xff\xd8" + segment(0xDB, bytes([0, *[1] * 64]))
    out += segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0]))
    out += segment(0xC4, bytes([0, 1, *[0] * 15, 0])) + segment(0xC4, bytes([0x10, 1, *[0] * 15, 0xE0]))
    out += segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(blocks // 8 + 1)
    runs = bytes(-(-15 * (blocks // 2**14 + 1) // 8))
    return out + (segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + runs) * (count - 1) + b"\xff\xd9"


@pytest.mark.parametrize(("side", "count"), [(1000, 101), (8000, 51), (2000, 5000)])
def test_a_file_of_many_scans_is_refused_before_it_is_decoded(side: int, count: int) -> None:
    with pytest.raises(ImageError, match=f"in {count} scans take too long to decode"):
        decode(many_scans(side, side, count))


def test_a_small_file_of_many_scans_is_read() -> None:
    assert decode(many_scans(64, 48, 100)).pixels.shape == (48, 64)


def test_coefficients_of_several_scans_are_counted() -> None:
    with pytest.raises(ImageError, match=r"take .* MB to decode"):
        decode(jpeg(progressive=True, subsampling=0), max_pixels=ROWS * COLUMNS)
    assert decode(jpeg(subsampling=0), max_pixels=ROWS * COLUMNS).pixels.shape == (ROWS, COLUMNS, 3)


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 90, 100])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"mode": "L"}])
def test_the_quantisation_table_of_luminance_is_kept(quality: int, options: dict[str, Any]) -> None:
    data = jpeg(quality=quality, **options)
    table = decode(data).metadata.quantisation
    opened: Any = Image.open(io.BytesIO(data))
    assert table == tuple(opened.quantization[0])
    assert table is not None
    assert quality_of_table(table) == quality


def test_a_table_of_16_bits_and_of_another_number_is_read() -> None:
    wanted = tuple(range(100, 164))
    order = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5]  # the first of T.81, figure A.6
    table = [0] * 64
    for place, at in enumerate(order):
        table[at] = wanted[place]
    head = b"\xff\xd8" + segment(0xDB, bytes([0x13]) + struct.pack(">64H", *wanted))
    frame = segment(0xC0, struct.pack(">BHHB", 8, 16, 16, 1) + bytes([1, 0x11, 3]))
    found = jpeg_layout(head + frame + b"\xff\xd9").quantisation
    assert found is not None
    assert [found[at] for at in order] == [table[at] for at in order]


def test_a_table_that_is_cut_off_is_none() -> None:
    head = b"\xff\xd8" + segment(0xDB, bytes([0, *range(1, 31)]))
    frame = segment(0xC0, struct.pack(">BHHB", 8, 16, 16, 1) + bytes([1, 0x11, 0]))
    assert jpeg_layout(head + frame + b"\xff\xd9").quantisation is None


def test_cmyk_files_have_no_table_of_luminance() -> None:
    assert decode(jpeg("CMYK")).metadata.quantisation is None
