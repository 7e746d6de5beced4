"""The images of the page: the same window of every result side by side, and a chooser that moves it."""

import base64
from collections.abc import Iterable, Mapping
from html import escape

from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes
from srcnn.report.means import title
from srcnn.report.named import Named
from srcnn.report.score_tables import link
from srcnn.report.shown import Shown

_SIDES = (36, 48, 72, 96, 144, 192, 288, 384)  # pixels of the window that a reader can choose


def shown_sections(shown: Iterable[Shown], methods: Mapping[str, Named], metrics: tuple[str, ...] = ()) -> str:
    """All images.

    Parameters
    ----------
    shown : iterable of Shown
        What there is to show.
    methods : mapping of str to Named
        Of the report.
    metrics : tuple of str
        What the scores of a result are, in their order.

    Returns
    -------
    str
        HTML; empty without images.
    """
    body = "\n".join(_section(image, methods) for image in shown)
    if not body:
        return ""
    scores = f" Scores are {' / '.join(map(title, metrics[:2]))} of the whole image." if metrics else ""
    return (
        "<p>Of each set the image on which the methods differ most, and of it the window in which they do; "
        f"the sliders and the image at the left move it.{scores}</p>{body}"
    )


def _section(shown: Shown, methods: Mapping[str, Named]) -> str:
    height, width = shown.original.shape[:2]
    side = min(shown.window.width, shown.window.height)
    heading = f"{shown.key.image}, {shown.key.dataset} x{shown.key.scale}"
    whole = f"{shown.whole[0]}×{shown.whole[1]} pixels"
    if (width, height) != shown.whole:
        whole = f"{width}×{height} of {whole}, at {shown.part.x}, {shown.part.y}"
    crops = [_crop("original", whole, shown.original, f"{heading}: original")]
    crops += [
        _crop(link(methods[name]), escape(scores), pixels, f"{heading}: {name}")
        for name, (pixels, scores) in shown.results.items()
    ]
    options = "".join(
        f'<option value="{n}"{" selected" if n == side else ""}>{n}×{n}</option>'
        for n in sorted({*_SIDES, side})
        if n <= min(width, height)
    )
    return (
        f'<section class="shown" data-width="{width}" data-height="{height}" '
        f'style="--w:{width};--h:{height};--x:{shown.window.x};--y:{shown.window.y};--side:{side}">'
        f"<h3>{escape(heading)}</h3>"
        f'<div class="chooser" hidden><div class="whole"><img alt="" draggable="false"><div class="frame"></div></div>'
        f'<label>across <input type="range" name="x" min="0" max="{width - side}" value="{shown.window.x}"></label>'
        f'<label>down <input type="range" name="y" min="0" max="{height - side}" value="{shown.window.y}"></label>'
        f'<label>window <select name="side">{options}</select></label></div>'
        f'<div class="crops">{"".join(crops)}</div></section>'
    )


def _crop(name: str, text: str, pixels: Bytes, alt: str) -> str:
    data, _ = encode(Picture(pixels), FORMATS["PNG"])
    source = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
    return (
        f'<figure><div class="crop"><img src="{source}" alt="{escape(alt)}" draggable="false"></div>'
        f"<figcaption>{name}<small>{text}</small></figcaption></figure>"
    )
