"""Patches that are no photograph: what a network must enlarge as it is, neither sharpened into something else nor
exploding.

A pattern is put into a low-resolution patch, and its bicubic enlargement is added to the target: the network is to
treat what was added as bicubic would, and the image under it as ever.
The enlargement is half a step of back-projection sharper than bicubic, so that downscaled again it is nearer to the
input than bicubic's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import degrade_matrix, enlarge_matrix
from srcnn.image.arrays import Floats

Rng = np.random.Generator
BLACK, WHITE = 16 / 255, 235 / 255  # of luma


def salt_and_pepper(lr: Floats, rng: Rng) -> Floats:
    """Single pixels, few or many, black or white or both.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    share = 10 ** rng.uniform(-3.3, -0.7)
    kinds = ((BLACK, WHITE), (WHITE, WHITE), (BLACK, BLACK), (0.0, 1.0))[rng.integers(4)]
    chosen = rng.random(lr.shape) < share
    return np.where(chosen, np.where(rng.random(lr.shape) < 0.5, *kinds), lr)


def strong_noise(lr: Floats, rng: Rng) -> Floats:
    """Gaussian noise of any strength.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        Not clipped.
    """
    return lr + rng.normal(0, 10 ** rng.uniform(-1.7, -0.4), lr.shape)


def binary_noise(lr: Floats, rng: Rng) -> Floats:
    """Black or white by chance, in blocks of one to three pixels.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    size = int(rng.integers(1, 4))
    small = rng.random((-(-lr.shape[0] // size), -(-lr.shape[1] // size))) < rng.uniform(0.1, 0.9)
    return np.where(_blocks(small, size, lr), WHITE, BLACK)


def ordered_dither(lr: Floats, rng: Rng) -> Floats:
    """Bayer's matrix of 2, 4 or 8 pixels as a threshold.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    order = _bayer(int(rng.integers(1, 4)))
    threshold = np.tile(order, [-(-side // len(order)) for side in lr.shape])[: lr.shape[0], : lr.shape[1]]
    return np.where(lr > BLACK + threshold * (WHITE - BLACK), WHITE, BLACK)


def error_diffusion(lr: Floats, rng: Rng) -> Floats:
    """Floyd and Steinberg's dithering.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Not used.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    from PIL import Image

    grey = np.clip((lr - BLACK) / (WHITE - BLACK) * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.where(np.asarray(Image.fromarray(grey).convert("1")), WHITE, BLACK)


def halftone(lr: Floats, rng: Rng) -> Floats:
    """A screen of dots at an angle, hard or soft.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    angle, period = rng.uniform(0, np.pi), rng.uniform(2.0, 7.0)
    rows, columns = np.mgrid[: lr.shape[0], : lr.shape[1]] * (2 * np.pi / period)
    along, across = np.cos(angle) * columns + np.sin(angle) * rows, np.cos(angle) * rows - np.sin(angle) * columns
    screen = 0.5 + 0.25 * (np.cos(along) + np.cos(across))
    return np.asarray(BLACK + (WHITE - BLACK) * np.clip((lr - screen) * rng.uniform(2, 30) + 0.5, 0, 1))


def checkers(lr: Floats, rng: Rng) -> Floats:
    """A chessboard of fields of one to four pixels between two greys.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    size = int(rng.integers(1, 5))
    rows, columns = np.mgrid[: lr.shape[0], : lr.shape[1]] // size
    return _between((rows + columns) % 2, rng)


def stripes(lr: Floats, rng: Rng) -> Floats:
    """Parallel bars at any angle, often upright or level, hard or soft.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    angle = rng.choice([0.0, np.pi / 2, np.pi / 4, rng.uniform(0, np.pi)])
    period = float(rng.choice([2, 3, 4, rng.uniform(2, 9)]))
    rows, columns = np.mgrid[: lr.shape[0], : lr.shape[1]]
    wave = np.cos((np.cos(angle) * columns + np.sin(angle) * rows) * (2 * np.pi / period) + rng.uniform(0, 6.3))
    return _between(np.clip(wave * rng.uniform(0.5, 20) + 0.5, 0, 1), rng)


def dots_and_lines(lr: Floats, rng: Rng) -> Floats:
    """Hard lines one pixel wide and single dots on the image, or on plain ground.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    out = np.full_like(lr, rng.uniform(BLACK, WHITE)) if rng.random() < 0.5 else lr.copy()
    for _ in range(int(rng.integers(1, 12))):
        grey = float(rng.choice([BLACK, WHITE, rng.uniform(0, 1)]))
        match rng.integers(4):
            case 0:
                out[rng.integers(lr.shape[0]), :] = grey
            case 1:
                out[:, rng.integers(lr.shape[1])] = grey
            case 2:
                start = int(rng.integers(-lr.shape[0], lr.shape[1]))
                rows = np.arange(lr.shape[0])
                inside = (rows + start >= 0) & (rows + start < lr.shape[1])
                out[rows[inside], rows[inside] + start] = grey
            case _:
                out[rng.integers(lr.shape[0]), rng.integers(lr.shape[1])] = grey
    return out


def flat(lr: Floats, rng: Rng) -> Floats:
    """One grey, or a slow ramp between two.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    if rng.random() < 0.5:
        return np.full_like(lr, rng.uniform(0, 1))
    return np.asarray(np.linspace(rng.uniform(0, 1), rng.uniform(0, 1), lr.shape[1])[None].repeat(lr.shape[0], 0))


def steps(lr: Floats, rng: Rng) -> Floats:
    """Large fields of two greys: hard edges of full contrast.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    rng : Generator
        Draws what is left to chance.

    Returns
    -------
    (h, w) float array
        A new one, in [0, 1].
    """
    size = int(rng.integers(4, 20))
    small = rng.random((-(-lr.shape[0] // size), -(-lr.shape[1] // size))) < 0.5
    return _between(_blocks(small, size, lr), rng)


PATTERNS: tuple[Callable[[Floats, Rng], Floats], ...] = (
    salt_and_pepper,
    salt_and_pepper,
    strong_noise,
    binary_noise,
    ordered_dither,
    error_diffusion,
    halftone,
    checkers,
    stripes,
    dots_and_lines,
    flat,
    steps,
)


@dataclass(frozen=True, eq=False)
class Worked:
    """A patch with a pattern in it, and what its target becomes."""

    lr: Floats
    hr: Floats


def with_pattern(lr: Floats, hr: Floats, rng: Rng) -> Worked:
    """Put a pattern drawn by chance into a patch, and what bicubic makes of it into its target.

    Parameters
    ----------
    lr : (h, w) float array
        Luma in [0, 1].
    hr : (scale*h, scale*w) float array
        The target.
    rng : Generator
        Chooses pattern and strength.

    Returns
    -------
    Worked
        New arrays, float32; ``lr`` in [0, 1], ``hr`` not clipped.
    """
    scale = hr.shape[0] // lr.shape[0]
    drawn = PATTERNS[rng.integers(len(PATTERNS))](lr, rng)
    strength = 1.0 if rng.random() < 0.6 else rng.uniform(0.1, 1.0)
    seen = np.clip(lr + strength * (drawn - lr), 0, 1)
    return Worked(seen.astype(np.float32), (hr + sharper_than_bicubic(seen - lr, scale)).astype(np.float32))


def sharper_than_bicubic(lr: Floats, scale: int) -> Floats:
    """Bicubic enlargement and half a step of back-projection (Irani and Peleg, 1991).

    Parameters
    ----------
    lr : (h, w) float array
        An image, or a difference of two.
    scale : int
        Upscaling factor.

    Returns
    -------
    (scale*h, scale*w) float array
        Not clipped.
    """
    up, down = (enlarge_matrix(lr.shape[0], scale), enlarge_matrix(lr.shape[1], scale)), _down(lr.shape, scale)
    first = up[0] @ lr @ up[1].T
    return np.asarray(first + 0.5 * (up[0] @ (lr - down[0] @ first @ down[1].T) @ up[1].T))


def _down(shape: tuple[int, ...], scale: int) -> tuple[Floats, Floats]:
    return degrade_matrix(shape[0] * scale, scale), degrade_matrix(shape[1] * scale, scale)


def _between(share: NDArray[Any], rng: Rng) -> Floats:
    a, b = rng.uniform(0, 1, 2) if rng.random() < 0.6 else (BLACK, WHITE)
    return np.asarray(a + (b - a) * share)


def _blocks(small: NDArray[np.bool_], size: int, like: Floats) -> NDArray[np.bool_]:
    return small.repeat(size, 0).repeat(size, 1)[: like.shape[0], : like.shape[1]]


@lru_cache
def _bayer(order: int) -> Floats:
    matrix = np.zeros((1, 1))
    for _ in range(order):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return np.asarray((matrix + 0.5) / matrix.size)
