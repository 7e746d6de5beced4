"""What other methods reach on the images that a run was validated on: the baselines of its learning curve."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from srcnn.errors import DataError, OptionError
from srcnn.files.io import read_image
from srcnn.files.listing import images_in
from srcnn.image.colour import luma_bytes
from srcnn.methods import load
from srcnn.methods.protocol import make_hr, make_lr, measured_luma
from srcnn.metrics.protocol import measure, smallest_validated

METHODS = ("bicubic", "sc", "ne-lle", "kk", "anr", "a+")
"""Those whose level lines the SRCNN paper draws in its curves, bicubic first."""


def validation_images(folder: Path, every: int = 1) -> tuple[Path, ...]:
    """Every n-th image of a folder and those below it, by name: as a recipe's ``validation`` and ``validation_every``
    choose them.

    Parameters
    ----------
    folder : path
        Where to start.
    every : int
        At least 1; 1 takes all.

    Returns
    -------
    tuple of path
        At least one.

    Raises
    ------
    DataError
        If there is no such folder or no image in it.
    """
    return images_in(folder, what="validation")[::every]


def baselines(
    images: Sequence[Path], scale: int, *, threads: int | None = None, report: Callable[[str], None] | None = None
) -> dict[str, float]:
    """Mean PSNR in dB of `METHODS` on images, luma by the evaluation protocol, as validation while training measures.

    Parameters
    ----------
    images : sequence of path
        At least one image file.
    scale : int
        2, 3 or 4, the scales of the example-based methods.
    threads : int, optional
        Threads to compute with; as many as the process may use when not given.
    report : callable, optional
        Told the name of each image when it is done.

    Returns
    -------
    dict of str to float
        PSNR by the name of the method, in `METHODS`' order.

    Raises
    ------
    DataError
        If all images are too small, as validation leaves them out.
    """
    smallest = smallest_validated(scale)
    methods = [load(name, scale, threads=threads) for name in METHODS]
    found: dict[str, list[float]] = {method.name: [] for method in methods}
    for path in images:
        pixels = read_image(path).pixels
        if min(pixels.shape[:2]) // scale * scale >= smallest:
            hr = make_hr(pixels, scale)
            for method in methods:
                sr = measured_luma(method.upscale(make_lr(hr, scale, method.channels)), grey=hr.ndim == 2)
                found[method.name].append(measure(luma_bytes(hr), sr, "psnr", border=scale)["psnr"])
        if report is not None:
            report(path.name)
    if not found[METHODS[0]]:
        raise DataError(f"no validation image is at least {smallest} pixels per side, the least that is measured")
    return {name: float(np.mean(values)) for name, values in found.items()}


def parse_baseline(text: str) -> tuple[str, float]:
    """Read ``NAME=DECIBELS``.

    Parameters
    ----------
    text : str
        As a user gives it.

    Returns
    -------
    name : str
        Without the spaces around it.
    psnr : float
        In dB.

    Raises
    ------
    OptionError
        If the text is of another form.
    """
    name, _, value = text.rpartition("=")
    try:
        if name.strip() and math.isfinite(float(value)):
            return name.strip(), float(value)
    except ValueError:
        pass
    raise OptionError(f"a baseline must be NAME=DECIBELS, as in bicubic=28.09, got {text!r}")
