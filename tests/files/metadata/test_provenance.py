"""Provenance: written into every format that holds XMP, read back, merged into packets that are there already."""

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srcnn.files.decoding import decode
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.io import read_image, write_image
from srcnn.files.metadata.provenance import NAMESPACE, Provenance, file_provenance, provenance, with_provenance
from srcnn.files.metadata.xmp import XMP
from srcnn.files.picture import Metadata, Picture

MADE = Provenance(version="1.2.3", model="plain-l+tta", scale="1.5")
SUFFIXES = {name: f.suffixes[0] for name, f in FORMATS.items() if f.suffixes}
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PACKET = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="uuid:a" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="A camera"
   xmlns:odd="urn:odd/" odd:lines="one&#10;two&#9;&quot;&lt;">
  <dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">
  <rdf:Alt><rdf:li xml:lang="x-default">B\xc3\xa4ume &amp; </rdf:li></rdf:Alt></dc:title>
  <!-- kept --></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def image(dtype: type[np.generic] = np.uint8, xmp: bytes | None = None) -> Picture:
    return Picture(np.zeros((5, 7, 3), dtype), metadata=Metadata(xmp=xmp))


@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("xmp", [None, PACKET])
def test_provenance_comes_back_from_every_format_that_holds_xmp(
    name: str, dtype: type[np.generic], xmp: bytes | None, tmp_path: Path
) -> None:
    before = image(dtype, xmp)
    path = tmp_path / f"image{SUFFIXES[name]}"
    write_image(path, Picture(before.pixels, metadata=with_provenance(before.metadata, MADE)))
    expected = MADE if "xmp" in FORMATS[name].holds else None
    assert provenance(read_image(path).metadata) == expected
    assert file_provenance(path) == expected


@pytest.mark.parametrize("name", [name for name in SUFFIXES if "xmp" in FORMATS[name].holds])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_packet_is_kept_byte_for_byte(name: str, dtype: type[np.generic]) -> None:
    data, _ = encode(image(dtype, PACKET), FORMATS[name])
    assert decode(data).metadata.xmp == PACKET
    if name != "GIF":  # of which Pillow reads no XMP
        assert Image.open(io.BytesIO(data)).info.get("xmp") == PACKET


def test_a_packet_keeps_all_it_said() -> None:
    merged = with_provenance(Metadata(xmp=PACKET), MADE).xmp
    assert merged is not None
    root = ElementTree.fromstring(merged)
    first, own = root.findall(f".//{RDF}Description")
    assert first.attrib[f"{{{XMP}}}CreatorTool"] == "A camera"
    assert first.attrib["{urn:odd/}lines"] == 'one\ntwo\t"<'
    assert "".join(first.itertext()).strip() == "Bäume &"
    assert b"<!-- kept -->" in merged
    assert own.attrib[f"{RDF}about"] == "uuid:a"
    assert own.attrib[f"{{{NAMESPACE}}}Model"] == "plain-l+tta"


def test_a_second_provenance_takes_the_place_of_the_first() -> None:
    again = Provenance(version="2", model="<&\"'>", scale="4")
    twice = with_provenance(with_provenance(Metadata(), MADE), again)
    assert provenance(twice) == again
    assert twice.xmp is not None
    assert twice.xmp.count(b"srcnn:Model") == 1
    assert with_provenance(twice, again) == with_provenance(with_provenance(twice, again), again)


def test_without_a_packet_the_tool_is_named() -> None:
    made = with_provenance(Metadata(), MADE).xmp
    assert made is not None
    assert b'xmp:CreatorTool="srcnn 1.2.3"' in made
    assert made == with_provenance(Metadata(), MADE).xmp


@pytest.mark.parametrize(
    "xmp",
    [
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
        b"not xml",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        '<?xml version="1.0" encoding="utf-16"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/>'.encode("utf-16"),
        PACKET + b" " * 2000,
    ],
)
def test_any_packet_can_be_added_to(xmp: bytes) -> None:
    assert provenance(with_provenance(Metadata(xmp=xmp), MADE)) == MADE


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).map(str.strip).filter(bool))
def test_any_name_of_a_model_comes_back(name: str) -> None:
    made = Provenance(version="1", model=name, scale="2")
    assert provenance(with_provenance(Metadata(), made)) == made


def test_a_packet_too_long_for_one_jpeg_segment_is_continued() -> None:
    long = PACKET.replace(b"A camera", b"x" * 150_000)
    data, _ = encode(
        Picture(np.zeros((4, 4), np.uint8), metadata=with_provenance(Metadata(xmp=long), MADE)), FORMATS["JPEG"]
    )
    back = decode(data).metadata
    assert provenance(back) == MADE
    assert back.xmp is not None
    assert b"x" * 150_000 in back.xmp
    assert b"HasExtendedXMP" not in back.xmp
    # Other readers find the provenance in the first packet.
    assert NAMESPACE.encode() in Image.open(io.BytesIO(data)).info["xmp"]
    data, _ = encode(Picture(np.zeros((4, 4), np.uint8), metadata=back), FORMATS["JPEG"])
    assert decode(data).metadata.xmp == back.xmp


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBPVP8X", b"II*\0\xff\xff\xff\xff"])
def test_other_files_have_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.png"
    path.write_bytes(content)
    assert file_provenance(path) is None
    assert file_provenance(tmp_path / "absent") is None
    assert file_provenance(tmp_path) is None


@given(st.sampled_from([name for name in SUFFIXES if "xmp" in FORMATS[name].holds]), st.data())
def test_damaged_files_raise_nothing(name: str, data: st.DataObject) -> None:
    from srcnn.files.metadata.read import metadata_of

    whole = bytearray(encode(Picture(np.zeros((4, 4), np.uint8), metadata=Metadata(xmp=PACKET)), FORMATS[name])[0])
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    metadata_of(bytes(whole[: data.draw(st.integers(0, len(whole)))]), FORMATS[name])
