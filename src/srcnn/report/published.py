"""Published figures as printed, each with its paper, for comparison with measured means.

Set5, all 114 figures, is the table of six metrics of Dong et al., *Image Super-Resolution Using Deep Convolutional
Networks*, TPAMI 2016, compared figure by figure. Measurement agrees: bicubic by this package to the last digit, SC,
NE+LLE, ANR and A+ by their authors' programs (within 0.03, NQM 0.06), SRCNN by its authors' weights, KK by its authors'
program in PSNR (within 0.06 dB).

Set14 and BSD200, the paper's Tables 3 and 4, were written down without a copy of the paper at hand; each figure says
so. What measurement says of them stands in ``docs/paper.md``.
PSNR of bicubic and PSNR and SSIM of SRCNN on Set14 are also in tables of later papers, which agree.
The paper's BSD200 are the 200 test images of BSDS500 in grey from 0 to 255 (`srcnn.benchmark.datasets.GREY`): so
measured, bicubic has the printed PSNR at every scale, within 0.01 dB.
"""

from dataclasses import dataclass

_TPAMI = "Dong et al., TPAMI 2016"
_FSRCNN = "Dong, Loy, Tang, ECCV 2016"
_ESPCN = "Shi et al., CVPR 2016"
_QUOTED = " (as later tables quote it)"  # the paper itself was not available
_NOT_COMPARED = " (written down without a copy of the paper)"


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

_SET14 = """
psnr     2   30.23   -       31.76   32.11   31.80   32.28   32.45
psnr     3   27.54   28.31   28.60   28.94   28.65   29.13   29.30
psnr     4   26.00   -       26.81   27.14   26.85   27.32   27.50
ssim     2   0.8687  -       0.8993  0.9026  0.9004  0.9056  0.9067
ssim     3   0.7736  0.7954  0.8076  0.8132  0.8093  0.8188  0.8215
ssim     4   0.7019  -       0.7331  0.7419  0.7352  0.7491  0.7513
ifc      2   6.09    -       7.59    6.83    7.81    8.11    7.76
ifc      3   3.41    2.98    4.14    3.83    4.23    4.45    4.26
ifc      4   2.23    -       2.71    2.57    2.78    2.94    2.74
nqm      2   40.98   -       41.34   38.86   41.79   42.61   38.95
nqm      3   33.15   29.06   37.12   35.23   37.22   38.24   35.25
nqm      4   26.15   -       31.17   29.18   31.27   32.31   30.46
wpsnr    2   47.64   -       54.47   53.85   54.57   55.62   55.39
wpsnr    3   39.72   41.66   43.22   43.56   43.36   44.25   44.32
wpsnr    4   35.71   -       37.75   38.26   37.85   38.72   38.87
ms-ssim  2   0.9813  -       0.9886  0.9890  0.9888  0.9896  0.9897
ms-ssim  3   0.9512  0.9595  0.9643  0.9653  0.9647  0.9669  0.9675
ms-ssim  4   0.9134  -       0.9317  0.9338  0.9326  0.9371  0.9376
"""
_BSD200 = """
psnr     2   28.38   -       29.67   30.02   29.72   30.14   30.29
psnr     3   25.94   26.54   26.67   26.89   26.72   27.05   27.18
psnr     4   24.65   -       25.21   25.38   25.25   25.51   25.60
ssim     2   0.8524  -       0.8886  0.8935  0.8900  0.8966  0.8977
ssim     3   0.7469  0.7729  0.7823  0.7881  0.7843  0.7945  0.7971
ssim     4   0.6727  -       0.7037  0.7093  0.7060  0.7171  0.7184
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
}

# The paper's comparison figures give the PSNR of single images.
_PER_IMAGE = {
    ("bicubic", "Set5", 3, "butterfly", "psnr"): Published("24.04", _TPAMI),
    ("sc", "Set5", 3, "butterfly", "psnr"): Published("25.58", _TPAMI),
    ("srcnn-9-5-5", "Set5", 3, "butterfly", "psnr"): Published("27.95", _TPAMI),
}


def _read() -> dict[tuple[str, str, int, str], Published]:
    figures = {key: Published(*figure) for key, figure in _OTHERS.items()}
    for dataset, table, source in (
        ("Set5", _SET5, _TPAMI),
        ("Set14", _SET14, _TPAMI + _NOT_COMPARED),
        ("BSDS500_test200 grey", _BSD200, _TPAMI + _NOT_COMPARED),
    ):
        for line in table.strip().splitlines():
            metric, scale, *cells = line.split()
            for method, cell in zip(_METHODS, cells, strict=True):
                if cell != "-":
                    figures[method, dataset, int(scale), metric] = Published(cell, source)
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
