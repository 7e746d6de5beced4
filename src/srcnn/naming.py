"""How the results of many images are called."""

from dataclasses import dataclass
from pathlib import Path

from srcnn.errors import OptionError
from srcnn.files.address import Address
from srcnn.files.formats import FORMATS, READABLE_SUFFIXES, UNREADABLE_SUFFIXES, WRITABLE_SUFFIXES, Format

File = Path | Address


@dataclass(frozen=True)
class Naming:
    """How results are called."""

    suffix: str  # between the stem and the suffix of the format
    fmt: Format | None  # None: that of the input

    def name(self, source: File, *, whole: bool = False) -> str:
        """The name of a result; only known image suffixes are removed from the source's name.

        Parameters
        ----------
        source : path or address
            The image.
        whole : bool
            Whether its suffix stays, too: ``cat.gif.png``.

        Returns
        -------
        str
            Without the folder.
        """
        known = source.suffix.lower()
        stem = source.stem if not whole and known in (*READABLE_SUFFIXES, *UNREADABLE_SUFFIXES) else source.name
        own = WRITABLE_SUFFIXES if self.fmt is None else self.fmt.suffixes
        other = ".png" if self.fmt is None else self.fmt.suffixes[0]
        return f"{stem}{self.suffix}{source.suffix if known in own else other}"


def naming_of(suffix: str, format_name: str | None) -> Naming:
    """How results are called.

    Parameters
    ----------
    suffix, format_name
        As `plan` takes them.

    Returns
    -------
    Naming
        Checked.

    Raises
    ------
    OptionError
        If the suffix contains a slash.
    """
    if set(suffix) & {"/", "\\", "\0"}:
        raise OptionError(f"the suffix becomes part of file names, so it must not contain a slash, got {suffix!r}")
    return Naming(suffix, None if format_name is None else FORMATS[format_name.upper()])
