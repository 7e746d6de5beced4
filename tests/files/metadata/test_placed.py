"""Metadata of a crop and of a print."""

import struct
from pathlib import Path

import numpy as np
import pytest

from srcnn.files.io import read_image, write_image
from srcnn.files.metadata.entries import Entry, laid_out, longs, rational, read_entries, shorts
from srcnn.files.metadata.geo import Georeference
from srcnn.files.metadata.placed import for_layout
from srcnn.files.picture import Metadata, Picture
from srcnn.sizes import TargetSize
from srcnn.upscale import upscale
from srcnn.upscale_file import upscale_file

IMAGE = (8, 10)
BOX = TargetSize(fill=(20, 8)).of(*IMAGE)  # of 20x16 the rows 4 to 11


def exif(*, inner: dict[int, Entry], main: dict[int, Entry] | None = None) -> bytes:
    entries = (main or {}) | {0x8769: Entry(4, 1, bytes(4), inner)}
    return b"II*\0\x08\0\0\0" + laid_out(entries, 8)


def doubles(*values: float) -> Entry:
    return Entry(12, len(values), struct.pack(f"<{len(values)}d", *values))


def numbers(entry: Entry, code: str) -> tuple[float, ...]:
    return struct.unpack(f"<{entry.count}{code}", entry.content)


@pytest.mark.parametrize(
    ("place", "expected"),
    [((4, 4), (8, 4)), ((9, 0), (18, 0)), ((0, 7), (0, 7))],
)
def test_the_subject_is_where_it_was_or_at_the_border(place: tuple[int, int], expected: tuple[int, int]) -> None:
    before = exif(inner={0x9214: shorts(*place, 2, 1), 0xA002: longs([10]), 0xA003: longs([8]), 0xA214: shorts(*place)})
    found = for_layout(Metadata(exif=before), BOX).exif
    assert found is not None
    inner = read_entries(found)[0x8769].inside
    assert numbers(inner[0xA214], "H") == expected
    assert numbers(inner[0x9214], "H") == (*expected, 4, 2)
    assert (numbers(inner[0xA002], "I"), numbers(inner[0xA003], "I")) == ((20,), (8,))


def test_a_cropped_geotiff_lies_where_it_lay(tmp_path: Path) -> None:
    tie, scale = doubles(2.0, 3.0, 0.0, 500.0, 400.0, 0.0), doubles(30.0, 20.0, 0.0)
    matrix = np.array([[3.0, 1.0, 0.0, 700.0], [2.0, -4.0, 0.0, 900.0], [0, 0, 0, 0], [0, 0, 0, 1.0]])
    polynomials = doubles(0, 0, 3.5, 4.5, *[0] * 3, 6.0, 8.0, *[0] * 83)
    geo = Georeference({33550: scale, 33922: tie, 34264: doubles(*matrix.ravel()), 50844: polynomials}, *IMAGE)
    image = Picture(np.zeros(IMAGE, np.uint8), metadata=Metadata(geo=geo))
    write_image(tmp_path / "a.tif", upscale(image, model="bicubic", size=TargetSize(fill=(20, 8))))
    found = read_entries((tmp_path / "a.tif").read_bytes())
    across, down = numbers(found[33550], "d")[:2]
    column, row, _, east, north, _ = numbers(found[33922], "d")
    for x, y in ((0.0, 4.0), (20.0, 12.0)):  # of the whole at its new size, the corners of what is kept
        place = (500 + (x / 2 - 2) * 30, 400 - (y / 2 - 3) * 20)
        assert (east + (x - column) * across, north - (y - 4 - row) * down) == pytest.approx(place)
        kept = np.reshape(numbers(found[34264], "d"), (4, 4)) @ (x, y - 4, 0, 1)
        np.testing.assert_allclose(kept, matrix @ (x / 2, y / 2, 0, 1))
    line, sample = numbers(found[50844], "d")[2:4]
    assert (line, sample) == ((3.5 + 0.5) * 2 - 0.5 - 4, (4.5 + 0.5) * 2 - 0.5)


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" '
    b'dc:source="kept" GPano:FullPanoWidthPixels="10"><mwg-rs:Regions>a face</mwg-rs:Regions></rdf:Description>'
    b"</rdf:RDF></x:xmpmeta>"
)


def test_what_describes_places_of_the_whole_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros(IMAGE, np.uint8), metadata=Metadata(xmp=XMP)))
    lost = upscale_file(tmp_path / "a.png", tmp_path / "b.png", size=TargetSize(fill=(20, 8)), model="bicubic")
    assert lost == (
        "not in the PNG file: the panorama in XMP (the image was cropped), the regions in XMP (the image was cropped)",
    )
    found = read_image(tmp_path / "b.png").metadata.xmp
    assert found is not None
    assert b"kept" in found
    assert b"a face" not in found
    assert b"FullPano" not in found
    assert upscale_file(tmp_path / "a.png", tmp_path / "c.png", 2, "bicubic") == ()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_print_says_its_resolution_everywhere(suffix: str, tmp_path: Path) -> None:
    old = exif(main={282: rational(72), 283: rational(72), 296: shorts(2)}, inner={0xA002: longs([10])})
    image = Picture(np.zeros((*IMAGE, 3), np.uint8), metadata=Metadata(exif=old, dpi=(72.0, 72.0)))
    write_image(tmp_path / "a.png", image)
    upscale_file(tmp_path / "a.png", tmp_path / f"b{suffix}", size=TargetSize(print_size="1x1in", dpi=150))
    found = read_image(tmp_path / f"b{suffix}")
    assert found.pixels.shape[:2] == (120, 150)
    assert found.metadata.dpi == pytest.approx((150, 150), abs=0.02)
    if suffix != ".tif":  # there the directory says it alone
        assert found.metadata.exif is not None
        assert struct.unpack("<2I", read_entries(found.metadata.exif)[282].content) == (1_500_000, 10_000)


def test_other_sizes_keep_the_metadata() -> None:
    metadata = Metadata(exif=exif(inner={0xA002: longs([10])}), dpi=(72.0, 72.0), xmp=XMP)
    assert for_layout(metadata, TargetSize(scale=2).of(*IMAGE)) is metadata
