"""How large a result is: from a factor, or from a width or a height."""

import math
from fractions import Fraction

from srcnn import options
from srcnn.errors import OptionError

SCALE = 3  # where nothing is asked for
LARGEST_SCALE = 64


def target_size(
    rows: int, columns: int, scale: float | None = None, width: int | None = None, height: int | None = None
) -> tuple[int, int]:
    """Height and width of the result for an image of ``rows`` x ``columns``, rounded half up, at least 1.

    Parameters
    ----------
    rows, columns : int
        Pixels of the image.
    scale, width, height : float, optional
        As `upscale` takes them.

    Returns
    -------
    (int, int)
        Height and width.

    Raises
    ------
    OptionError
        If scale and a size are both given, or the factor is not a number in (0, 64].
    """
    if width is None and height is None:
        scale = SCALE if scale is None else scale
        factor = Fraction(options.positive("scale", scale, at_most=LARGEST_SCALE))
        return _rounded(rows * factor), _rounded(columns * factor)
    if scale is not None:
        raise OptionError("give either scale or a size (width, height), not both")
    width, height = (
        None if value is None else options.whole(name, value) for name, value in (("width", width), ("height", height))
    )
    size = (
        height if height is not None else _rounded(Fraction(rows * (width or 1), columns)),
        width if width is not None else _rounded(Fraction(columns * (height or 1), rows)),
    )
    if max(Fraction(size[0], rows), Fraction(size[1], columns)) > LARGEST_SCALE:
        given = ", ".join(
            f"{name} {options.shown(value)}" for name, value in (("width", width), ("height", height)) if value
        )
        raise OptionError(f"{given} is more than {LARGEST_SCALE} times the image's {columns}x{rows}")
    return size


def _rounded(value: Fraction) -> int:
    return max(1, math.floor(value + Fraction(1, 2)))
