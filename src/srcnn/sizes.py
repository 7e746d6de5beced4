"""How large a result is: the ways to ask for a size, and what each of them makes of an image."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from srcnn import options
from srcnn.errors import OptionError

SCALE = 3  # where nothing is asked for
DPI = 300  # of a print, where nothing is asked for
LARGEST_SCALE = 64
_LARGEST_DPI = 100_000

Box = tuple[int, int]
"""Width and height in pixels."""

# No more digits than any size has use for: Python refuses to read numbers of thousands of them.
_SIDE = r"(\d{1,9})"
_LENGTH = r"(\d{1,9}(?:\.\d{1,9})?)"
_BOX = re.compile(rf"\s*{_SIDE}\s*[x×]\s*{_SIDE}\s*", re.IGNORECASE)
_PRINT = re.compile(rf"\s*{_LENGTH}\s*[x×]\s*{_LENGTH}\s*(mm|cm|in)\s*", re.IGNORECASE)
_INCHES = {"mm": Fraction(10, 254), "cm": Fraction(100, 254), "in": Fraction(1)}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The whole of an image at its new size, and the part of it that is kept.

    Attributes
    ----------
    before : (int, int)
        Height and width of the image.
    factor : float
        By which it grows: the scale that was asked for, or what its width is multiplied by.
    whole : (int, int)
        Height and width of the image after it was resized.
    top : int
        The first row that is kept.
    left : int
        The first column that is kept.
    size : (int, int)
        Height and width of what is kept: of the result.
    """

    before: tuple[int, int]
    factor: float
    whole: tuple[int, int]
    top: int
    left: int
    size: tuple[int, int]

    @property
    def grows(self) -> bool:
        """Whether a side becomes longer, which takes a model; else the image is reduced or copied."""
        return any(after > before for after, before in zip(self.whole, self.before, strict=True))

    @property
    def growth(self) -> float:
        """By which the side grows that grows more, and so the model has to enlarge."""
        return max(after / before for after, before in zip(self.whole, self.before, strict=True))

    @property
    def reduction(self) -> str:
        """What was done in place of upscaling, for the user; empty if it was upscaled."""
        if self.grows:
            return ""
        if self.whole == self.before:
            return "not upscaled: the size is that of the input"
        (height, width), (rows, columns) = self.whole, self.before
        return f"reduced, not upscaled: from {columns}x{rows} to {width}x{height} by antialiased bicubic interpolation"


@dataclass(frozen=True, kw_only=True)
class TargetSize:
    """How large a result is to be; one way to say so, or none for a scale of 3.

    Lengths are pixels. All but ``stretch`` and the cropping of ``fill`` keep the proportions, to the nearest pixel.

    Attributes
    ----------
    scale : float, optional
        Any factor up to 64; below 1 the result is a reduction.
    width : int, optional
        Of the result; together with ``height`` it needs ``stretch``.
    height : int, optional
        Of the result.
    stretch : bool
        Whether ``width`` and ``height`` may change the proportions.
    fit : (int, int) or str, optional
        Width and height, or "1920x1080": the result lies inside and touches two sides.
    fill : (int, int) or str, optional
        Width and height of the result, which is cropped to the centre of what covers it.
    long_side : int, optional
        The longer side of the result.
    short_side : int, optional
        The shorter side of the result.
    megapixels : float, optional
        Millions of pixels of the result, about.
    print_size : str, optional
        Width and height of a sheet of paper with their unit, mm, cm or in: "30x40cm".
        The result lies inside; the sheet is turned where that leaves more of it covered.
    dpi : float, optional
        Dots per inch of the print, 300 where not given; also written into the file.

    Raises
    ------
    OptionError
        If two sizes are given, or one makes no sense.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.TargetSize(fit="1920x1080").of(3000, 4000).size
    (1080, 1440)
    >>> layout = srcnn.TargetSize(fill=(1920, 1080)).of(300, 400)
    >>> layout.whole, layout.top, layout.left, layout.size
    ((1440, 1920), 180, 0, (1080, 1920))
    """

    scale: float | None = None
    width: int | None = None
    height: int | None = None
    stretch: bool = False
    fit: Box | str | None = None
    fill: Box | str | None = None
    long_side: int | None = None
    short_side: int | None = None
    megapixels: float | None = None
    print_size: str | None = None
    dpi: float | None = None

    def __post_init__(self) -> None:
        given = self._given()
        if len(given) > 1:
            raise OptionError(f"give either scale or one size, got {' and '.join(given)}")
        for name in ("width", "height", "long_side", "short_side"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, options.whole(name, getattr(self, name)))
        for name in ("fit", "fill"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _box(name, getattr(self, name)))
        # As it comes back: a number of NumPy's would overflow in what is computed with it.
        for name, most in (("scale", LARGEST_SCALE), ("megapixels", None), ("dpi", _LARGEST_DPI)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, options.positive(name, getattr(self, name), at_most=most))
        if self.print_size is not None:
            _print_inches(self.print_size)
        object.__setattr__(self, "stretch", options.flag("stretch", self.stretch))
        self._check_stretch()
        self._check_dpi()

    def of(self, rows: int, columns: int) -> Layout:
        """The layout of an image of ``rows`` x ``columns`` pixels at this size, rounded half up, at least one pixel.

        Parameters
        ----------
        rows, columns : int
            Pixels of the image.

        Returns
        -------
        Layout
            The size of the whole, and the part that is kept.

        Raises
        ------
        OptionError
            If that is more than 64 times the image.
        """
        whole = self._whole(rows, columns)
        if max(Fraction(whole[0], rows), Fraction(whole[1], columns)) > LARGEST_SCALE:
            given = " ".join(self._given())
            raise OptionError(f"{given} is more than {LARGEST_SCALE} times the image's {columns}x{rows}")
        size = whole
        if self.fill is not None:
            width, height = cast(Box, self.fill)
            size = (height, width)
        return Layout(
            before=(rows, columns),
            factor=whole[1] / columns if self._given() and self.scale is None else float(self.scale or SCALE),
            whole=whole,
            top=(whole[0] - size[0]) // 2,
            left=(whole[1] - size[1]) // 2,
            size=size,
        )

    @property
    def label(self) -> str:
        """The size in the name of a result: ``_x3``, ``_w50``, ``_fit1920x1080``, ``_12mp``."""
        if self.width is not None or self.height is not None:
            parts = ((letter, side) for letter, side in (("w", self.width), ("h", self.height)) if side is not None)
            return "_" + "x".join(f"{letter}{side}" for letter, side in parts)
        for name in ("fit", "fill"):
            if getattr(self, name) is not None:
                return "_{}{}x{}".format(name, *getattr(self, name))
        if self.long_side is not None or self.short_side is not None:
            return f"_short{self.short_side}" if self.long_side is None else f"_long{self.long_side}"
        if self.megapixels is not None:
            return f"_{float(self.megapixels):g}mp"
        if self.print_size is not None:
            sheet = "".join(self.print_size.split()).lower().replace("×", "x")
            return f"_{sheet}" + ("" if self.dpi in (None, DPI) else f"{self.dpi:g}dpi")
        return f"_x{float(SCALE if self.scale is None else self.scale):g}"

    @property
    def resolution(self) -> float | None:
        """Dots per inch that the result is made for; None where it is not made for a print."""
        if self.print_size is None:
            return None
        return float(DPI if self.dpi is None else self.dpi)

    def _whole(self, rows: int, columns: int) -> tuple[int, int]:
        if self.width is not None and self.height is not None:
            return self.height, self.width
        if self.megapixels is not None:
            pixels = Fraction(self.megapixels) * 10**6
            return _rounded_root(pixels * rows / columns), _rounded_root(pixels * columns / rows)
        factor = self._factor(rows, columns)
        return _rounded(rows * factor), _rounded(columns * factor)

    def _factor(self, rows: int, columns: int) -> Fraction:
        if self.width is not None:
            return Fraction(self.width, columns)
        if self.height is not None:
            return Fraction(self.height, rows)
        if self.long_side is not None:
            return Fraction(self.long_side, max(rows, columns))
        if self.short_side is not None:
            return Fraction(self.short_side, min(rows, columns))
        if self.fit is not None:
            return min(Fraction(side, n) for side, n in zip(cast(Box, self.fit), (columns, rows), strict=True))
        if self.fill is not None:
            return max(Fraction(side, n) for side, n in zip(cast(Box, self.fill), (columns, rows), strict=True))
        if self.print_size is not None:
            sheet = sorted(_print_inches(self.print_size))
            dots = [_rounded(side * Fraction(self.resolution or DPI)) for side in sheet]
            return min(Fraction(dots[0], min(rows, columns)), Fraction(dots[1], max(rows, columns)))
        return Fraction(SCALE if self.scale is None else self.scale)

    def _given(self) -> list[str]:
        """The ways to give a size that are used, width and height as one."""
        sides = [f"{name} {options.shown(getattr(self, name))}" for name in ("width", "height") if self._has(name)]
        others = ("scale", "fit", "fill", "long_side", "short_side", "megapixels", "print_size")
        return [f"{name} {options.shown(getattr(self, name))}" for name in others if self._has(name)] + (
            [", ".join(sides)] if sides else []
        )

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    def _check_stretch(self) -> None:
        both = self.width is not None and self.height is not None
        if both and not self.stretch:
            box = f"{self.width}x{self.height}"
            raise OptionError(
                f"width and height together may change the proportions: give --fit {box} for a result inside, "
                f"--fill {box} for one cropped to that size, or --stretch as well (in Python: fit, fill, stretch=True)"
            )
        if self.stretch and not both:
            raise OptionError("stretch goes with width and height together; every other size keeps the proportions")

    def _check_dpi(self) -> None:
        if self.dpi is None:
            return
        if self.print_size is None:
            raise OptionError("dpi goes with the size of a print, such as --print 30x40cm (in Python: print_size)")


DEFAULT_SIZE = TargetSize()


def asked_size(
    size: TargetSize | None, scale: float | None = None, width: int | None = None, height: int | None = None
) -> TargetSize:
    """The size that a caller asks for, in full or by its shortest forms.

    Parameters
    ----------
    size : TargetSize, optional
        In full.
    scale, width, height : float, int, optional
        In place of ``size``.

    Returns
    -------
    TargetSize
        What is asked for.

    Raises
    ------
    OptionError
        If both are given, or one makes no sense.
    """
    if size is None:
        return TargetSize(scale=scale, width=width, height=height)
    if not isinstance(size, TargetSize):
        raise OptionError(f"size must be a TargetSize such as TargetSize(fit=(1920, 1080)), got {options.shown(size)}")
    if (scale, width, height) != (None, None, None):
        raise OptionError("give either size, or scale, width or height, not both")
    return size


def _box(name: str, value: object) -> Box:
    """Width and height from a pair or from a text such as 1920x1080."""
    if isinstance(value, str):
        found = _BOX.fullmatch(value)
        pair: tuple[object, ...] = tuple(map(int, found.groups())) if found else ()
    else:
        pair = tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(pair) != 2:
        raise OptionError(f"{name} must be width and height such as 1920x1080, got {options.shown(value)}")
    return options.whole(f"the width of {name}", pair[0]), options.whole(f"the height of {name}", pair[1])


def _print_inches(value: object) -> tuple[Fraction, Fraction]:
    found = _PRINT.fullmatch(value) if isinstance(value, str) else None
    if found is None or not all(Fraction(side) for side in found.groups()[:2]):
        raise OptionError(
            f"the size of a print must be width and height with their unit (mm, cm or in), such as 30x40cm, got "
            f"{options.shown(value)}"
        )
    inches = _INCHES[found[3].lower()]
    return Fraction(found[1]) * inches, Fraction(found[2]) * inches


def _rounded(value: Fraction) -> int:
    return max(1, math.floor(value + Fraction(1, 2)))


def _rounded_root(value: Fraction) -> int:
    """The square root, rounded half up, by whole numbers alone."""
    return max(1, (math.isqrt(math.floor(4 * value)) + 1) // 2)
