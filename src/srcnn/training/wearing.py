"""Images worn by chance, as photographs come: JPEG once or twice, and noise of several kinds."""

import numpy as np

from srcnn.image.arrays import Bytes
from srcnn.wear import Wear, compress

Rng = np.random.Generator


_GOOD = 88, 99  # the least quality, and the first that is hardly wear any more


def wear_out(rgb: Bytes, rng: Rng, mild: float = 0.0) -> tuple[Wear, Bytes]:
    """Wear an image by chance.

    Parameters
    ----------
    rgb : (h, w, 3) uint8 array
        Left as it is.
    rng : Generator
        Chooses how.
    mild : float
        Share of images that are a JPEG of good quality, and nothing else.

    Returns
    -------
    wear : Wear
        What a network is told of it: mostly the truth, sometimes a little wrong.
    worn : (h, w, 3) uint8 array
        The image, worn; itself if nothing was to be done.
    """
    if mild and rng.random() < mild:
        good = int(rng.integers(*_GOOD))
        return Wear(float(good)), compress(rgb, good, _subsampling(rng))
    kind = rng.choice(5, p=[0.07, 0.54, 0.14, 0.16, 0.09])  # clean, JPEG, noise, both, JPEG twice
    quality: float | None = None
    noise = 0.0
    if kind in (2, 3):
        noise = float(rng.uniform(0.5, 30 if kind == 2 else 15))
        rgb = _noisy(rgb, noise, rng)
        if kind == 3 and rng.random() < 0.35:
            noise = 0.0  # after JPEG nobody may be able to tell
    if kind == 4:
        first = int(rng.integers(20, 96))
        inner = compress(rgb, first, _subsampling(rng))
        row, column = (int(rng.integers(1, 8)) for _ in range(2))
        rgb = np.pad(inner[row:, column:], ((0, row), (0, column), (0, 0)), mode="edge")
        quality = float(first)
    if kind in (1, 3) or (kind == 4 and rng.random() < 0.7):
        # What users have is mostly good, and there a network must not lose to one that knows nothing of JPEG.
        last = int(rng.integers(60, 99)) if kind == 4 else int(rng.integers(20 if rng.random() < 0.4 else 87, 101))
        rgb = compress(rgb, last, _subsampling(rng))
        # A header knows the last quality alone; an estimate from pixels may know the worse one.
        quality = float(last) if quality is None or rng.random() < 0.5 else min(quality, float(last))
    if rng.random() < 0.15:
        noise = float(np.clip(noise * rng.uniform(0.7, 1.4), 0, 50))
        quality = None if quality is None else float(np.clip(quality + rng.normal(0, 6), 1, 100))
    return Wear(quality, noise), rgb


def _subsampling(rng: Rng) -> int:
    return int(rng.choice(3, p=[0.2, 0.05, 0.75]))


def _noisy(rgb: Bytes, sigma: float, rng: Rng) -> Bytes:
    """White Gaussian noise of RGB; sometimes of luma alone, of chroma above all, or grain of more than a pixel."""
    noise = rng.normal(0, sigma, rgb.shape)
    kind = rng.random()
    if kind < 0.1:
        noise = np.repeat(noise[..., :1], 3, axis=2)
    elif kind < 0.2:
        noise = 0.5 * noise.mean(2, keepdims=True) * 3**0.5 + 0.85 * noise
    elif kind < 0.3:
        grain = noise + np.roll(noise, 1, 0)
        grain = grain + np.roll(grain, 1, 1)
        noise = grain / 2
    return np.clip(np.round(rgb + noise), 0, 255).astype(np.uint8)
