"""What can be chosen for a file, by format."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import OptionError
from srcnn.files.formats import FORMATS
from srcnn.files.io import write_image
from srcnn.files.picture import Picture
from srcnn.output import CHOICES, Encoding, WriteOptions, defaults
from srcnn.upscale_file import upscale_file


def test_every_format_that_can_be_written_has_its_choices() -> None:
    assert {name.upper() for name in CHOICES} == {fmt.name for fmt in FORMATS.values() if fmt.suffixes}


def table() -> str:
    """What can be chosen for every format, in Markdown."""
    exact = {"always": "always", "never": "never", "on request": "`--lossless`"}
    rows = [["", *(name.upper() for name in CHOICES)], ["---"] * (len(CHOICES) + 1)]
    rows.append(["`--format`", *(f"`{name}`" for name in CHOICES)])
    rows.append(["suffixes", *(" ".join(f"`{s}`" for s in FORMATS[name.upper()].suffixes) for name in CHOICES)])
    rows.append(["pixels kept exactly", *(exact[choices.exact] for choices in CHOICES.values())])
    for title, attribute in (("`--quality`, 1 to 100", "quality"), ("`--compression`, 0 to 9", "compression")):
        found = [getattr(choices, attribute) for choices in CHOICES.values()]
        rows.append([title, *("no" if default is None else f"default {default}" for default in found)])
    rows.append(["a level of compression is", *(choices.means or "no level" for choices in CHOICES.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_page_of_formats_says_what_can_be_chosen() -> None:
    page = Path(__file__).parents[1] / "docs" / "formats.md"
    if not page.exists():
        pytest.skip("docs/ does not lie beside the tests")
    found = page.read_text(encoding="utf-8").partition("<!-- choices -->\n\n")[2].partition("\n\n<!-- /choices -->")[0]
    assert found == table(), f"the table of docs/formats.md should be:\n\n{table()}"


@pytest.mark.parametrize(
    ("asked", "name", "was_exact", "expected"),
    [
        ({}, "jpeg", False, Encoding(quality=95, lossless=False, compression=0)),
        ({"quality": 50}, "jpeg", False, Encoding(quality=50, lossless=False, compression=0)),
        ({"compression": 9}, "png", True, Encoding(quality=None, lossless=True, compression=9)),
        ({"compression": 0}, "tiff", True, Encoding(quality=None, lossless=True, compression=0)),
        ({"quality": 50, "compression": 2}, "png", True, Encoding(quality=None, lossless=True, compression=2)),
        ({"compression": 1}, "webp", False, Encoding(quality=95, lossless=False, compression=1)),
        ({"compression": 1}, "webp", True, Encoding(quality=None, lossless=True, compression=1)),
        ({"compression": 1, "quality": 9}, "webp", True, Encoding(quality=9, lossless=False, compression=1)),
        ({"compression": 1, "lossless": False}, "webp", True, Encoding(quality=95, lossless=False, compression=1)),
        ({"compression": 1, "lossless": True}, "avif", False, Encoding(quality=None, lossless=True, compression=1)),
        ({}, "bmp", True, Encoding(quality=None, lossless=True, compression=0)),
    ],
)
def test_what_is_chosen(asked: dict[str, Any], name: str, was_exact: bool, expected: Encoding) -> None:
    assert WriteOptions(**asked).encoding(name, was_exact=was_exact) == expected


@pytest.mark.parametrize(("given", "name"), [("JPG", "jpeg"), (".tif", "tiff"), ("webp", "webp")])
def test_usual_names_of_formats(given: str, name: str) -> None:
    assert WriteOptions(format=given).format == name


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"quality": 0}, "quality must be a whole number from 1 to 100, got 0"),
        ({"quality": 101}, "quality must be a whole number from 1 to 100"),
        ({"compression": -1}, "compression must be a whole number from 0 to 9"),
        ({"format": "psd"}, "format must be one of png, jpeg, "),
        ({"format": 3}, "format must be one of png, jpeg, "),
        ({"lossless": True, "quality": 5}, "either lossless or a quality"),
        ({"format": "png", "quality": 5}, "PNG has no quality: choose jpeg or webp or avif, or leave it out"),
        ({"format": "jpeg", "lossless": True}, "JPEG cannot be lossless: choose png or webp or avif or tiff or bmp"),
        ({"format": "tiff", "lossless": False}, "TIFF is always lossless: choose jpeg or webp or avif"),
        ({"format": "bmp", "compression": 5}, "BMP has no levels of compression: choose png or webp"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        WriteOptions(**asked)


def test_other_things_than_options_are_refused(tmp_path: Path) -> None:
    image = Picture(np.zeros((4, 5), np.uint8))
    with pytest.raises(OptionError, match="options must be WriteOptions"):
        write_image(tmp_path / "a.png", image, options={"quality": 5})  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="options must be WriteOptions"):
        upscale_file(tmp_path / "a.png", tmp_path / "b.png", options="png")  # type: ignore[arg-type]


def test_defaults_in_words() -> None:
    assert defaults("quality") == "JPEG 95, WEBP 95, AVIF 90"
