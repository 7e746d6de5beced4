"""TIFF files of several pages, read and written one by one."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import srcnn
from srcnn.errors import ImageError, OptionError
from srcnn.files import document as documents
from srcnn.files import libvips, tiff, tiff_directory
from srcnn.files.document import has_pages, read_document
from srcnn.files.encoding import encode_pages
from srcnn.files.formats import FORMATS
from srcnn.files.metadata.provenance import provenance
from srcnn.files.picture import Metadata, Picture
from srcnn.files.strips import strips_of
from srcnn.upscale_file import upscale_file


def values(height: int, width: int, bands: int, dtype: type[Any] = np.uint8) -> NDArray[Any]:
    found = np.random.default_rng(bands).integers(0, np.iinfo(dtype).max, (height, width, bands)).astype(dtype)
    return found[..., 0] if bands == 1 else found


PAGES = [
    Picture(values(9, 12, 3), None, Metadata(format="TIFF", xmp=b"<a/>", dpi=(100.0, 100.0))),
    Picture(values(5, 6, 1, np.uint16), values(5, 6, 1, np.uint16) // 2, Metadata(format="TIFF")),
    Picture(values(20, 3, 3, np.uint16), None, Metadata(format="TIFF", xmp=b"<b/>")),
]


def written(pages: list[Picture]) -> bytes:
    stream = io.BytesIO()
    assert encode_pages((strips_of(page) for page in pages), len(pages), FORMATS["TIFF"], stream) == ()
    return stream.getvalue()


def assert_pages(data: bytes, pages: list[Picture]) -> None:
    document = read_document(data)
    assert document.count == len(pages)
    for number, page in enumerate(pages):
        read = document.page(number)
        np.testing.assert_array_equal(read.bands, page.bands)
        assert read.bands.dtype == page.bands.dtype
        assert read.metadata.xmp == page.metadata.xmp
        assert read.metadata.dpi == page.metadata.dpi
        assert read.metadata.notes == ()


@pytest.mark.parametrize("big", [False, True])
def test_every_page_comes_back(big: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if big:
        monkeypatch.setattr(tiff, "_LARGEST_CLASSIC", 100)
    data = written(PAGES)
    assert data[2] == (43 if big else 42)
    assert has_pages(data)
    assert_pages(data, PAGES)
    first = srcnn.read_image(data)
    assert first.metadata.notes == ("only the first of 3 pages was read",)


def test_pillow_sees_the_same_pages() -> None:
    pages = [Picture(values(9, 12, 3)), Picture(values(5, 6, 1))]
    image = Image.open(io.BytesIO(written(pages)))
    for number, page in enumerate(pages):
        image.seek(number)
        np.testing.assert_array_equal(np.asarray(image), page.pixels)
    with pytest.raises(EOFError):
        image.seek(2)


def test_pages_are_upscaled_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(written(PAGES))
    assert upscale_file(tmp_path / "a.tif", tmp_path / "b.tif", 2, "bicubic") == ()
    document = read_document((tmp_path / "b.tif").read_bytes())
    assert document.count == 3
    for number, page in enumerate(PAGES):
        made = document.page(number)
        np.testing.assert_array_equal(made.bands, srcnn.upscale(page, 2, "bicubic").bands)
        assert provenance(made.metadata) is not None


def test_the_first_page_alone_goes_into_other_formats(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(written(PAGES))
    assert upscale_file(tmp_path / "a.tif", tmp_path / "b.png", 2, "bicubic") == ("only the first of 3 pages was read",)


def test_reduced_copies_are_no_pages() -> None:
    stream = io.BytesIO()
    first, small = Image.fromarray(values(9, 12, 3)), Image.fromarray(values(4, 6, 3))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    first.save(stream, "TIFF", save_all=True, append_images=[small])
    assert not has_pages(stream.getvalue())


def test_a_damaged_page_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    data = bytearray(written(PAGES))
    at = data.rfind(b"\x78\x5e", 0, len(data) - 600)  # the compressed rows of the last page
    data[at + 2 : at + 30] = bytes(28)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(ImageError, match=r"cannot read .*a\.tif: page 3 of 3: the TIFF data is damaged"):
        upscale_file(tmp_path / "a.tif", tmp_path / "b.tif", 2, "bicubic")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_a_page_that_is_not_supported_is_named_before_the_work(tmp_path: Path) -> None:
    stream = io.BytesIO()
    pages = [Image.fromarray(values(9, 12, 3)), Image.fromarray(values(9, 12, 3)).convert("LAB")]
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    (tmp_path / "a.tif").write_bytes(stream.getvalue())
    with pytest.raises(ImageError, match=r"cannot read .*a\.tif: page 2 of 2: TIFF with photometric .* L\*a\*b\*"):
        upscale_file(tmp_path / "a.tif", tmp_path / "b.tif", 2, "bicubic")


@pytest.mark.parametrize("data", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"\x89PNG\r\n\x1a\n"])
def test_other_files_have_no_pages(data: bytes) -> None:
    assert not has_pages(data)


def test_a_page_that_cannot_have_the_size_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(written([Picture(values(9, 12, 3)), Picture(values(1, 1, 3))]))
    with pytest.raises(OptionError, match=r"a\.tif, page 2: width 100 is more than 64 times the image's 1x1"):
        upscale_file(tmp_path / "a.tif", tmp_path / "b.tif", model="bicubic", width=100)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_the_chain_of_pages_is_followed_once_and_no_page_copies_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [Picture(np.full((3, 4), number, np.uint8), None, Metadata(format="TIFF")) for number in range(40)]
    data = written(pages)
    followed: list[bytes] = []
    follow = tiff_directory.read_chain

    def counted(found: bytes) -> tiff_directory.Chain:
        followed.append(found)
        return follow(found)

    monkeypatch.setattr(documents, "read_chain", counted)
    monkeypatch.setattr(tiff_directory, "read_chain", lambda _: pytest.fail("the chain was followed for a page"))
    monkeypatch.setattr(libvips, "_opened", lambda _: pytest.fail("libvips got a copy of the whole file"))
    assert_pages(data, pages)
    assert len(followed) == 1
