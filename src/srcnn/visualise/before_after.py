"""An interactive page with a slider between two images of a comparison.

It is one self-contained file.
"""

import base64
import json
from html import escape
from pathlib import Path

from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes
from srcnn.visualise.comparison import Comparison
from srcnn.visualise.crop import Crop
from srcnn.web import PARTS, bundled, filled, joined, policy

_HERE = Path(__file__)


def before_after_page(comparison: Comparison, crop: Crop | None = None) -> str:
    """The page, with every image embedded as PNG.

    It opens with the first method to the left and the last to the right of the slider, and shows the ``crop`` if given.

    Parameters
    ----------
    comparison : Comparison
        What is shown.
    crop : Crop, optional
        A part of the image.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    OptionError
        If the crop is not inside the image.
    """
    if crop:
        crop.of(comparison.original.pixels)
    height, width = comparison.original.pixels.shape[:2]
    images = [
        {
            "name": result.name,
            "caption": "" if result is comparison.original else result.caption,
            "source": _inline(result.pixels),
        }
        for result in comparison.all
    ]
    data = {
        "images": images,
        "width": width,
        "height": height,
        "left": 1,
        "right": len(images) - 1 if len(images) > 2 else 0,
        "measured": comparison.measured,
        "part": [crop.x, crop.y, crop.width, crop.height] if crop else None,
    }
    title = f"{comparison.title} x{comparison.scale}".strip()
    script = bundled(_HERE.with_suffix(".js"))
    style = joined([PARTS / "colours.css", PARTS / "slider.css", _HERE.with_suffix(".css")])
    parts = {
        "title": escape(title),
        # "<" would end the script if a name contained "</script>".
        "data": json.dumps(data, ensure_ascii=True).replace("<", "\\u003c"),
        "script": script,
        "style": style,
        "policy": policy(style, script, {"img-src": "data:"}),
    }
    return filled(_HERE.with_suffix(".html").read_text(encoding="utf-8"), parts)


def _inline(pixels: Bytes) -> str:
    data, _ = encode(Picture(pixels), FORMATS["PNG"])
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
