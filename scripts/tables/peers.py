"""Networks of other people beside ours: their published figures, and ours from the cards."""

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.tables.markdown import Row, table
from scripts.tables.scores import cards, means
from srcnn.methods import ALIASES, resolve

SETS = ("Set5", "Set14", "BSD100", "Urban100", "Manga109")
_ALWAYS = ("srcnn-9-5-5", "espcn", "fsrcnn")  # ours, beside what the aliases stand for
_FRAME = 1280 * 720  # pixels of the result that the papers count multiplications for


@dataclass(frozen=True)
class Peer:
    """A row as papers print it; an empty text is a figure that its source does not give."""

    name: str
    scale: int
    parameters: str  # in thousands
    multiplications: str  # in 10^9, for a result of 1280x720
    psnr: tuple[str, ...]  # in the order of `SETS`
    source: str


# [1] Dong, Loy, Tang, ECCV 2016   [2] Kim, Lee, Lee, CVPR 2016   [3] Ahn, Kang, Sohn, ECCV 2018 (arXiv:1803.08664v5)
# [4] Bhardwaj et al., MLSys 2022   [5] Sun et al., ICCV 2023   [6] Wan et al., CVPR workshops 2024
# [7] Zhang et al., RCAN, ECCV 2018   [8] NTIRE 2026 Efficient Super-Resolution (arXiv:2604.03198)
_PUBLISHED = """
FSRCNN  | 2 | 12     | 6.0   | 37.00 32.63 31.53 29.88 36.67 | [1], [3], [7]
VDSR    | 2 | 665    | 612.6 | 37.53 33.03 31.90 30.76 37.22 | [2], [3], [7]
SESR-M5 | 2 | 13.52  | 3.11  | 37.39 32.84 31.70 30.33 37.07 | [4]
SESR-XL | 2 | 105.37 | 24.27 | 37.77 33.24 31.99 31.16 38.01 | [4]
CARN-M  | 2 | 412    | 91.2  | 37.53 33.26 31.92 31.23 -     | [3]
SAFMN   | 2 | 228    | 52    | 38.00 33.54 32.16 31.84 38.71 | [5]
SPAN    | 2 | 481    | -     | 38.08 33.71 32.22 32.24 38.94 | [6]
FSRCNN  | 3 | 12     | 5.0   | 33.16 29.43 28.53 26.43 31.10 | [1], [3], [7]
VDSR    | 3 | 665    | 612.6 | 33.66 29.77 28.82 27.14 32.01 | [2], [3], [7]
CARN-M  | 3 | 412    | 46.1  | 33.99 30.08 28.91 27.55 -     | [3]
SAFMN   | 3 | 233    | 23    | 34.34 30.33 29.08 27.95 33.52 | [5]
FSRCNN  | 4 | 12     | 4.6   | 30.71 27.59 26.98 24.62 27.90 | [1], [3], [7]
VDSR    | 4 | 665    | 612.6 | 31.35 28.01 27.29 25.18 28.83 | [2], [3], [7]
SESR-M5 | 4 | 18.32  | 1.05  | -     -     -     -     -     | [4]
SESR-XL | 4 | 114.97 | 6.62  | -     -     -     -     -     | [4]
CARN-M  | 4 | 412    | 32.5  | 31.92 28.42 27.44 25.62 -     | [3]
SAFMN   | 4 | 240    | 14    | 32.18 28.60 27.58 25.97 30.43 | [5]
SPAN    | 4 | 498    | -     | 32.20 28.66 27.62 26.18 30.66 | [6]
DISP    | 4 | -      | -     | -     -     -     -     -     | [8]
"""


def peers() -> Iterator[Peer]:
    """The published rows."""
    for line in _PUBLISHED.strip().splitlines():
        name, scale, parameters, multiplications, psnr, source = (cell.strip() for cell in line.split("|"))
        figures = tuple(figure.replace("-", "") for figure in psnr.split())
        yield Peer(name, int(scale), parameters.strip("-"), multiplications.strip("-"), figures, source)


def draw(scale: int) -> str:
    """All networks at a scale, those with the fewest multiplications first and those without a count last."""
    rows = [*_ours(scale), *(_published(peer) for peer in peers() if peer.scale == scale)]
    rows.sort(key=lambda row: row[0])
    return table(("network", "parameters", "multiplications", *SETS, "source"), [cells for _, cells in rows])


def _published(peer: Peer) -> tuple[float, Row]:
    count = float(peer.multiplications) * 1e9 / _FRAME if peer.multiplications else float("inf")
    parameters = f"{float(peer.parameters) * 1000:,.0f}" if peer.parameters else ""
    # Three digits: the papers print no more of them.
    return count, (peer.name, parameters, _rounded(count) if peer.multiplications else "", *peer.psnr, peer.source)


def _ours(scale: int) -> Iterator[tuple[float, Row]]:
    named = {resolve(alias): alias for alias in ALIASES}
    for name in (*_ALWAYS, *named):
        card = cards(name).get(scale)
        if card is None or card.channels != "luma":
            continue
        shown = f"**`{name}`** (`{named[name]}`)" if name in named else f"**`{name}`**"
        found = [means(name, scale, dataset) for dataset in SETS]
        figures = [f"{scores['psnr']:.2f}" if scores else "" for scores in found]
        count = card.multiplications
        yield count, (shown, f"{card.parameters:,}", _rounded(count), *figures, "its card")


def _rounded(count: float) -> str:
    return f"{float(f'{count:.3g}'):,.0f}"
