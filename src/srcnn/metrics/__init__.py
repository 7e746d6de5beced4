"""The six metrics of the paper's tables, and the table that names them.

All are functions ``(hr, sr, *, data_range=1.0) -> float`` on one luma plane, need NumPy only, and compute in float64 on
0 ... 255, as their definitions do.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from srcnn.errors import OptionError
from srcnn.image.arrays import Image
from srcnn.metrics import ifc as _ifc
from srcnn.metrics import nqm as _nqm
from srcnn.metrics import ssim as _ssim
from srcnn.metrics import wpsnr as _wpsnr
from srcnn.metrics.ifc import ifc
from srcnn.metrics.nqm import nqm
from srcnn.metrics.psnr import psnr
from srcnn.metrics.ssim import ms_ssim, ssim
from srcnn.metrics.wpsnr import wpsnr

__all__ = ["METRICS", "Metric", "MetricFunction", "get", "ifc", "ms_ssim", "nqm", "psnr", "ssim", "wpsnr"]


class MetricFunction(Protocol):
    """What every metric can be called like."""

    def __call__(self, hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
        """Measure ``sr`` against ``hr``.

        Parameters
        ----------
        hr, sr : array
            Ground truth and estimate, in ``[0, data_range]``.
        data_range : float
            White minus black.

        Returns
        -------
        float
            The metric's value.
        """
        ...


@dataclass(frozen=True)
class Metric:
    """One metric and what a table needs to know of it.

    Attributes
    ----------
    name : str
        As the command line takes it.
    title : str
        As the papers print it.
    function : callable
        ``function(hr, sr, *, data_range=1.0) -> float`` on one plane.
    unit : str
        "dB", "bit/px", or empty.
    higher_is_better : bool
        Whether a higher value is the better one.
    smallest_side : int
        Pixels that the shorter side must have.
    digits : int
        Decimals that the papers print.
    paper : str
        Where it is defined.
    """

    name: str  # as the command line takes it
    title: str  # as the papers print it
    function: MetricFunction
    unit: str
    higher_is_better: bool
    smallest_side: int  # pixels that the shorter side must have
    digits: int  # decimals that the papers print
    paper: str

    def __call__(self, hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
        """Measure ``sr`` against ``hr``, the same as ``function``.

        Parameters
        ----------
        hr, sr : (H, W) array
            Ground truth and estimate, in ``[0, data_range]``.
        data_range : float
            White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.

        Returns
        -------
        float
            In ``unit``.

        Raises
        ------
        ShapeError
            If the shapes differ, or the images are too small for the metric.
        RangeError
            If a value is not finite or lies outside ``[0, data_range]``.

        Examples
        --------
        >>> import numpy as np
        >>> import srcnn
        >>> round(srcnn.METRICS["psnr"](np.zeros((8, 8)), np.full((8, 8), 0.1)), 2)
        20.0
        """
        return self.function(hr, sr, data_range=data_range)

    def format(self, value: float) -> str:
        """The value with as many decimals as the papers print.

        Parameters
        ----------
        value : float
            As ``function`` gives it.

        Returns
        -------
        str
            "inf" for infinity.
        """
        return f"{value:.{self.digits}f}"


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric(
            "psnr",
            "PSNR",
            psnr,
            "dB",
            True,
            1,
            2,
            "none: a ratio of powers in decibels, 255 squared over the mean squared error",
        ),
        Metric("ssim", "SSIM", ssim, "", True, _ssim.SMALLEST_SSIM, 4, "Wang et al., TIP 2004"),
        Metric("ifc", "IFC", ifc, "bit/px", True, _ifc.SMALLEST, 2, "Sheikh, Bovik, de Veciana, TIP 2005"),
        Metric("nqm", "NQM", nqm, "dB", True, _nqm.SMALLEST, 2, "Damera-Venkata et al., TIP 2000"),
        Metric(
            "wpsnr",
            "WPSNR",
            wpsnr,
            "dB",
            True,
            _wpsnr.SMALLEST,
            2,
            "Miyahara, Kotani, Algazi, IEEE Trans. Communications 1998",
        ),
        Metric(
            "ms-ssim", "MS-SSIM", ms_ssim, "", True, _ssim.SMALLEST_MS_SSIM, 4, "Wang, Simoncelli, Bovik, Asilomar 2003"
        ),
    )
}
"""The metrics by their names, in the order of the papers' tables."""


def get(names: str | Iterable[str]) -> tuple[Metric, ...]:
    """Look up metrics by name.

    Parameters
    ----------
    names : str or iterable of str
        ``"psnr,ssim"``, ``["psnr", "ssim"]`` or ``"all"``; capitals and blanks do not matter, repeated names count
        once.

    Returns
    -------
    tuple of Metric
        In the order asked for; all six in the table's order for ``"all"``.

    Raises
    ------
    OptionError
        If a name is not a metric's, naming the nearest that is, or if there is none.
    """
    wanted = [name.strip().lower() for name in (names.split(",") if isinstance(names, str) else names)]
    wanted = list(dict.fromkeys(name for name in wanted if name))
    if not wanted:
        raise OptionError(f"no metric named; give some of {', '.join(METRICS)}, separated by commas, or all")
    for name in wanted:
        if name != "all" and name not in METRICS:
            near = difflib.get_close_matches(name, [*METRICS, "all"], n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}? " if near else ""
            raise OptionError(f"no metric is called {name!r}; {hint}There are {', '.join(METRICS)}, and all")
    return tuple(METRICS.values()) if "all" in wanted else tuple(METRICS[name] for name in wanted)
