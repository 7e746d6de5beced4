"""What is found beside the pixels of files made by hand, and of the files of bug reports; and what comes of it when
they are enlarged.
"""

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from srcnn.files.decoding import decode
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.io import read_image
from srcnn.files.metadata.coding import ColourCoding
from srcnn.files.metadata.entries import Entry, longs, read_entries, shorts, with_entries
from srcnn.files.metadata.jpeg_markers import segment
from srcnn.files.metadata.png import chunk
from srcnn.files.metadata.read import metadata_of
from srcnn.files.picture import Metadata, Picture
from srcnn.planning import Job
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile

CASES = Path(os.environ.get("SRCNN_DATA", "/nowhere")).parent / "cases"
PIXELS = np.arange(8 * 10 * 3).reshape(8, 10, 3).astype(np.uint8)
PACKET = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF></x:xmpmeta>'


def png(*chunks: bytes) -> bytes:
    """A PNG file with chunks of one's own after IHDR."""
    data = encode(Picture(PIXELS), FORMATS["PNG"])[0]
    return data[:33] + b"".join(chunks) + data[33:]


def jpeg(*segments: bytes, after: bytes = b"") -> bytes:
    """A JPEG file with segments of one's own at its beginning, and something behind its end."""
    data = encode(Picture(PIXELS), FORMATS["JPEG"])[0]
    return data[:2] + b"".join(segments) + data[2:] + after


def xmp(*attributes: str, inside: str = "") -> bytes:
    spaces = {
        "xmp": "http://ns.adobe.com/xap/1.0/", "tiff": "http://ns.adobe.com/tiff/1.0/", "exif": "http://ns.adobe.com/exif/1.0/",
        "GPano": "http://ns.google.com/photos/1.0/panorama/", "GCamera": "http://ns.google.com/photos/1.0/camera/",
        "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/", "dc": "http://purl.org/dc/elements/1.1/",
        "Container": "http://ns.google.com/photos/1.0/container/",
    }  # fmt: skip
    declared = " ".join(f'xmlns:{name}="{uri}"' for name, uri in spaces.items())
    return PACKET.format(
        f'<rdf:Description rdf:about="" {declared} {" ".join(attributes)}>{inside}</rdf:Description>'
    ).encode()


def app1(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def enlarged(data: bytes, name: str) -> tuple[Metadata, bytes, str]:
    """A file at twice its size: its metadata, its bytes, and the line of losses."""
    before = decode(data)
    large = Picture(before.pixels.repeat(2, 0).repeat(2, 1), metadata=before.metadata)
    written, notes = encode(large, FORMATS[name])
    return decode(written).metadata, written, "; ".join(notes)


# PNG


def test_compressed_texts_are_kept_as_they_are() -> None:
    text = chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"x" * 3_000_000))
    _, written, lost = enlarged(png(text), "PNG")
    assert text in written
    assert not lost
    assert "PNG text (workflow)" in enlarged(png(text), "WEBP")[2]


@pytest.mark.parametrize(
    "content",
    [
        b"tEXt" + b"Comment\0na\xefve",
        b"zTXt" + b"Comment\0\0" + zlib.compress(b"na\xefve"),
        b"iTXt" + "Comment\0\0\0\0\0naïve".encode(),
    ],
)
def test_a_comment_of_png_becomes_one_of_jpeg(content: bytes) -> None:
    found, written, lost = enlarged(png(chunk(content[:4], content[4:])), "JPEG")
    assert found.comments == ("naïve",)
    assert Image.open(io.BytesIO(written)).info["comment"] == "naïve".encode()
    assert not lost


def test_profiles_that_imagemagick_writes_as_text_are_read() -> None:
    def raw(name: str, content: bytes) -> bytes:
        text = f"\n{name}\n{len(content):8}\n{content.hex()}\n".encode()
        return chunk(b"zTXt", f"Raw profile type {name}".encode() + b"\0\0" + zlib.compress(text))

    records = b"\x1c\x02x\0\7caption"
    found = decode(png(raw("iptc", b"8BIM\4\4\0\0\0\0\0\x0c" + records), raw("xmp", xmp('dc:source="here"')))).metadata
    assert found.iptc == records
    assert found.xmp == xmp('dc:source="here"')
    assert found.texts == ()


def test_colour_chunks_stand_where_decoders_expect_them() -> None:
    coding = ColourCoding(
        cicp=(12, 13), intent=1, gamma=45455, primaries=(31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    )
    _, written, _ = enlarged(encode(Picture(PIXELS, metadata=Metadata(coding=coding)), FORMATS["PNG"])[0], "PNG")
    assert max(written.index(name) for name in (b"cICP", b"sRGB", b"gAMA", b"cHRM")) < written.index(b"IDAT")
    assert decode(written).metadata.coding == coding
    info = Image.open(io.BytesIO(written)).info
    assert info["gamma"] == pytest.approx(0.45455)
    assert info["chromaticity"][2:4] == pytest.approx((0.68, 0.32))


def test_a_code_of_narrow_range_stays_one() -> None:
    data = png(chunk(b"cICP", bytes([9, 16, 0, 0])))
    coding = ColourCoding(cicp=(9, 16), full_range=False)
    assert decode(data).metadata.coding == coding
    assert decode(enlarged(data, "PNG")[1]).metadata.coding == coding
    for name in ("AVIF", "JPEG"):  # whose values would have to be others
        _, written, lost = enlarged(data, name)
        assert decode(written).metadata.icc is None
        assert f"not in the {name} file: the CICP colour code (PQ, narrow range)" in lost


def test_content_credentials_and_unknown_chunks_are_named() -> None:
    lost = enlarged(
        png(chunk(b"caBX", b"jumb"), chunk(b"prVt", b"x"), chunk(b"tIME", bytes(7)), chunk(b"bKGD", bytes(6))), "PNG"
    )[2]
    assert (
        lost == "not in the PNG file: content credentials (C2PA), which are valid for the original only, "
        "the PNG chunk 'prVt'"
    )


def test_damaged_colour_chunks_say_nothing() -> None:
    assert decode(png(chunk(b"cHRM", bytes(7)), chunk(b"cICP", b"\x09")[:-1] + b"?")).metadata.coding is None


# JPEG


def test_what_photoshop_writes_is_read_over_several_segments() -> None:
    records = (
        b"\x1c\x02\x78\x40\x00"
        + b"c" * 0x4000
        + b"\x1c\x02\x05"
        + struct.pack(">H", 60_000 & 0x7FFF)
        + b"t" * (60_000 & 0x7FFF)
    )
    blocks = b"8BIM\4\4\0\0" + struct.pack(">I", len(records)) + records + bytes(len(records) % 2)
    blocks += b"8BIM\4\x0c\0\0\0\0\0\4thum" + b"8BIM\4\x0a\3abc\0\0\0\1\1\0"
    head = b"Photoshop 3.0\0"
    found = decode(jpeg(*(segment(0xED, head + part) for part in (blocks[:40_000], blocks[40_000:])))).metadata
    assert found.iptc == records
    assert found.photoshop == b"8BIM\4\x0a\3abc\0\0\0\1\1\0"
    again, _, lost = enlarged(
        jpeg(segment(0xED, head + blocks[:60_000]), segment(0xED, head + blocks[60_000:])), "JPEG"
    )
    assert (again.iptc, again.photoshop) == (found.iptc, found.photoshop)
    assert not lost


def mpf(images: int) -> bytes:
    directory = struct.pack("<HHHI4sHHII", 2, 0xB000, 7, 4, b"0100", 0xB001, 4, 1, images) + bytes(4)
    return segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + directory)


GAIN_MAP = xmp(
    'hdrgm:Version="1.0"', 'dc:source="here"', inside="<Container:Directory><rdf:Seq/></Container:Directory>"
)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (jpeg(mpf(2), after=jpeg()), "the second image of the file"),
        (jpeg(mpf(3), after=jpeg() * 2), "2 further images of the file"),
        (jpeg(app1(GAIN_MAP), mpf(2), after=jpeg()), "the gain map (HDR)"),
        (jpeg(mpf(2), after=jpeg(app1(xmp(inside="<dc:a>HDRGainMapVersion</dc:a>")))), "the gain map (HDR)"),
        (
            jpeg(app1(xmp('GCamera:MotionPhoto="1"')), after=b"\0\0\0\x18ftypmp42" + b"v" * 99),
            "the video of a motion photo",
        ),
        (jpeg(after=b"SEFT" * 5), "20 bytes after the image"),
        (jpeg(segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"), mpf(2), after=jpeg()), "the gain map (HDR)"),
        (jpeg(segment(0xEB, b"JP\0\1jumb c2pa")), "content credentials (C2PA), which are valid for the original only"),
        (jpeg(segment(0xE3, b"thermal")), "the segment APP3"),
        (jpeg(segment(0xEC, b"Ducky\0"), segment(0xE0, b"JFXX\0\x10"), after=bytes(9)), ""),
    ],
)
def test_what_stands_beside_a_jpeg_image_is_named(data: bytes, named: str) -> None:
    assert enlarged(data, "JPEG")[2] == (f"not in the JPEG file: {named}" if named else "")
    assert enlarged(data, "TIFF")[2] == (f"not in the TIFF file: {named}" if named else "")


def test_no_reference_to_a_gain_map_or_a_video_stays() -> None:
    for packet in (GAIN_MAP, xmp('GCamera:MotionPhoto="1"', 'GCamera:MicroVideoOffset="9"', 'dc:source="here"')):
        found = enlarged(jpeg(app1(packet), after=b"data"), "WEBP")[0].xmp
        assert found is not None
        assert b'dc:source="here"' in found
        for word in (b"hdrgm:Version", b"Container:Directory", b"GCamera:Mot", b"GCamera:Mic"):
            assert word not in found


def test_comments_of_any_encoding_are_read() -> None:
    found = decode(jpeg(segment(0xFE, "grün".encode()), segment(0xFE, b"gr\xfcn\0"), segment(0xFE, b""))).metadata
    assert found.comments == ("grün", "grün")


# XMP


def test_sizes_in_xmp_are_the_new_ones() -> None:
    packet = xmp(
        'tiff:Orientation="6"', 'tiff:ImageWidth="8"', 'exif:PixelXDimension="8"',
        'GPano:CroppedAreaImageWidthPixels="10"',
        'GPano:FullPanoWidthPixels="40"', 'GPano:PoseHeadingDegrees="90"',
        inside="<tiff:ImageLength> 8 </tiff:ImageLength><xmp:Thumbnails/>",
    )  # fmt: skip
    found = enlarged(jpeg(app1(packet)), "PNG")[0].xmp
    assert found is not None
    for expected in (
        b'tiff:Orientation="1"', b'tiff:ImageWidth="20"', b'exif:PixelXDimension="20"', b">16</tiff:ImageLength>",
        b'GPano:CroppedAreaImageWidthPixels="20"', b'GPano:FullPanoWidthPixels="80"', b'GPano:PoseHeadingDegrees="90"',
    ):  # fmt: skip
        assert expected in found
    assert b"Thumbnails" not in found


# EXIF


def exif_of(order: str, orientation: int, width: int, height: int) -> bytes:
    """EXIF with all that counts in pixels: IFD0, EXIF, interoperability and a thumbnail."""

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        inline = kind == 3 and count == 1
        return struct.pack(order + "HHI" + ("HH" if inline else "I"), tag, kind, count, value, *([0] if inline else []))

    parts = [
        entry(0x100, 3, 1, width),
        entry(0x101, 3, 1, height),
        entry(0x112, 3, 1, orientation),
        entry(0x8769, 4, 1, 62),
    ]
    exif = [
        entry(0x9214, 3, 4, 200), entry(0xA002, 4, 1, width), entry(0xA003, 4, 1, height), entry(0xA005, 4, 1, 150),
        entry(0xA20E, 5, 1, 208), entry(0xA214, 3, 2, 0)[:8] + struct.pack(order + "HH", 4, 2),
    ]  # fmt: skip
    data = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    data += struct.pack(order + "H", 4) + b"".join(parts) + struct.pack(order + "I", 220)
    data += struct.pack(order + "H", 6) + b"".join(exif) + bytes(4)
    data = data.ljust(150, b"\0") + struct.pack(order + "H", 1) + entry(0x1001, 4, 1, width) + bytes(4)
    data = data.ljust(200, b"\0") + struct.pack(order + "4H", 4, 2, 2, 1) + struct.pack(order + "II", 3000, 1)
    data = (
        data.ljust(220, b"\0")
        + struct.pack(order + "H", 2)
        + entry(0x201, 4, 1, 260)
        + entry(0x202, 4, 1, 20)
        + bytes(4)
    )
    return data.ljust(260, b"\0") + b"thumbnail thumbnail "


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_sizes_in_exif_are_the_new_ones(order: str, name: str) -> None:
    found, written, _ = enlarged(jpeg(segment(0xE1, b"Exif\0\0" + exif_of(order, 1, 10, 8))), name)
    assert found.exif is not None
    entries = read_entries(found.exif)
    inner = entries[0x8769].inside
    if name != "TIFF":
        assert [int.from_bytes(entries[tag].content, "little") for tag in (0x100, 0x101, 0x112)] == [20, 16, 1]
    assert [int.from_bytes(inner[tag].content, "little") for tag in (0xA002, 0xA003)] == [20, 16]
    assert int.from_bytes(inner[0xA005].inside[0x1001].content, "little") == 20
    assert struct.unpack("<4H", inner[0x9214].content) == (8, 4, 4, 2)
    assert struct.unpack("<2H", inner[0xA214].content) == (8, 4)
    assert struct.unpack("<2I", inner[0xA20E].content) == (6000, 1)
    assert b"thumbnail" not in written


def test_places_turn_with_the_image() -> None:
    # Stored 10 wide and 8 high, to be turned a quarter to the right: what is at the left bottom comes to the left top.
    before = decode(jpeg(segment(0xE1, b"Exif\0\0" + exif_of("<", 6, 10, 8))))
    assert before.pixels.shape[:2] == (10, 8)
    assert before.metadata.exif is not None
    inner = read_entries(before.metadata.exif)[0x8769].inside
    assert struct.unpack("<2H", inner[0xA214].content) == (6, 4)
    assert struct.unpack("<4H", inner[0x9214].content) == (6, 4, 1, 2)


# TIFF


def tiff(entries: dict[int, Entry], shape: tuple[int, int] = (8, 10)) -> bytes:
    data, _ = encode(Picture(np.zeros(shape, np.uint8)), FORMATS["TIFF"])
    return with_entries(data, entries)


def doubles(*values: float) -> Entry:
    return Entry(12, len(values), struct.pack(f"<{len(values)}d", *values))


def values(data: bytes, tag: int) -> tuple[float, ...]:
    entry = read_entries(data)[tag]
    return struct.unpack(f"<{entry.count}d", entry.content)


POINT = shorts(1, 1, 0, 1, 1025, 0, 1, 2)
AREA = shorts(1, 1, 0, 1, 1025, 0, 1, 1)


@pytest.mark.parametrize(("keys", "middle"), [(AREA, 0.0), (POINT, 0.5)])
def test_an_enlarged_geotiff_lies_where_it_lay(keys: Entry, middle: float) -> None:
    scale, tie = doubles(30.0, 20.0, 0.0), doubles(2.0, 3.0, 0.0, 500_000.0, 4_000_000.0, 0.0)
    nodata = Entry(2, 6, b"-9999\0")
    _, written, lost = enlarged(tiff({33550: scale, 33922: tie, 34735: keys, 42113: nodata}), "TIFF")

    def place(i: float, j: float, scales: tuple[float, ...], ties: tuple[float, ...]) -> tuple[float, float]:
        return ties[3] + (i - ties[0]) * scales[0], ties[4] - (j - ties[1]) * scales[1]

    # The same ground: the corner of the image, half a pixel before the first where coordinates are those of middles.
    for column, row in ((0.0, 0.0), (10.0, 8.0), (3.0, 7.0)):
        old = place(column - middle, row - middle, (30.0, 20.0), (2.0, 3.0, 0, 500_000.0, 4_000_000.0))
        new = place(2 * column - middle, 2 * row - middle, values(written, 33550), values(written, 33922))
        assert new == pytest.approx(old)
    assert values(written, 33550)[:2] == (15.0, 10.0)
    assert read_entries(written)[42113] == nodata
    assert not lost


@pytest.mark.parametrize(("keys", "middle"), [(AREA, 0.0), (POINT, 0.5)])
def test_a_rotated_geotiff_lies_where_it_lay(keys: Entry, middle: float) -> None:
    matrix = (3.0, 1.0, 0.0, 700.0, 2.0, -4.0, 0.0, 900.0, 0, 0, 0, 0, 0, 0, 0, 1.0)
    _, written, _ = enlarged(tiff({34264: doubles(*matrix), 34735: keys}), "TIFF")
    found = np.reshape(values(written, 34264), (4, 4))
    for column, row in ((0.0, 0.0), (10.0, 8.0)):
        old = np.reshape(matrix, (4, 4)) @ (column - middle, row - middle, 0, 1)
        np.testing.assert_allclose(found @ (2 * column - middle, 2 * row - middle, 0, 1), old)


def test_a_georeference_is_named_where_it_cannot_be_kept() -> None:
    geo = {33550: doubles(1, 1, 0), 34735: AREA}
    assert enlarged(tiff(geo), "PNG")[2] == "not in the PNG file: the georeference"
    turned = enlarged(tiff(geo | {274: shorts(6)}), "TIFF")[2]
    assert turned == "not in the TIFF file: the georeference of an image that is stored rotated"


def test_private_tags_and_descriptions_of_old_pixels_are_named() -> None:
    ome = Entry(2, 40, b'<?xml version="1.0"?><OME SizeX="10"/>\0\0')
    lost = enlarged(tiff({65000: longs([1]), 270: ome, 37724: Entry(7, 4, b"8BIM"), 297: shorts(0, 1)}), "TIFF")[2]
    _, _, named = lost.partition("not in the TIFF file: ")
    description = "a program's description of the old pixels"
    assert named == f"Photoshop layers, private TIFF tags (65000), {description}"


def test_iptc_and_resources_of_tiff_reach_jpeg() -> None:
    records = b"\x1c\x02x\0\7caption"
    block = b"8BIM\4\x0a\0\0\0\0\0\1\1\0"
    for entries in (
        {33723: Entry(7, len(records), records), 34377: Entry(1, len(block), block)},
        {34377: Entry(7, 24 + len(block), b"8BIM\4\4\0\0\0\0\0\x0c" + records + block)},
        {33723: Entry(4, 3, records), 34377: Entry(1, len(block), block)},
    ):
        found, _, lost = enlarged(tiff(entries), "JPEG")
        assert (found.iptc, found.photoshop) == (records, block)
        assert not lost


def test_all_that_describes_a_tiff_becomes_exif_and_back() -> None:
    entries = {269: Entry(2, 4, b"map\0"), 18246: shorts(4), 40091: Entry(1, 4, b"a\0\0\0"), 315: Entry(2, 4, b"who\0")}
    found, _, _ = enlarged(tiff(entries), "PNG")
    assert found.exif is not None
    assert {tag: read_entries(found.exif)[tag] for tag in entries} == entries
    again, _ = encode(Picture(PIXELS, metadata=found), FORMATS["TIFF"])
    assert {tag: read_entries(again)[tag] for tag in entries} == entries


@pytest.mark.parametrize("big", [False, True])
def test_entries_can_be_added_to_any_tiff(big: bool, tmp_path: Path) -> None:
    from srcnn.files.metadata.entries import add_entries

    path = tmp_path / "a.tif"
    pyvips.Image.new_from_array(PIXELS).tiffsave(str(path), bigtiff=big, compression="deflate")
    inner = {36867: Entry(2, 20, b"2020:01:01 00:00:00\0")}
    added = {700: Entry(1, 5, b"<xmp>"), 34665: Entry(4, 1, bytes(4), inner)}
    add_entries(path, added)
    data = path.read_bytes()
    found = read_entries(data)
    assert found[700] == added[700]
    assert found[34665].inside == inner
    np.testing.assert_array_equal(decode(data).pixels, PIXELS)
    if not big:
        with Image.open(path) as opened:
            assert opened.getexif().get_ifd(34665)[36867] == "2020:01:01 00:00:00"


def test_primaries_of_tiff_become_a_profile() -> None:
    def rationals(*numbers: float) -> Entry:
        return Entry(5, len(numbers), b"".join(struct.pack("<II", round(n * 10_000), 10_000) for n in numbers))

    data = tiff({318: rationals(0.3127, 0.329), 319: rationals(0.68, 0.32, 0.265, 0.69, 0.15, 0.06)})
    assert enlarged(data, "JPEG")[0].icc is not None
    srgb = tiff({318: rationals(0.3127, 0.329), 319: rationals(0.64, 0.33, 0.3, 0.6, 0.15, 0.06)})
    assert enlarged(srgb, "JPEG")[0].icc is None


# GIF and AVIF


def test_comments_and_xmp_of_gif_are_kept() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (10, 8), (9, 90, 200)).save(stream, "GIF", comment=b"a comment")
    data = stream.getvalue()
    packet = xmp('dc:source="here"')
    block = b"!\xff\x0bXMP DataXMP" + packet + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    at = 13 + (3 << (data[10] & 7) + 1)
    found, _, lost = enlarged(data[:at] + block + data[at:], "PNG")
    assert found.xmp == packet
    assert found.comments == ("a comment",)
    assert not lost


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_code_in_avif_changes_no_pixel(dtype: type[Any], alpha: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (16, 24, 3)).astype(dtype)
    plain, coded = (
        encode(
            Picture(pixels, pixels[..., 0].copy() if alpha else None, Metadata(xmp=xmp(), coding=coding)),
            FORMATS["AVIF"],
        )[0]
        for coding in (None, ColourCoding(cicp=(9, 18)))
    )
    assert decode(coded).metadata.coding == ColourCoding(cicp=(9, 18))
    assert decode(plain).metadata.coding is None
    assert decode(coded).metadata.xmp == xmp()
    for other in (
        lambda data: np.asarray(Image.open(io.BytesIO(data))),
        lambda data: pyvips.Image.new_from_buffer(data, "").numpy(),
    ):
        np.testing.assert_array_equal(other(coded), other(plain))


# Profiles made of codes


@pytest.mark.parametrize(
    ("coding", "same_as_srgb"),
    [(ColourCoding(cicp=(12, 13)), False), (ColourCoding(cicp=(1, 4)), False), (ColourCoding(gamma=100_000), False)],
)
def test_a_made_profile_is_understood_by_another_library(coding: ColourCoding, same_as_srgb: bool) -> None:
    _, written, _ = enlarged(encode(Picture(PIXELS, metadata=Metadata(coding=coding)), FORMATS["PNG"])[0], "JPEG")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(Image.open(io.BytesIO(written)).info["icc_profile"]))
    source = Image.new("RGB", (3, 1))
    source.putdata([(255, 255, 255), (128, 128, 128), (200, 100, 50)])
    white, grey, colour = (
        np.asarray(ImageCms.profileToProfile(source, profile, ImageCms.createProfile("sRGB"))).reshape(3, 3).astype(int)
    )
    assert abs(white - 255).max() <= 1
    assert np.ptp(grey) <= 1
    assert same_as_srgb == (abs(colour - (200, 100, 50)).max() <= 1)
    if coding.cicp == (12, 13):  # Display P3: the same greys, and this red further out
        assert abs(grey - 128).max() <= 1
        np.testing.assert_allclose(colour, (215, 93, 31), atol=2)
    if coding.gamma == 100_000:
        np.testing.assert_allclose(grey, 188, atol=1)


# Damage


def files() -> dict[str, bytes]:
    packet = xmp('tiff:Orientation="1"', 'dc:source="x"')
    metadata = Metadata(
        xmp=packet,
        iptc=b"\x1c\2x\0\1c",
        comments=("c",),
        coding=ColourCoding(gamma=50_000),
        exif=exif_of("<", 1, 10, 8),
    )
    made = {
        name: encode(Picture(PIXELS, metadata=metadata), FORMATS[name])[0] for name in ("PNG", "JPEG", "WEBP", "AVIF")
    }
    return made | {
        "TIFF": tiff(
            {700: Entry(1, len(packet), packet), 33550: doubles(1, 1, 0), 34735: AREA, 34665: Entry(4, 1, bytes(4))}
        )
    }


FILES = files()


@given(st.sampled_from(sorted(FILES)), st.data())
def test_damaged_metadata_raises_nothing(name: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 12))):
        damaged[data.draw(st.integers(0, min(len(damaged) - 1, 2000)))] = data.draw(st.integers(0, 255))
    metadata_of(bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))]), FORMATS[name])


# The files of bug reports


@pytest.mark.parametrize(
    ("case", "target", "note"),
    [
        ("chrm_p3.png", "a.png", ""),
        ("chrm_p3.png", "a.jpg", ""),
        ("chrm_p3.png", "a.bmp", "not in the BMP file: gamma and primaries"),
        ("cicp_pq.png", "a.png", ""),
        ("cicp_pq.png", "a.avif", ""),
        ("cicp_pq.png", "a.jpg", "not in the JPEG file: the CICP colour code (PQ; replaced by a colour profile)"),
        ("text_xmp.png", "a.png", ""),
        ("text_xmp.png", "a.webp", "not in the WEBP file: PNG text (parameters)"),
        ("xmp_iptc_comment.jpg", "a.jpg", ""),
        ("xmp_iptc_comment.jpg", "a.png", ""),
        ("xmp_iptc_comment.jpg", "a.tif", "not in the TIFF file: the comment"),
        ("mpo_two_pictures.jpg", "a.jpg", "not in the JPEG file: the second image of the file"),
        ("exif_size.jpg", "a.jpg", ""),
        ("crc_of_tIME.png", "a.png", "its tIME chunk has a wrong checksum and was dropped"),
        ("ztxt_1500kB.png", "a.png", ""),
    ],
)
def test_files_of_bug_reports(case: str, target: str, note: str, tmp_path: Path) -> None:
    source = CASES / case
    if not source.is_file():
        pytest.skip("$SRCNN_DATA does not name the shared files")
    assert UpscaleFile(model="bicubic", size=TargetSize(scale=2))(Job(source, tmp_path / target)).notes == (
        (note,) if note else ()
    )
    before, after = read_image(source).metadata, read_image(tmp_path / target).metadata
    if not note and target != "a.jpg":
        assert after.coding == before.coding
    if target.endswith((".png", ".jpg")):
        assert (after.comments, after.iptc) == (before.comments, before.iptc)
    if case == "exif_size.jpg":
        assert after.exif is not None
        entries = read_entries(after.exif)
        assert [int.from_bytes(entries[tag].content, "little") for tag in (0x100, 0x101)] == [64, 48]


@given(st.binary(max_size=60), st.sampled_from([b"II*\0\x08\0\0\0\x03\0", b"MM\0*\0\0\0\x08\0\x03", b"II*\0"]))
def test_damaged_exif_hinders_no_format(rest: bytes, head: bytes) -> None:
    before = Picture(np.zeros((4, 4), np.uint8), metadata=Metadata(exif=head + rest, dpi=(100.0, 100.0)))
    for name in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF"):
        decode(encode(before, FORMATS[name])[0])


def test_exif_that_is_a_text_too_long_is_named() -> None:
    text = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 9\n" + b"00" * 2_000_000))
    assert enlarged(png(text), "PNG")[2] == "not in the PNG file: EXIF, which is stored as a text that is too long"


def test_what_follows_a_png_image_is_named() -> None:
    assert enlarged(png() + b"more", "PNG")[2] == "not in the PNG file: 4 bytes after the image"
    assert not enlarged(png() + bytes(9), "PNG")[2]


def test_a_profile_of_inks_is_named_where_inks_become_rgb() -> None:
    profile = bytes(pyvips.Image.profile_load("cmyk"))
    stream = io.BytesIO()
    Image.new("CMYK", (8, 8), (10, 20, 30, 40)).save(stream, "JPEG", icc_profile=profile)
    assert "the CMYK profile" in enlarged(stream.getvalue(), "PNG")[2]
    assert not enlarged(stream.getvalue(), "TIFF")[2]


def test_a_pointer_to_nothing_is_not_laid_out_anew() -> None:
    data = tiff({34665: longs([2**31]), 315: Entry(2, 4, b"who\0")})
    found = decode(data).metadata.exif
    assert found is not None
    assert set(read_entries(found)) == {315}


def test_many_tags_of_others_are_not_all_listed() -> None:
    lost = enlarged(tiff({65_000 + n: longs([n]) for n in range(20)}), "TIFF")[2]
    assert "65007 and 12 more" in lost


def test_many_texts_and_chunks_are_not_all_listed() -> None:
    texts = [chunk(b"tEXt", b"keyword %04d\0text" % n) for n in range(6000)]
    chunks = [chunk(b"q%c%cQ" % (65 + n // 26, 65 + n % 26), b"") for n in range(500)]
    assert "keyword 0007 and 5992 more)" in enlarged(png(*texts), "JPEG")[2]
    assert enlarged(png(*chunks), "JPEG")[2].endswith("'qATQ' and 480 more")


@pytest.mark.parametrize("start", [2**63 + 8, 2**40, 3])
def test_directories_outside_of_a_big_file_say_nothing(start: int) -> None:
    head = b"II+\0\x08\0\0\0" + struct.pack("<Q", start)
    assert metadata_of(head + bytes(40), FORMATS["TIFF"]) == Metadata()
