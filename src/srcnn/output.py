"""How a file is written: what can be chosen for each format, and what is chosen where nothing is asked for.

Nothing heavy is imported here: the help of the command is made of this table.
"""

from dataclasses import dataclass
from typing import Literal

from srcnn import options
from srcnn.errors import OptionError

BEST_QUALITY, STRONGEST = 100, 9


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What can be chosen when a file of a format is written, and the defaults."""

    exact: Literal["always", "never", "on request"] = "always"  # whether pixels are kept exactly
    quality: int | None = None  # default of 1 to 100; None: there is no such choice
    compression: int | None = None  # default of 0 (fastest) to 9 (smallest); None: there is no such choice
    means: str = ""  # what the level of compression sets


CHOICES = {
    "png": Choices(compression=4, means="deflate level"),
    "jpeg": Choices(exact="never", quality=95),
    "webp": Choices(exact="on request", quality=95, compression=3, means="method 0 to 6"),
    "avif": Choices(exact="on request", quality=90, compression=1, means="speed 9 to 0"),
    "tiff": Choices(compression=4, means="deflate level"),
    "bmp": Choices(),
    "gif": Choices(exact="never"),
}
"""The formats that can be written, as ``--format`` and `WriteOptions` take them."""

_ALIASES = {"jpg": "jpeg", "tif": "tiff"}


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """What is chosen for one file.

    Attributes
    ----------
    quality : int or None
        1 to 100; None where pixels are kept exactly.
    lossless : bool
        Whether pixels are kept exactly.
    compression : int
        0 (fastest) to 9 (smallest); 0 for a format without levels.
    """

    quality: int | None
    lossless: bool
    compression: int


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """How files are written; what is not given is chosen by the format.

    Attributes
    ----------
    format : str, optional
        "png", "jpeg", "webp", "avif", "tiff", "bmp" or "gif", whatever the name of the file; else its suffix decides.
    quality : int, optional
        Of JPEG (95), WebP (95) and AVIF (90): 1 to 100.
    lossless : bool, optional
        Whether WebP and AVIF keep pixels exactly; where not given, only a WebP made from a lossless WebP does.
    compression : int, optional
        0 for the fastest, 9 for the smallest file with the same pixels: of PNG (4), TIFF (4) and WebP (3).
        Of AVIF (1) it changes the pixels, too, unless it is lossless.
    keep_date : bool
        Whether the file gets the modification time of the file that the image was read from.

    Raises
    ------
    OptionError
        If a value makes no sense, or the format that is named has no such choice.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import srcnn
    >>> image = srcnn.Picture(np.zeros((4, 5, 3), np.uint8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lost = srcnn.write_image(f"{folder}/image.webp", image, options=srcnn.WriteOptions(lossless=True))
    >>> lost
    ()
    """

    format: str | None = None
    quality: int | None = None
    lossless: bool | None = None
    compression: int | None = None
    keep_date: bool = False

    def __post_init__(self) -> None:
        if self.quality is not None:
            object.__setattr__(self, "quality", options.whole("quality", self.quality, at_most=BEST_QUALITY))
        if self.compression is not None:
            level = options.whole("compression", self.compression, at_least=0, at_most=STRONGEST)
            object.__setattr__(self, "compression", level)
        if self.lossless is not None:
            object.__setattr__(self, "lossless", options.flag("lossless", self.lossless))
        object.__setattr__(self, "keep_date", options.flag("keep_date", self.keep_date))
        if self.lossless and self.quality is not None:
            raise OptionError(f"give either lossless or a quality, got lossless and quality {self.quality}")
        if self.format is not None:
            name = self.format.lower().removeprefix(".") if isinstance(self.format, str) else self.format
            name = options.choice("format", _ALIASES.get(name, name), tuple(CHOICES))
            object.__setattr__(self, "format", name)
            unused = self.unused(name)
            if unused:
                raise OptionError(f"{unused[0]}: {_formats_with(self)}")

    def unused(self, format_name: str) -> tuple[str, ...]:
        """What is asked for and a format has no choice of, in words.

        Parameters
        ----------
        format_name : str
            As in `CHOICES`.

        Returns
        -------
        tuple of str
            Such as "PNG has no quality"; empty where everything can be done.
        """
        choices, name = CHOICES[format_name], format_name.upper()
        found = []
        if self.quality is not None and choices.quality is None:
            found.append(f"{name} has no quality")
        if self.lossless and choices.exact == "never":
            found.append(f"{name} cannot be lossless")
        if self.lossless is False and choices.exact == "always":
            found.append(f"{name} is always lossless")
        if self.compression is not None and choices.compression is None:
            found.append(f"{name} has no levels of compression")
        return tuple(found)

    def encoding(self, format_name: str, *, was_exact: bool = False) -> Encoding:
        """What is chosen for a file of a format.

        Parameters
        ----------
        format_name : str
            As in `CHOICES`.
        was_exact : bool
            Whether the image comes from a file of the same format that kept its pixels exactly.

        Returns
        -------
        Encoding
            With the defaults of the format where nothing is asked for.
        """
        choices = CHOICES[format_name]
        lossless = choices.exact == "always"
        if choices.exact == "on request":
            lossless = self.lossless if self.lossless is not None else was_exact and self.quality is None
        return Encoding(
            quality=None if lossless or choices.quality is None else self.quality or choices.quality,
            lossless=lossless,
            compression=choices.compression or 0 if self.compression is None else self.compression,
        )


DEFAULTS = WriteOptions()


def checked_options(given: object) -> WriteOptions:
    """The options of a caller.

    Parameters
    ----------
    given : object
        What was given.

    Returns
    -------
    WriteOptions
        The same.

    Raises
    ------
    OptionError
        If it is something else.
    """
    if not isinstance(given, WriteOptions):
        raise OptionError(f"options must be WriteOptions such as WriteOptions(quality=90), got {options.shown(given)}")
    return given


def defaults(choice: Literal["quality", "compression"]) -> str:
    """The default of every format that has a choice, in words.

    Parameters
    ----------
    choice : {"quality", "compression"}
        Which one.

    Returns
    -------
    str
        "JPEG 95, WEBP 95, AVIF 90".
    """
    found = {name: getattr(choices, choice) for name, choices in CHOICES.items()}
    return ", ".join(f"{name.upper()} {default}" for name, default in found.items() if default is not None)


def _formats_with(asked: WriteOptions) -> str:
    """The formats that can do what is asked for."""
    asked = WriteOptions(quality=asked.quality, lossless=asked.lossless, compression=asked.compression)
    names = [name for name in CHOICES if not asked.unused(name)]
    return f"choose {' or '.join(names)}, or leave it out" if names else "leave it out"
