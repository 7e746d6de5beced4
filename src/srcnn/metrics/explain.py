"""Why two papers print different figures for the same images: one pair under the conventions in use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from srcnn.image.arrays import Bytes, Floats, Image, as_rgb, to_floats, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.image.resize import apply_taps, imresize, kernel_taps, modcrop, shave
from srcnn.metrics import Metric, get
from srcnn.metrics.checks import check_pair
from srcnn.metrics.protocol import luma_pair, measure_planes

_STUDIO = (np.array([65.481, 128.553, 24.966]) / 255, 16.0)
_BT601 = (np.array([0.299, 0.587, 0.114]), 0.0)
_BT709 = (np.array([0.2125, 0.7154, 0.0721]), 0.0)  # as scikit-image's rgb2gray rounds them


@dataclass(frozen=True)
class Convention:
    """One way to measure, and what it gives."""

    group: str  # "pair", the two images given, or "bicubic", the baseline made of hr
    name: str
    changed: str  # what differs from the first of the group
    values: dict[str, float]


def explain(
    hr: Bytes, sr: Bytes, *, metrics: str | Iterable[str] = "psnr,ssim", border: int = 0, scale: int | None = None
) -> tuple[Convention, ...]:
    """Measure one pair as the evaluation protocol does, and then with one thing changed at a time.

    Parameters
    ----------
    hr, sr : (H, W) or (H, W, 3) uint8 array
        Ground truth and estimate of one size. Conventions about colour are left out for grey images.
    metrics : str or iterable of str
        Names as `srcnn.metrics.get` takes them.
    border : int
        Pixels left out on every side.
    scale : int, optional
        With it, the bicubic baseline of ``hr`` at this scale is measured too, by the resizings in use.

    Returns
    -------
    tuple of Convention
        The protocol first in each group.

    Raises
    ------
    ShapeError
        If the shapes differ, or the image is too small for a metric.
    """
    chosen = get(metrics)
    if hr.ndim != sr.ndim:
        hr, sr = as_rgb(hr), as_rgb(sr)
    check_pair(hr, sr)
    rows = list(_pair_conventions(hr, sr, chosen, border, scale))
    if scale is not None:
        rows += _bicubic_conventions(modcrop(hr, scale), chosen, border, scale)
    return tuple(rows)


def _pair_conventions(
    hr: Bytes, sr: Bytes, metrics: tuple[Metric, ...], border: int, scale: int | None
) -> Iterator[Convention]:
    def row(name: str, changed: str, x: Image, y: Image, cut: int = border) -> Convention:
        return Convention("pair", name, changed, _measure_any(shave(x, cut), shave(y, cut), metrics))

    luma = luma_pair(hr, sr)
    colour = hr.ndim == 3
    yield row("protocol", "BT.601 studio-range luma rounded to 8 bits" if colour else "grey as stored", *luma)
    if colour:
        yield row("unrounded luma", "the same luma, not rounded", _weighted(hr, _STUDIO), _weighted(sr, _STUDIO))
        yield row(
            "full-range luma",
            "the protocol's luma stretched from 16...235 to 0...255",
            _stretched(luma[0]),
            _stretched(luma[1]),
        )
        yield row(
            "JPEG luma",
            "0.299 R + 0.587 G + 0.114 B, as in JPEG and OpenCV, 8 bits",
            _jpeg_luma(hr),
            _jpeg_luma(sr),
        )
        yield row(
            "BT.709 grey",
            "0.2125 R + 0.7154 G + 0.0721 B, as in scikit-image",
            _weighted(hr, _BT709),
            _weighted(sr, _BT709),
        )
        yield row("RGB", "PSNR from one mean over all channels, the other metrics as the mean of the channels'", hr, sr)
    cuts = (
        {0: "no border cut"}
        if scale is None
        else {0: "no border cut", scale: "border of scale", scale + 6: "border of scale + 6"}
    )
    for cut, name in cuts.items():
        if cut != border and min(hr.shape[:2]) - 2 * cut >= max(m.smallest_side for m in metrics):
            yield row(name, f"{cut} pixels cropped from every side instead of {border}", *luma, cut=cut)


def _bicubic_conventions(hr: Bytes, metrics: tuple[Metric, ...], border: int, scale: int) -> Iterator[Convention]:
    luma = luma_bytes(hr)
    single = to_floats(luma)
    down = Fraction(1, scale)

    def row(name: str, changed: str, sr: Image) -> Convention:
        estimate = sr if sr.dtype == np.uint8 else to_integers(sr)
        return Convention("bicubic", name, changed, _measure_any(shave(luma, border), shave(estimate, border), metrics))

    lr = imresize(single, down)
    yield row("protocol", "luma downscaled and upscaled in floating point, edge padding", imresize(lr, scale))
    mirrored = imresize(imresize(single, down, padding="symmetric"), scale, padding="symmetric")
    yield row("mirrored edges", "symmetric padding, as in MATLAB since R2015b", mirrored)
    yield row("8-bit LR", "the low-resolution image rounded to 8 bits", imresize(_rounded(lr), scale))
    if hr.ndim == 3:
        rgb = to_floats(hr)
        enlarged = to_integers(imresize(_rounded(imresize(rgb, down)), scale))
        yield row(
            "RGB, 8-bit LR",
            "colour resized, the low-resolution image in 8 bits, luma taken at the end",
            luma_bytes(enlarged),
        )
    yield row(
        "no antialiasing",
        "kernel not widened and a = -0.75, as in OpenCV and PyTorch; the low-resolution image in 8 bits",
        _sharp_resize(_rounded(_sharp_resize(single, down)), Fraction(scale)),
    )


def _measure_any(hr: Image, sr: Image, metrics: tuple[Metric, ...]) -> dict[str, float]:
    """Metrics of planes; of colour the pooled PSNR and the means over channels."""
    if hr.ndim == 2:
        return measure_planes(hr, sr, metrics, data_range=255.0)
    planes = [measure_planes(hr[..., channel], sr[..., channel], metrics, data_range=255.0) for channel in range(3)]
    values = {metric.name: sum(plane[metric.name] for plane in planes) / len(planes) for metric in metrics}
    for metric in metrics:
        if metric.name == "psnr":
            values["psnr"] = metric(hr, sr, data_range=255.0)
    return values


def _weighted(rgb: Bytes, weights: tuple[Floats, float]) -> Floats:
    factors, offset = weights
    plane = offset + sum(factors[channel] * rgb[..., channel].astype(np.float64) for channel in range(3))
    return np.asarray(np.clip(plane, 0, 255))  # factors that add up to 1 may round to just over 255


def _jpeg_luma(rgb: Bytes) -> Floats:
    return np.asarray(np.floor(_weighted(rgb, _BT601) + 0.5))


def _stretched(luma: Bytes) -> Floats:
    return np.asarray(np.clip((luma.astype(np.float64) - 16) * (255 / 219), 0, 255))


def _rounded(image: Floats) -> Floats:
    return to_floats(to_integers(image))


def _sharp_resize(image: Floats, factor: Fraction) -> Floats:
    for axis in (0, 1):
        n = image.shape[axis]
        image = apply_taps(image, kernel_taps(n, int(n * factor), factor, _sharp_cubic, 4.0), axis)
    return image


def _sharp_cubic(t: Floats) -> Floats:
    """Keys' kernel with a = -3/4."""
    x = np.abs(t)
    near = 1.25 * x**3 - 2.25 * x**2 + 1
    far = -0.75 * x**3 + 3.75 * x**2 - 6 * x + 3
    return np.asarray(np.where(x <= 1, near, np.where(x <= 2, far, 0.0)))
