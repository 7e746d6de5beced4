"""Every property in every format: it comes back from a written file, or the one line of losses names it."""

import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import ImageCms

from srcnn.files.decoding import decode
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS, PROPERTIES, Property
from srcnn.files.metadata.coding import ColourCoding
from srcnn.files.metadata.entries import Entry, laid_out, read_entries
from srcnn.files.metadata.geo import Georeference
from srcnn.files.metadata.png import PngText
from srcnn.files.picture import Metadata, Picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
P3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
EXIF = b"II*\0\x08\0\0\0" + laid_out(
    {271: Entry(2, 8, b"A maker\0"), 34665: Entry(4, 1, bytes(4), {36867: Entry(2, 3, b"hi\0")})}, 8
)
GEO = Georeference({33550: Entry(12, 3, struct.pack("<3d", 2.0, 3.0, 0.0)), 34737: Entry(2, 7, b"WGS 84|")}, 8, 10)
SAMPLES: dict[Property, dict[str, Any]] = {
    "icc": {"icc": SRGB},
    "gamma": {"coding": ColourCoding(gamma=55556, primaries=P3)},
    "cicp": {"coding": ColourCoding(cicp=(9, 16))},
    "exif": {"exif": EXIF},
    "resolution": {"dpi": (240.0, 300.0)},
    "xmp": {"xmp": b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'},
    "iptc": {"iptc": b"\x1c\x02x\0\x07caption"},
    "photoshop": {"photoshop": b"8BIM\x04\x0a\0\0\0\0\0\x01\x01\0"},
    "comments": {"comments": ("a ☃ comment", "une légende")},
    "texts": {"texts": (PngText(b"tEXt", b"parameters\0a tree"), PngText(b"iTXt", b"Titel\0\0\0de\0\0B\xc3\xa4ume"))},
    "geo": {"geo": GEO},
}
WRITABLE = [name for name, fmt in FORMATS.items() if fmt.suffixes]


def image(dtype: type[Any], **metadata: Any) -> Picture:
    pixels = np.arange(8 * 10 * 3).reshape(8, 10, 3) * (1 if dtype == np.uint8 else 257)
    return Picture(pixels.astype(dtype), metadata=Metadata(**metadata))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("prop", PROPERTIES)
@pytest.mark.parametrize("name", WRITABLE)
def test_a_property_is_kept_or_named(name: str, prop: Property, dtype: type[Any]) -> None:
    fmt, sample = FORMATS[name], SAMPLES[prop]
    data, notes = encode(image(dtype, format=name, **sample), fmt)
    back = decode(data).metadata
    lost = ", ".join(notes)
    if prop in fmt.holds:
        assert not notes
        if prop == "exif":
            assert back.exif is not None
            entries = read_entries(back.exif)
            assert entries[271].content == b"A maker\0"
            assert entries[34665].inside[36867].content == b"hi\0"
        elif prop == "resolution":
            assert back.dpi == pytest.approx(sample["dpi"], abs=0.02)
        else:
            for field, value in sample.items():
                assert getattr(back, field) == value
    elif prop == "resolution" and "exif" in fmt.holds:
        assert back.dpi == pytest.approx((240, 300))
        assert not notes
    elif prop == "gamma" and "icc" in fmt.holds:
        assert back.icc is not None
        assert not notes
    else:
        assert lost == f"not in the {name} file: {lost.partition(': ')[2]}"
        assert PROPERTIES[prop] in lost
        assert ("parameters, Titel" in lost) == (prop == "texts")
        assert (back.icc is not None) == (prop == "cicp" and "icc" in fmt.holds)


def test_all_losses_stand_in_one_line() -> None:
    everything: dict[str, Any] = {}
    for prop in ("icc", "exif", "xmp", "iptc", "comments", "texts", "geo"):
        everything |= SAMPLES[prop]
    _, notes = encode(image(np.uint8, left_out=("the gain map (HDR)",), **everything), FORMATS["BMP"])
    assert notes == (
        "not in the BMP file: the gain map (HDR), the colour profile, EXIF, XMP, IPTC, the comment, "
        "PNG text (parameters, Titel), the georeference",
    )


@pytest.mark.parametrize(
    "coding", [ColourCoding(intent=0, gamma=45455), ColourCoding(cicp=(1, 13)), ColourCoding(gamma=45455)]
)
@pytest.mark.parametrize("name", ["JPEG", "BMP", "WEBP"])
def test_what_means_srgb_is_no_loss(name: str, coding: ColourCoding) -> None:
    data, notes = encode(image(np.uint8, coding=coding), FORMATS[name])
    assert not notes
    assert decode(data).metadata.icc is None


def test_what_a_profile_says_already_is_no_loss() -> None:
    data, notes = encode(image(np.uint8, icc=SRGB, coding=ColourCoding(gamma=50_000)), FORMATS["JPEG"])
    assert not notes
    assert decode(data).metadata.icc == SRGB


def test_a_grey_image_gets_a_grey_profile() -> None:
    grey = Picture(np.zeros((4, 4), np.uint8), metadata=Metadata(coding=ColourCoding(gamma=100_000)))
    data, notes = encode(grey, FORMATS["JPEG"])
    profile = decode(data).metadata.icc
    assert not notes
    assert profile is not None
    assert profile[16:20] == b"GRAY"


def test_no_two_samples_say_the_same() -> None:
    assert set(SAMPLES) == set(PROPERTIES)
    assert replace(Metadata(), **SAMPLES["gamma"]) != replace(Metadata(), **SAMPLES["cicp"])


@pytest.mark.parametrize("dpi", [0.00001, 0.001, 100_000.0])
@pytest.mark.parametrize("name", WRITABLE)
def test_a_resolution_beyond_a_format_is_kept_elsewhere_or_named(name: str, dpi: float) -> None:
    data, notes = encode(image(np.uint8, format=name, dpi=(dpi, dpi)), FORMATS[name])
    found = decode(data).metadata.dpi
    assert (found == pytest.approx((dpi, dpi), rel=1e-3)) is (not notes), (found, notes)
    assert notes in ((), (f"not in the {name} file: the resolution",))
    if dpi == 100_000 and name != "GIF":
        assert not notes
