"""Published figures as printed, each with its paper, for comparison with measured means.

Set5, all 114 figures, is the table of six metrics of Dong et al., *Image Super-Resolution Using Deep Convolutional
Networks*, TPAMI 2016, compared figure by figure. Measurement agrees: bicubic by this package to the last digit, SC,
NE+LLE, ANR and A+ by their authors' programs (within 0.03, NQM 0.06), SRCNN by its authors' weights, KK by its authors'
program in PSNR (within 0.06 dB).

Set14 holds only what could be found, in tables that quote the papers: PSNR and SSIM of A+ and SRCNN, PSNR of bicubic,
ESPCN and FSRCNN in part. Bicubic and A+ are confirmed by this package (within 0.04 dB); the others are not.
The paper's own table for Set14, with SC, NE+LLE, KK, ANR and four more metrics, could not be found.
"""

from dataclasses import dataclass

_TPAMI = "Dong et al., TPAMI 2016"
_FSRCNN = "Dong, Loy, Tang, ECCV 2016"
_ESPCN = "Shi et al., CVPR 2016"
_VDSR = "Kim et al., CVPR 2016"
_QUOTED = " (as later tables quote it)"  # the paper itself was not available


@dataclass(frozen=True)
class Published:
    """One printed figure."""

    text: str  # with the digits of the paper, e.g. "33.66"
    source: str  # the paper with this figure

    @property
    def value(self) -> float:
        """The figure as a number."""
        return float(self.text)


# The row "SRCNN" of the tables is the 9-5-5 network trained on ImageNet.
_METHODS = ("bicubic", "sc", "ne-lle", "kk", "anr", "a+", "srcnn-9-5-5")
_SET5 = """
psnr     2   33.66   -       35.77   36.20   35.83   36.54   36.66
psnr     3   30.39   31.42   31.84   32.28   31.92   32.59   32.75
psnr     4   28.42   -       29.61   30.03   29.69   30.28   30.49
ssim     2   0.9299  -       0.9490  0.9511  0.9499  0.9544  0.9542
ssim     3   0.8682  0.8821  0.8956  0.9033  0.8968  0.9088  0.9090
ssim     4   0.8104  -       0.8402  0.8541  0.8419  0.8603  0.8628
ifc      2   6.10    -       7.84    6.87    8.09    8.48    8.05
ifc      3   3.52    3.16    4.40    4.14    4.52    4.84    4.58
ifc      4   2.35    -       2.94    2.81    3.02    3.26    3.01
nqm      2   36.73   -       42.90   39.49   43.28   44.58   41.13
nqm      3   27.54   27.29   32.77   32.10   33.10   34.48   33.21
nqm      4   21.42   -       25.56   24.99   25.72   26.97   25.96
wpsnr    2   50.06   -       58.45   57.15   58.61   60.06   59.49
wpsnr    3   41.65   43.64   45.81   46.22   46.02   47.17   47.10
wpsnr    4   37.21   -       39.85   40.40   40.01   41.03   41.13
ms-ssim  2   0.9915  -       0.9953  0.9953  0.9954  0.9960  0.9959
ms-ssim  3   0.9754  0.9797  0.9841  0.9853  0.9844  0.9867  0.9866
ms-ssim  4   0.9516  -       0.9666  0.9695  0.9672  0.9720  0.9725
"""

# (method, dataset, scale, metric) → printed figure and its paper.
# Kim et al., Accurate Image Super-Resolution Using Very Deep Convolutional Networks, measured SRCNN again and print
# 32.42, 29.28 and 27.49 dB for it on Set14; the figures here are those of the SRCNN paper.
_OTHERS = {
    ("fsrcnn", "Set5", 3, "psnr"): ("33.16", _FSRCNN),
    ("fsrcnn", "Set14", 2, "psnr"): ("32.63", _FSRCNN + _QUOTED),
    ("espcn", "Set5", 3, "psnr"): ("33.13", _ESPCN),
    ("espcn", "Set5", 4, "psnr"): ("30.90", _ESPCN + _QUOTED),
    ("espcn", "Set14", 3, "psnr"): ("29.49", _ESPCN + _QUOTED),
    ("espcn", "Set14", 4, "psnr"): ("27.73", _ESPCN + _QUOTED),
    ("bicubic", "Set14", 2, "psnr"): ("30.23", _TPAMI + _QUOTED),
    ("bicubic", "Set14", 3, "psnr"): ("27.54", _TPAMI + _QUOTED),
    ("bicubic", "Set14", 4, "psnr"): ("26.00", _TPAMI + _QUOTED),
    ("a+", "Set14", 2, "psnr"): ("32.28", _VDSR + _QUOTED),
    ("a+", "Set14", 3, "psnr"): ("29.13", _VDSR + _QUOTED),
    ("a+", "Set14", 4, "psnr"): ("27.32", _VDSR + _QUOTED),
    ("a+", "Set14", 2, "ssim"): ("0.9056", _VDSR + _QUOTED),
    ("a+", "Set14", 3, "ssim"): ("0.8188", _VDSR + _QUOTED),
    ("a+", "Set14", 4, "ssim"): ("0.7491", _VDSR + _QUOTED),
    ("srcnn-9-5-5", "Set14", 2, "psnr"): ("32.45", _TPAMI + _QUOTED),
    ("srcnn-9-5-5", "Set14", 3, "psnr"): ("29.30", _TPAMI + _QUOTED),
    ("srcnn-9-5-5", "Set14", 4, "psnr"): ("27.50", _TPAMI + _QUOTED),
    ("srcnn-9-5-5", "Set14", 2, "ssim"): ("0.9067", _TPAMI + _QUOTED),
    ("srcnn-9-5-5", "Set14", 3, "ssim"): ("0.8215", _TPAMI + _QUOTED),
    ("srcnn-9-5-5", "Set14", 4, "ssim"): ("0.7513", _TPAMI + _QUOTED),
}

# The paper's comparison figures give the PSNR of single images.
_PER_IMAGE = {
    ("bicubic", "Set5", 3, "butterfly", "psnr"): Published("24.04", _TPAMI),
    ("sc", "Set5", 3, "butterfly", "psnr"): Published("25.58", _TPAMI),
    ("srcnn-9-5-5", "Set5", 3, "butterfly", "psnr"): Published("27.95", _TPAMI),
}


def _read() -> dict[tuple[str, str, int, str], Published]:
    figures = {key: Published(*figure) for key, figure in _OTHERS.items()}
    for line in _SET5.strip().splitlines():
        metric, scale, *cells = line.split()
        for method, cell in zip(_METHODS, cells, strict=True):
            if cell != "-":
                figures[method, "Set5", int(scale), metric] = Published(cell, _TPAMI)
    return figures


_FIGURES = _read()


def published(method: str, dataset: str, scale: int, metric: str) -> Published | None:
    """The published figure of a method, if there is one.

    Parameters
    ----------
    method : str
        Its name.
    dataset : str
        Its name.
    scale : int
        Upscaling factor.
    metric : str
        Its name.

    Returns
    -------
    Published or None
        The mean over the dataset.
    """
    return _FIGURES.get((method, dataset, scale, metric))


def published_image(method: str, dataset: str, scale: int, image: str, metric: str) -> Published | None:
    """The published figure of a method on one image, if there is one.

    In some copies of the datasets every name ends in "_GT".

    Parameters
    ----------
    method : str
        Its name.
    dataset : str
        Its name.
    scale : int
        Upscaling factor.
    image : str
        Its name, without suffix.
    metric : str
        Its name.

    Returns
    -------
    Published or None
        The figure.
    """
    return _PER_IMAGE.get((method, dataset, scale, image.removesuffix("_GT"), metric))
