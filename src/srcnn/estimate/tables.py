"""The JPEG quality that a file's header stands for: its quantisation table, or another codec's quantiser."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import OptionError
from srcnn.files.picture import Quantiser

# ITU-T T.81, annex K.1, row by row: the table that libjpeg scales by the quality.
LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip

# Indices of each codec's quantisers, and the qualities of JPEGs that are about as worn.
_ALIKE = {
    "VP8": ((0, 12, 35, 51, 66, 77, 127), (100, 97, 92, 85, 75, 68, 40)),
    "AV1": ((0, 32, 60, 76, 108, 148, 196, 255), (100, 99, 95, 93, 84, 67, 30, 20)),
}


def libjpeg_table(quality: int) -> NDArray[np.float64]:
    """The luminance table that libjpeg uses at a quality: 64 numbers, row by row.

    Parameters
    ----------
    quality : int
        1 to 100.

    Returns
    -------
    (64,) float64 array
        Row by row.
    """
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.asarray(np.clip((np.array(LUMINANCE) * scale + 50) // 100, 1, 255), np.float64)


def quality_of_table(table: Sequence[int]) -> float:
    """The quality at which the luminance table of libjpeg is closest to this one.

    Parameters
    ----------
    table : 64 integers
        A JPEG's luminance quantisation table, row by row (not in zigzag order).

    Returns
    -------
    float
        A whole number from 1 to 100 where libjpeg made the table; else what the best factor of the standard table, by
        least squares of logarithms over the coarse frequencies, stands for.

    Raises
    ------
    OptionError
        If it has not 64 positive entries.
    """
    found = np.asarray(table, np.float64)
    if found.shape != (64,) or found.min() < 1:
        raise OptionError(
            f"a quantisation table has 64 positive entries, got {found.shape} from "
            f"{found.min() if found.size else 'nothing'}"
        )
    for quality in range(100, 0, -1):
        if np.array_equal(libjpeg_table(quality), found):
            return float(quality)
    # The coarse frequencies carry what is visible; tables of other encoders differ most in the finest.
    rows, columns = np.divmod(np.arange(64), 8)
    weight = 1.0 / (1 + rows + columns)
    factor = math.exp(float((weight * np.log(found / np.array(LUMINANCE))).sum() / weight.sum()))
    return float(np.clip(100 - 50 * factor if factor <= 1 else 50 / factor, 1, 100))


def quality_of_quantiser(quantiser: Quantiser) -> float:
    """The quality of a JPEG that is about as worn as an image of another codec.

    Measured (EXPERIMENTS.md, "WebP" and "AVIF"): what `photo` has to be told to make most of such a file.

    Parameters
    ----------
    quantiser : Quantiser
        Of the file.

    Returns
    -------
    float
        From 40 to 100.
    """
    return float(np.interp(quantiser.index, *_ALIKE[quantiser.codec]))
