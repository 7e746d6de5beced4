"""Colours of the plots, and the form of a plot that follows the page around it into light, dark and print."""

from srcnn.visualise.figures import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION

SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
"""Colours of the methods."""

_PAPER = "#ffffff"
# The same hues, light enough for a dark page: each has a contrast of at least 5 to 1 with it.
_DARK = {
    BLUE: "#4ba3e3",
    VERMILION: "#f0804a",
    GREEN: "#2fbf93",
    PURPLE: "#e397c2",
    ORANGE: "#f0b429",
    SKY: "#9ad4f5",
    INK: "#e6e6e6",
}


def themed(svg: bytes) -> bytes:
    """A plot without a background, in light colours where its reader prefers a dark page.

    Parameters
    ----------
    svg : bytes
        As Matplotlib writes it, in the colours of this module.

    Returns
    -------
    bytes
        An SVG for `<img>`: the browser tells it the colour scheme of the page, and printers get the light one.
    """
    text = svg.decode().replace(f"fill: {_PAPER}", "fill: none")
    light, dark = [], []
    for number, (colour, other) in enumerate(_DARK.items()):
        text = text.replace(colour.lower(), f"var(--c{number})")
        light.append(f"--c{number}:{colour}")
        dark.append(f"--c{number}:{other}")
    rules = f"svg{{{';'.join(light)}}}@media screen and (prefers-color-scheme:dark){{svg{{{';'.join(dark)}}}}}"
    head, tag, rest = text.partition("<defs>")
    return f"{head}<style>{rules}</style>{tag}{rest}".encode()
