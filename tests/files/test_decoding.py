"""Files as the world has them: what 121 bug reports complained of, each right or refused for what it is."""

from pathlib import Path

import numpy as np
import pytest

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.io import read_image
from srcnn.image.arrays import to_floats

# File, largest deviation from base.png in levels of 8 bits, whether it has alpha, what its notes say.
RIGHT = [
    ("base.png", 0, False, ""),
    ("bigtiff_big_endian.tif", 0, False, ""),
    ("chrm_p3.png", 0, False, ""),
    ("cicp_pq.png", 0, False, ""),
    ("cmyk8_good.tif", 0, False, ""),
    ("cmyk16.tif", 1, False, ""),
    ("crc_of_tIME.png", 0, False, "tIME chunk has a wrong checksum"),
    ("exif_size.jpg", 8, False, ""),
    ("icc_1200kB.png", 0, False, ""),
    ("mpo_two_pictures.jpg", 8, False, ""),
    ("no_eoi.jpg", 8, False, "the end marker of the file is missing"),
    ("rgb_unspecified_then_alpha.tif", 0, True, "1 band that is neither colour nor transparency"),
    ("rgba_no_extrasamples.tif", 0, True, "used as transparency"),
    ("text_xmp.png", 0, False, ""),
    ("thumbnail_first.tif", 0, False, ""),
    ("xmp_iptc_comment.jpg", 8, False, ""),
    ("ycbcr_plain.tif", 3, False, ""),
    ("ztxt_1500kB.png", 0, False, ""),
]
REFUSED = [
    ("bmp_10_10_10.bmp", "bit fields 10-10-10"),
    ("jpeg_12bit.jpg", "JPEG with 12 bits"),
    ("lab_cie8.tif", r"CIE L\*a\*b\*"),
    ("lab_icc8.tif", r"ICC L\*a\*b\*"),
]


@pytest.fixture(scope="session")
def cases(data_dir: Path) -> Path:
    """The folder of files from bug reports beside the image sets."""
    folder = data_dir.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no folder of cases at {folder}")
    return folder


@pytest.mark.parametrize(("name", "most", "alpha", "note"), RIGHT)
def test_cases_that_are_right(cases: Path, name: str, most: int, alpha: bool, note: str) -> None:
    base, read = read_image(cases / "base.png"), read_image(cases / name)
    assert read.pixels.shape == base.pixels.shape
    assert np.abs(to_floats(read.pixels) - to_floats(base.pixels)).max() * 255 <= most
    assert (read.alpha is not None) == alpha
    assert note in "; ".join(read.metadata.notes)


@pytest.mark.parametrize(("name", "why"), REFUSED)
def test_cases_that_are_refused_for_what_they_are(cases: Path, name: str, why: str) -> None:
    with pytest.raises(ImageError, match=f"{why}.* is not supported; .*(save|convert)") as caught:
        read_image(cases / name)
    assert "damaged" not in str(caught.value)


def test_every_case_is_looked_at(cases: Path) -> None:
    assert {path.name for path in cases.iterdir()} <= {name for name, *_ in (*RIGHT, *REFUSED)}


def test_a_long_profile_of_a_case_is_kept(cases: Path) -> None:
    icc = read_image(cases / "icc_1200kB.png").metadata.icc
    assert icc is not None
    assert len(icc) > 1_000_000


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "AVIF"])
def test_a_head_alone_is_damage(name: str) -> None:
    heads = {
        "PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "TIFF": b"II*\0", "GIF": b"GIF89a", "BMP": b"BM",
        "WEBP": b"RIFF\0\0\0\0WEBP", "AVIF": b"\0\0\0\x18ftypavif",
    }  # fmt: skip
    with pytest.raises(ImageError, match=f"the {name} data is damaged or truncated"):
        decode(heads[name])
