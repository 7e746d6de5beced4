"""Single-image super-resolution: methods from bicubic to CNNs, and the metrics to compare them.

The names below are imported when they are first used, so that ``import srcnn`` costs nothing.
"""

import sys

TYPE_CHECKING = False  # typing takes ten times as long to import as the rest of this file, and the command starts here
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from srcnn.degrade import degrade, enlarge, make_pair
    from srcnn.errors import (
        CancelledError,
        ClusterError,
        DataError,
        ImageError,
        MissingExtraError,
        OptionError,
        RangeError,
        ShapeError,
        SrcnnError,
        WeightsError,
    )
    from srcnn.experiments import benchmark, compare, report
    from srcnn.files.io import read_image, write_image
    from srcnn.files.picture import Picture
    from srcnn.image.arrays import to_floats, to_integers
    from srcnn.image.resize import imresize, modcrop
    from srcnn.methods import METHODS, available, load
    from srcnn.methods.base import Method
    from srcnn.metrics import METRICS, ifc, ms_ssim, nqm, psnr, ssim, wpsnr
    from srcnn.output import WriteOptions
    from srcnn.sizes import TargetSize
    from srcnn.train import train
    from srcnn.upscale import upscale
    from srcnn.upscale_file import upscale_file
    from srcnn.upscaler import Upscaler, upscale_many
    from srcnn.weights.card import Card

__all__ = [
    "METHODS",
    "METRICS",
    "CancelledError",
    "Card",
    "ClusterError",
    "DataError",
    "ImageError",
    "Method",
    "MissingExtraError",
    "OptionError",
    "Picture",
    "RangeError",
    "ShapeError",
    "SrcnnError",
    "TargetSize",
    "Upscaler",
    "WeightsError",
    "WriteOptions",
    "__version__",
    "available",
    "benchmark",
    "compare",
    "degrade",
    "enlarge",
    "ifc",
    "imresize",
    "load",
    "make_pair",
    "modcrop",
    "ms_ssim",
    "nqm",
    "psnr",
    "read_image",
    "report",
    "ssim",
    "to_floats",
    "to_integers",
    "train",
    "upscale",
    "upscale_file",
    "upscale_many",
    "wpsnr",
    "write_image",
]

_HOMES = {
    "srcnn.degrade": ("degrade", "enlarge", "make_pair"),
    "srcnn.errors": (
        "CancelledError",
        "ClusterError",
        "DataError",
        "ImageError",
        "MissingExtraError",
        "OptionError",
        "RangeError",
        "ShapeError",
        "SrcnnError",
        "WeightsError",
    ),
    "srcnn.experiments": ("benchmark", "compare", "report"),
    "srcnn.image.arrays": ("to_floats", "to_integers"),
    "srcnn.files.io": ("read_image", "write_image"),
    "srcnn.files.picture": ("Picture",),
    "srcnn.image.resize": ("imresize", "modcrop"),
    "srcnn.methods": ("METHODS", "available", "load"),
    "srcnn.methods.base": ("Method",),
    "srcnn.metrics": ("METRICS", "ifc", "ms_ssim", "nqm", "psnr", "ssim", "wpsnr"),
    "srcnn.output": ("WriteOptions",),
    "srcnn.sizes": ("TargetSize",),
    "srcnn.train": ("train",),
    "srcnn.upscale": ("upscale",),
    "srcnn.upscale_file": ("upscale_file",),
    "srcnn.upscaler": ("Upscaler", "upscale_many"),
    "srcnn.weights.card": ("Card",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:
    ModuleType = type(sys)


class _Package(ModuleType):
    """The package, on which `srcnn.upscale`, `srcnn.upscale_file` and `srcnn.degrade` are functions, not modules.

    Python binds a module to its package when it is imported, which would hide the function of the same name.
    """

    def __setattr__(self, name: str, value: "Any") -> None:
        if name not in _HOME or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


def __getattr__(name: str) -> "Any":
    if name == "__version__":
        from srcnn.version import VERSION

        return VERSION
    if name not in _HOME:
        raise AttributeError(f"module 'srcnn' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOME[name]), name)
    setattr(sys.modules[__name__], name, value)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = _Package
