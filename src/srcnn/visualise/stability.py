"""What a model makes of images that are no photographs: whether it keeps its values in bounds, and its input.

Each pattern is upscaled.
*Excursion* is how far the result leaves [0, 1], below and above.
*Consistency* is the PSNR in dB of the result, downscaled again by the protocol's bicubic, against the pattern.
Bicubic's own consistency stands beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import degrade
from srcnn.enlargement import scales_of
from srcnn.image.arrays import Floats
from srcnn.methods import load, resolve
from srcnn.methods.base import Method
from srcnn.sizes import SCALE
from srcnn.text_table import aligned

SIDE = 72  # pixels per side of a pattern
Grid = NDArray[np.int64]


@dataclass(frozen=True)
class Stability:
    """What a model made of one pattern.

    Attributes
    ----------
    pattern : str
        Its name in `PATTERNS`.
    below, above : float
        How far the result leaves [0, 1]; 0 where it does not.
    consistency, bicubic : float
        PSNR in dB of the downscaled result against the pattern, of the model and of bicubic.
    """

    pattern: str
    below: float
    above: float
    consistency: float
    bicubic: float


def _noise(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _ramp(rows: Grid, columns: Grid) -> Floats:
    return np.asarray((rows + columns) / (2 * SIDE - 2))


def _bayer(rows: Grid, columns: Grid) -> Floats:
    order = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
    return (_ramp(rows, columns) > (order[rows % 4, columns % 4] + 0.5) / 16).astype(float)


def _diffused(rows: Grid, columns: Grid) -> Floats:
    """Floyd and Steinberg's dithering of a ramp."""
    grey = np.pad(_ramp(rows, columns), ((0, 1), (1, 1)))
    for r in range(SIDE):
        for c in range(1, SIDE + 1):
            old, grey[r, c] = grey[r, c], float(grey[r, c] > 0.5)
            error = old - grey[r, c]
            for down, right, share in ((0, 1, 7), (1, -1, 3), (1, 0, 5), (1, 1, 1)):
                grey[r + down, c + right] += error * share / 16
    return grey[:SIDE, 1:-1]


def _halftone(rows: Grid, columns: Grid) -> Floats:
    screen = 0.5 + 0.25 * (np.cos(1.7 * columns + 0.9 * rows) + np.cos(1.7 * rows - 0.9 * columns))
    return np.clip(8 * (_ramp(rows, columns) - screen) + 0.5, 0, 1)


def _sparse(share: float, values: tuple[float, float], ground: float) -> Callable[[Grid, Grid], Floats]:
    def pattern(rows: Grid, columns: Grid) -> Floats:
        rng = _noise(5)
        chosen, kinds = rng.random(rows.shape) < share, rng.random(rows.shape) < 0.5
        return np.where(chosen, np.where(kinds, *values), ground)

    return pattern


def _text(rows: Grid, columns: Grid) -> Floats:
    """Marks of the size of small letters, black on white, one pixel wide."""
    letters = _noise(6).random((SIDE // 6 + 1, SIDE // 5 + 1, 5, 4)) < 0.5
    line, letter = letters[rows // 6, columns // 5], (rows % 6, columns % 5)
    inside = (letter[0] < 5) & (letter[1] < 4)
    marks = np.take_along_axis(
        line.reshape(*rows.shape, -1), (np.minimum(letter[0], 4) * 4 + np.minimum(letter[1], 3))[..., None], 2
    )[..., 0]
    return np.where(inside & marks, 0.0, 1.0)


PATTERNS: dict[str, Callable[[Grid, Grid], Floats]] = {
    "black": lambda r, c: 0.0 * r,
    "white": lambda r, c: 0.0 * r + 1,
    "grey": lambda r, c: 0.0 * r + 0.5,
    "ramp": _ramp,
    "step": lambda r, c: 1.0 * (c >= SIDE // 2),
    "corner": lambda r, c: 1.0 * ((c >= SIDE // 2) & (r >= SIDE // 2)),
    "one white pixel": lambda r, c: 1.0 * ((r == SIDE // 2) & (c == SIDE // 2)),
    "one black pixel": lambda r, c: 1.0 - ((r == SIDE // 2) & (c == SIDE // 2)),
    "hot pixels on grey": _sparse(0.005, (1.0, 1.0), 0.4),
    "salt and pepper on grey": _sparse(0.05, (0.0, 1.0), 0.5),
    "stars": _sparse(0.02, (1.0, 0.7), 0.0),
    "checkers of 1": lambda r, c: 1.0 * ((r + c) % 2),
    "checkers of 2": lambda r, c: 1.0 * ((r // 2 + c // 2) % 2),
    "checkers of 5": lambda r, c: 1.0 * ((r // 5 + c // 5) % 2),
    "faint checkers of 1": lambda r, c: 0.5 + 0.1 * ((r + c) % 2),
    "stripes of 1, upright": lambda r, c: 1.0 * (c % 2),
    "stripes of 1, level": lambda r, c: 1.0 * (r % 2),
    "stripes of 2": lambda r, c: 1.0 * (c // 2 % 2),
    "stripes, one in 3": lambda r, c: 1.0 * (c % 3 == 0),
    "diagonal stripes": lambda r, c: 1.0 * ((r + 2 * c) % 5 < 2),
    "grid of lines": lambda r, c: 1.0 * ((r % 8 == 0) | (c % 8 == 0)),
    "dots on a grid": lambda r, c: 1.0 * ((r % 4 == 0) & (c % 4 == 0)),
    "zone plate": lambda r, c: 0.5 + 0.5 * np.cos((r**2 + c**2) * np.pi / SIDE / 2),
    "ordered dither": _bayer,
    "error diffusion": _diffused,
    "halftone": _halftone,
    "binary noise": lambda r, c: 1.0 * (_noise(1).random(r.shape) < 0.5),
    "binary noise of 2": lambda r, c: 1.0 * (_noise(2).random((SIDE, SIDE)) < 0.5)[r // 2, c // 2],
    "uniform noise": lambda r, c: _noise(3).random(r.shape),
    "strong Gaussian noise": lambda r, c: np.clip(_noise(4).normal(0.5, 0.25, r.shape), 0, 1),
    "text": _text,
}
"""Patterns by name: from the rows and the columns of a grid to values in [0, 1]."""


def stability_of(model: str, scale: int | None = None, *, threads: int | None = None) -> tuple[Stability, ...]:
    """Upscale every pattern by a model.

    Parameters
    ----------
    model : str
        A name or path as `srcnn.load` takes it.
    scale : int, optional
        At which the model exists; a file's own, or 3 (or the first that there is), when not given.
    threads : int, optional
        As many as the process may use when not given.

    Returns
    -------
    tuple of Stability
        In the order of `PATTERNS`.

    Raises
    ------
    OptionError, WeightsError
        As `srcnn.load`.
    """
    if scale is None:
        scales = scales_of(resolve(model))
        scale = SCALE if SCALE in scales else scales[0]
    method, plain = load(model, scale, threads=threads), load("bicubic", scale)
    grid = np.mgrid[:SIDE, :SIDE]
    found = []
    for name, pattern in PATTERNS.items():
        lr = pattern(*grid).astype(np.float32)
        sr = _upscaled(method, lr)
        found.append(
            Stability(
                pattern=name,
                below=max(0.0, -float(sr.min())),
                above=max(0.0, float(sr.max()) - 1),
                consistency=_consistency(lr, sr, scale),
                bicubic=_consistency(lr, _upscaled(plain, lr), scale),
            )
        )
    return tuple(found)


def stability_table(rows: Sequence[Stability]) -> str:
    """The same as text, with the worst of every column at the end.

    Parameters
    ----------
    rows : sequence of Stability
        At least one.

    Returns
    -------
    str
        Aligned lines.
    """
    cells = [("pattern", "below 0", "above 1", "consistency dB", "bicubic dB", "difference")]
    for row in rows:
        difference = row.consistency - row.bicubic
        cells.append(
            (
                row.pattern,
                f"{row.below:.3f}",
                f"{row.above:.3f}",
                f"{row.consistency:.2f}",
                f"{row.bicubic:.2f}",
                f"{difference:+.2f}",
            )
        )
    below, above = max(row.below for row in rows), max(row.above for row in rows)
    least = min(row.consistency - row.bicubic for row in rows)
    cells.append(("worst", f"{below:.3f}", f"{above:.3f}", "", "", f"{least:+.2f}"))
    return aligned(cells)


def _upscaled(method: Method, lr: Floats) -> Floats:
    if method.channels == "luma":
        return method.upscale(lr)
    return np.asarray(method.upscale(np.dstack([lr] * 3)).mean(2))


_MOST = 99.99  # dB; a difference that float32 cannot show


def _consistency(lr: Floats, sr: Floats, scale: int) -> float:
    error = float(np.mean((degrade(sr.astype(np.float64), scale) - lr) ** 2))
    return min(_MOST, 10 * float(np.log10(1 / max(error, 1e-12))))
