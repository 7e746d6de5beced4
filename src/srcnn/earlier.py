"""Results of earlier runs among the files of a folder: by what their metadata says, or by their name and size."""

import re
from pathlib import Path
from typing import Any

from srcnn.errors import OptionError
from srcnn.files.decoders import quietly, reader_of
from srcnn.files.formats import READABLE_SUFFIXES, sniff
from srcnn.files.metadata.provenance import file_provenance
from srcnn.files.paths import is_file
from srcnn.sizes import TargetSize

# What `TargetSize.label` puts into a name; a group is called as the field of `TargetSize` that it is.
_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]\d+)?"
_LABELLED = re.compile(
    rf"(?P<stem>.+)_(?:x(?P<scale>{_NUMBER})|w(?P<width>\d+)(?:xh(?P<beside>\d+))?|h(?P<height>\d+)"
    rf"|fit(?P<fit>\d+x\d+)|fill(?P<fill>\d+x\d+)|long(?P<long_side>\d+)|short(?P<short_side>\d+)"
    rf"|(?P<megapixels>{_NUMBER})mp|(?P<print_size>{_NUMBER}x{_NUMBER}(?:mm|cm|in))(?:(?P<dpi>{_NUMBER})dpi)?)",
    re.DOTALL,
)
_KINDS = {"scale": float, "megapixels": float, "dpi": float, "fit": str, "fill": str, "print_size": str}


def read_label(stem: str) -> tuple[str, TargetSize] | None:
    """The image of which a file is a result by its name, and the size in that name.

    Parameters
    ----------
    stem : str
        Of the file.

    Returns
    -------
    (str, TargetSize) or None
        None where the name does not end in a size as `srcnn upscale` writes it.
    """
    found = _LABELLED.fullmatch(stem)
    if found is None:
        return None
    asked: dict[str, Any] = {
        name: _KINDS.get(name, int)(text) for name, text in found.groupdict().items() if text and name != "stem"
    }
    if "beside" in asked:
        asked |= {"height": asked.pop("beside"), "stretch": True}
    try:
        return found["stem"], TargetSize(**asked)
    except OptionError:  # a number that no result has in its name
        return None


def is_result(path: Path) -> bool:
    """Whether a file is the result of an earlier run.

    Parameters
    ----------
    path : path
        Any file.

    Returns
    -------
    bool
        Whether its metadata says so, or its name is that of an image beside it with a size behind it, which it has:
        ``cat_x3.png`` three times as large as ``cat.png``. BMP has no metadata, and they can be left out of all.
    """
    return file_provenance(path) is not None or _is_called_and_sized_so(path)


def _is_called_and_sized_so(path: Path) -> bool:
    found = read_label(path.stem)
    if found is None:
        return False
    stem, asked = found
    endings = dict.fromkeys((path.suffix, "", *READABLE_SUFFIXES, *map(str.upper, READABLE_SUFFIXES)))
    images = (path.with_name(f"{stem}{ending}") for ending in endings)
    made = _size_in_header(path)
    originals = (_size_in_header(image) for image in images)
    # A result is upright; its image may lie on its side.
    sides = (side for original in originals if original is not None for side in (original, original[::-1]))
    return made is not None and any(_made_of(asked, *side) == made for side in sides)


def _made_of(asked: TargetSize, height: int, width: int) -> tuple[int, int] | None:
    try:
        return asked.of(height, width).size
    except OptionError:
        return None


def _size_in_header(path: Path) -> tuple[int, int] | None:
    """Height and width of an image as it is stored; None where they are not easily known."""
    if not is_file(path):
        return None
    try:
        with path.open("rb") as file, quietly():
            fmt = sniff(file.read(64))
            if fmt is None:
                return None
            file.seek(0)
            width, height = reader_of(file, fmt).size
    except Exception:  # Pillow raises almost anything; the work tells what is wrong with a file
        return None
    return height, width
