"""The chunks of PNG files: what does not touch the pixels does not refuse them."""

import struct
import sys
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import ImageCms

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.png import cleaned, png_header

PIXELS = np.dstack([np.arange(96).reshape(8, 12) * step % 256 for step in (1, 3, 7)]).astype(np.uint8)


def chunk(name: bytes, content: bytes, *, sound: bool = True) -> bytes:
    crc = zlib.crc32(name + content) ^ (0 if sound else 1)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def png(*extra: bytes, pixels: np.ndarray[Any, Any] = PIXELS, idat: bytes | None = None, behind: bytes = b"") -> bytes:
    """A PNG file with chunks before and behind its image data."""
    colour = {1: 0, 3: 2}[1 if pixels.ndim == 2 else 3]
    head = struct.pack(">2I5B", pixels.shape[1], pixels.shape[0], 8 * pixels.itemsize, colour, 0, 0, 0)
    stored = pixels.astype(pixels.dtype.newbyteorder(">"))
    raw = b"".join(b"\0" + row.tobytes() for row in stored)
    image = chunk(b"IDAT", zlib.compress(raw)) if idat is None else idat
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(extra) + image + behind + chunk(b"IEND", b"")


DEEP = PIXELS.astype(np.uint16) * 257


@pytest.mark.parametrize("pixels", [PIXELS, DEEP])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    "name", [b"tIME", b"pHYs", b"gAMA", b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"sRGB", b"abCd"]
)
def test_a_wrong_checksum_of_an_ancillary_chunk(name: bytes, behind: bool, pixels: np.ndarray[Any, Any]) -> None:
    broken = chunk(name, b"\0\0\0\1abcdef", sound=False)
    read = decode(png(pixels=pixels, behind=broken) if behind else png(broken, pixels=pixels))
    np.testing.assert_array_equal(read.pixels, pixels)
    assert read.metadata.notes == (f"its {name.decode()} chunk has a wrong checksum and was dropped",)


def test_a_wrong_checksum_of_a_critical_chunk_is_damage() -> None:
    for name in (b"IHDR", b"PLTE"):
        parts = [
            (b"IHDR", struct.pack(">2I5B", 1, 1, 8, 3, 0, 0, 0)),
            (b"PLTE", b"abc"),
            (b"IDAT", zlib.compress(b"\0\0")),
            (b"IEND", b""),
        ]
        with pytest.raises(ImageError, match="damaged"):
            decode(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part, sound=part[0] != name) for part in parts))


def test_a_wrong_checksum_of_image_data_that_is_whole() -> None:
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in PIXELS))
    read = decode(png(idat=chunk(b"IDAT", packed, sound=False)))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.metadata.notes == ("a checksum of its image data is wrong, but the data is complete",)
    with pytest.raises(ImageError, match="damaged"):
        decode(png(idat=chunk(b"IDAT", packed[:-1] + bytes([packed[-1] ^ 1]), sound=False)))
    with pytest.raises(ImageError, match="damaged"):
        decode(png(idat=chunk(b"IDAT", packed[:-10])))


@pytest.mark.parametrize("pixels", [PIXELS, DEEP])
@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"long\0" + b"a" * 3_000_000),
        chunk(b"zTXt", b"long\0\0" + zlib.compress(b"a" * 3_000_000)),
        chunk(b"iTXt", b"long\0\1\0\0\0" + zlib.compress(b"a" * 3_000_000)),
        chunk(b"iTXt", b"long\0\0\0\0\0" + b"a" * 3_000_000),
    ],
    ids=["tEXt", "zTXt", "iTXt compressed", "iTXt"],
)
def test_a_long_text_does_not_refuse_the_image(text: bytes, pixels: np.ndarray[Any, Any]) -> None:
    for data in (png(text, pixels=pixels), png(pixels=pixels, behind=text)):
        read = decode(data)
        np.testing.assert_array_equal(read.pixels, pixels)
        assert len(read.metadata.notes) <= 1
        assert all("text" in note for note in read.metadata.notes)


def test_texts_that_are_long_together() -> None:
    texts = [chunk(b"zTXt", b"k%d\0\0" % i + zlib.compress(b"a" * 1_000_000)) for i in range(100)]
    np.testing.assert_array_equal(decode(png(*texts)).pixels, PIXELS)


@pytest.mark.parametrize("size", [1_200_000, 9_000_000])
def test_a_long_profile_is_kept(size: int) -> None:
    icc = (bytes(16) + b"RGB " + np.random.default_rng(0).bytes(50_000)).ljust(size, b"p")
    read = decode(png(chunk(b"iCCP", b"name\0\0" + zlib.compress(icc))))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.metadata.icc == icc
    assert read.metadata.notes == ()


@pytest.mark.parametrize("packed", [b"not zlib", zlib.compress(bytes(100))[:-6], zlib.compress(bytes(50_000_000))])
def test_a_profile_that_cannot_be_unpacked_is_left_out_and_that_is_said(packed: bytes) -> None:
    read = decode(png(chunk(b"iCCP", b"name\0\0" + packed)))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.metadata.icc is None
    assert read.metadata.notes == ("the colour profile was dropped because it is damaged or too long",)


@pytest.mark.parametrize("name", [b"pHYs", b"gAMA", b"cHRM", b"sRGB", b"tIME", b"cICP"])
def test_a_wrong_length_of_an_ancillary_chunk(name: bytes) -> None:
    read = decode(png(chunk(name, b"12")))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.metadata.notes == (f"its {name.decode()} chunk has a wrong length and was dropped",)


def test_exif_as_text_that_claims_more_than_it_holds() -> None:
    # 20,000 entries that all claim the same 200 kB: to write them out would take 4 GB.
    count = 20_000
    entries = b"".join(struct.pack("<HHII", 1000 + i, 7, 200_000, 8) for i in range(count))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, count) + entries + bytes(4)
    text = b"\nexif\n%8d\n" % len(exif) + exif.hex().encode()
    read = decode(png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert read.metadata.exif is None or len(read.metadata.exif) <= len(exif)


def test_exif_as_text_is_read() -> None:
    exif = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", 274, 3, 1, 6, 0) + bytes(4)
    text = b"\nexif\n%8d\n" % (len(exif) + 6) + (b"Exif\0\0" + exif).hex().encode()
    read = decode(png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))))
    assert read.pixels.shape == (12, 8, 3)
    assert read.metadata.exif is not None


LYING = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", 274, 3, 1, 6, 0) + bytes(4)
LYING_AS_TEXT = b"\nexif\n%8d\n" % (len(LYING) + 6) + (b"Exif\0\0" + LYING).hex().encode()


@pytest.mark.parametrize(
    ("name", "content"), [(b"eXIf", LYING), (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(LYING_AS_TEXT))]
)
def test_exif_behind_the_image_data_is_read(name: bytes, content: bytes) -> None:
    read = decode(png(chunk(b"tIME", bytes(7)), behind=chunk(name, content)))
    np.testing.assert_array_equal(read.pixels, np.rot90(PIXELS, -1))
    assert read.metadata.exif is not None
    assert read.metadata.notes == ()


def test_the_first_exif_counts() -> None:
    upright = LYING.replace(b"\0\1\0\6", b"\0\1\0\1")
    assert upright != LYING
    read = decode(png(chunk(b"eXIf", LYING), behind=chunk(b"eXIf", upright)))
    np.testing.assert_array_equal(read.pixels, np.rot90(PIXELS, -1))
    read = decode(png(chunk(b"eXIf", upright, sound=False), behind=chunk(b"eXIf", LYING)))
    np.testing.assert_array_equal(read.pixels, np.rot90(PIXELS, -1))


def test_a_complaint_that_is_no_utf_8_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", failures.append)
    # libpng names the profile, which is not one of RGB.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[16:20] = b"GRAY"
    name = "f\u00fcr Bildschirme".encode("latin-1")
    read = decode(png(chunk(b"iCCP", name + b"\0\0" + zlib.compress(bytes(profile)))))
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert not failures


def test_more_transparency_than_colours() -> None:
    index = np.arange(12, dtype=np.uint8).reshape(3, 4) % 5
    head = struct.pack(">2I5B", 4, 3, 8, 3, 0, 0, 0)
    raw = zlib.compress(b"".join(b"\0" + row.tobytes() for row in index))
    palette = bytes(range(30, 45))
    parts = [
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"tRNS", bytes([0, 50, 100, 150, 200] + [7] * 20)),
        (b"IDAT", raw),
        (b"IEND", b""),
    ]
    read = decode(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))
    np.testing.assert_array_equal(read.alpha, index * 50)


def test_what_every_reader_must_know_is_refused_by_name() -> None:
    with pytest.raises(ImageError, match="PNG with the critical chunk ABCD is not supported"):
        decode(png(chunk(b"ABCD", b"x")))
    plain = png()
    with pytest.raises(ImageError, match=r"Apple's PNG variant .*CgBI.* is not supported"):
        decode(plain[:8] + chunk(b"CgBI", b"\x50\0\x20\6") + plain[8:])


def test_a_file_without_its_end_is_whole() -> None:
    np.testing.assert_array_equal(decode(png()[:-12]).pixels, PIXELS)


def test_a_sound_file_is_left_as_it_is() -> None:
    data = png(chunk(b"tEXt", b"key\0word"))
    assert cleaned(data).data is data


@pytest.mark.parametrize(
    ("pixels", "extra", "bands", "bits"),
    [
        (PIXELS, b"", 3, 8),
        (DEEP, b"", 3, 16),
        (PIXELS, chunk(b"tRNS", bytes(6)), 4, 8),
        (PIXELS[..., 0], chunk(b"tRNS", bytes(2)), 2, 8),
    ],
)
def test_the_header_counts_bands_and_bits(pixels: np.ndarray[Any, Any], extra: bytes, bands: int, bits: int) -> None:
    header = png_header(png(extra, pixels=pixels))
    assert (header.width, header.height, header.bands, header.bits) == (12, 8, bands, bits)


def test_interlaced_images_are_counted_twice() -> None:
    data = bytearray(png(pixels=DEEP))
    assert png_header(bytes(data)).memory == 12 * 8 * 6
    data[28] = 1
    assert png_header(bytes(data)).memory == 2 * 12 * 8 * 6


@pytest.mark.parametrize(
    "keyword",
    [
        b"Comment",
        b"XML:com.adobe.xmp",
        b"Raw profile type iptc",
        b"Raw profile type exif",
        b"Raw profile type xmp",
        b"other",
    ],
)
def test_texts_that_would_fill_the_memory_once_inflated(keyword: bytes) -> None:
    # 40 texts of 16 kB that are 16 MB each, 640 MB in all.
    text = chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(b"\n" * 16_000_000))
    tracemalloc.start()
    read = decode(png(*[text] * 40))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(read.pixels, PIXELS)
    assert peak < 150e6
