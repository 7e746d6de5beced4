"""Draw examples/chart.png, the low-resolution image that ``make demo`` enlarges: lines, letters, textures and colours.

Everything is drawn four times larger, from formulas without any randomness, and brought down by the package's own
bicubic, as the evaluation protocol makes low-resolution images.

    python scripts/make_chart.py [OUTPUT.png]
"""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from srcnn.files.io import write_image
from srcnn.files.picture import Picture
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.resize import imresize

SCALE = 4
WIDTH, HEIGHT = 192, 160  # of the low-resolution image
PAPER, INK, RED, BLUE, GOLD, GREEN = (
    (247, 243, 232),
    (28, 32, 44),
    (200, 52, 48),
    (32, 84, 150),
    (232, 168, 40),
    (46, 125, 80),
)

Planes = NDArray[np.float64]


def main(output: Path) -> None:
    large = draw()
    small = imresize(to_floats(large, np.float64), Fraction(1, SCALE))
    write_image(output, Picture(to_integers(small)))


def draw() -> NDArray[np.uint8]:
    """The chart at four times its size; every call takes small-image coordinates."""
    canvas = np.empty((HEIGHT * SCALE, WIDTH * SCALE, 3))
    canvas[:] = PAPER
    paste(canvas, 6, 6, star(60, 48))
    paste(canvas, 72, 6, zone_plate(48))
    paste(canvas, 126, 6, landscape(60, 48))
    paste(canvas, 6, 96, bars(60, 22))
    paste(canvas, 72, 96, weave(48, 22))
    paste(canvas, 126, 96, scales_of_a_fish(60, 22))
    paste(canvas, 6, 124, spectrum(120, 9))
    paste(canvas, 6, 136, wedges(120, 18))
    image = Image.fromarray(np.floor(canvas + 0.5).astype(np.uint8))
    letters(image)
    flower(image, 158, 138, 17)
    return np.asarray(image)


def paste(canvas: Planes, left: int, top: int, patch: Planes) -> None:
    """Lay a patch onto the canvas."""
    canvas[top * SCALE : top * SCALE + patch.shape[0], left * SCALE : left * SCALE + patch.shape[1]] = patch


def grid(width: int, height: int) -> tuple[Planes, Planes]:
    """Coordinates of the large pixels' centres, in small pixels."""
    y, x = np.mgrid[: height * SCALE, : width * SCALE]
    return (x + 0.5) / SCALE, (y + 0.5) / SCALE


def mix(amount: Planes, one: tuple[int, int, int], other: tuple[int, int, int]) -> Planes:
    """Colours between two, (H, W, 3), by an amount in [0, 1] that is clipped."""
    amount = np.clip(amount, 0, 1)[..., None]
    return np.asarray(amount * np.array(one, float) + (1 - amount) * np.array(other, float))


def edge(distance: Planes) -> Planes:
    """1 inside, 0 outside, a large pixel's width between: a signed distance in small pixels made into coverage."""
    return np.clip(0.5 - distance * SCALE, 0, 1)


def star(width: int, height: int) -> Planes:
    """A Siemens star: lines at every angle, finer toward the middle."""
    x, y = grid(width, height)
    dx, dy = x - width / 2, y - height / 2
    radius, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    spokes = 28
    distance = np.sin(angle * spokes / 2) * radius * 2 / spokes  # about the distance to the nearest boundary of a spoke
    dark = edge(distance) * edge(radius - (height / 2 - 1))
    dark[radius < 3.2] = 0
    ring = edge(np.abs(radius - (height / 2 - 1)) - 0.5) + edge(radius - 1.4)
    return mix(dark + ring, INK, PAPER)


def zone_plate(size: int) -> Planes:
    """Rings whose spacing shrinks outward, to 2.6 small pixels at the rim."""
    x, y = grid(size, size)
    radius = np.hypot(x - size / 2, y - size / 2)
    rings = 0.5 + 0.5 * np.cos(np.pi * radius**2 / (size / 2 * 2.6))
    disc = edge(radius - (size / 2 - 1))
    return mix(rings * disc + (1 - disc), PAPER, BLUE)


def landscape(width: int, height: int) -> Planes:
    """Sky, sun, three ridges and water: soft gradients next to hard curved edges."""
    x, y = grid(width, height)
    picture = mix(y / 34, (250, 196, 128), (66, 116, 180))
    sun = edge(np.hypot(x - 42, y - 14) - 6.5)
    picture = picture * (1 - sun[..., None]) + sun[..., None] * np.array((255, 236, 170.0))
    ridges: list[tuple[Planes, tuple[int, int, int]]] = [
        (23 + 4.5 * np.sin(x / 7.1) + 1.6 * np.sin(x / 2.3 + 1), (104, 116, 158)),
        (29 + 3.5 * np.sin(x / 9.3 + 2) + 1.1 * np.sin(x / 1.7), (62, 92, 112)),
        (35 + 2.2 * np.sin(x / 5.7 + 4) + 0.9 * np.abs(np.sin(x * 1.3)), (34, 66, 60)),
    ]
    for crest, colour in ridges:
        land = edge(crest - y)[..., None]
        picture = picture * (1 - land) + land * np.array(colour, float)
    ripples = 0.5 + 0.5 * np.sin((y - 40) * 3.4 + 1.2 * np.sin(x / 3.1))
    water = mix(ripples, (94, 146, 178), (30, 78, 112))
    shore = edge(40 - y)[..., None]
    return np.asarray(picture * (1 - shore) + shore * water)


def bars(width: int, height: int) -> Planes:
    """Upright bars, 6 to 2.5 small pixels apart."""
    x, _ = grid(width, height)
    pitches = (6.0, 4.5, 3.5, 3.0, 2.5)
    each = width / len(pitches)
    block = np.minimum((x // each).astype(int), len(pitches) - 1)
    pitch = np.array(pitches)[block]
    inside = x - block * each
    phase = np.abs((inside / pitch) % 1 - 0.5) * pitch  # distance from the middle of the gap
    dark = edge(pitch / 4 - phase) * (inside < each - 2)
    return mix(dark, INK, PAPER)


def weave(width: int, height: int) -> Planes:
    """Cloth: threads over and under, at an angle."""
    x, y = grid(width, height)
    u, v = (x + 0.35 * y) / 3.1, (y - 0.35 * x) / 3.1
    over = (np.floor(u) + np.floor(v)) % 2 == 0
    along = np.where(over, np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5))
    shade = np.cos(along * np.pi) ** 0.7
    return np.where(
        over[..., None], mix(shade, (206, 92, 70), (86, 24, 30)), mix(shade, (240, 196, 120), (120, 74, 30))
    )


def scales_of_a_fish(width: int, height: int) -> Planes:
    """Overlapping scales with a highlight each."""
    x, y = grid(width, height)
    pitch = 6.0
    picture = np.zeros((*x.shape, 3))
    picture[:] = (24, 70, 84)
    for row in range(int(height / 3) + 3, -2, -1):
        centre_x = (np.floor(x / pitch - 0.5 * (row % 2)) + 0.5 + 0.5 * (row % 2)) * pitch
        radius = np.hypot(x - centre_x, (y - row * 3.0) * 1.15)
        cover = edge(radius - 3.4)[..., None]
        tint = mix(1 - radius / 3.4 + 0.25 * np.sin(row * 2.2 + centre_x), (186, 226, 206), (30, 104, 112))
        rim = edge(np.abs(radius - 3.1) - 0.3)[..., None]
        tint = tint * (1 - rim) + rim * np.array((18, 52, 64.0))
        picture = picture * (1 - cover) + cover * tint
    return picture


def spectrum(width: int, height: int) -> Planes:
    """All hues from left to right, paler downward."""
    x, y = grid(width, height)
    phase = 2 * np.pi * x / width
    hue = np.stack([0.5 + 0.5 * np.cos(phase - shift) for shift in (0, 2 * np.pi / 3, 4 * np.pi / 3)], axis=-1)
    pale = (y / height)[..., None] * 0.55
    return np.asarray(255 * (hue * (1 - pale) + pale) * 0.95)


def wedges(width: int, height: int) -> Planes:
    """Lines of one width at angles of 4 to 60 degrees: staircases when enlarged badly."""
    x, y = grid(width, height)
    angles = (4.0, 10.0, 20.0, 35.0, 60.0)
    each = width / len(angles)
    block = np.minimum((x // each).astype(int), len(angles) - 1)
    angle = np.radians(np.array(angles))[block]
    across = (x - block * each - each / 2) * np.sin(angle) - (y - height / 2) * np.cos(angle)
    pitch = 4.5
    dark = edge(np.abs((across / pitch) % 1 - 0.5) * pitch - 0.85)
    dark *= x - block * each < each - 2
    return mix(dark, INK, PAPER)


def letters(image: Image.Image) -> None:
    """Words in five sizes, down to what can only be guessed at the small size."""
    pen = ImageDraw.Draw(image)
    lines: list[tuple[float, float, float, str, tuple[int, int, int]]] = [
        (6, 55, 19, "SRCNN", RED),
        (76, 56, 11, "Small image,", INK),
        (76, 67, 8.5, "made sharper and larger", BLUE),
        (6, 76.5, 8, "The quick brown fox jumps over 13 lazy dogs.", INK),
        (6, 86, 6.5, "Sphinx of black quartz, judge my vow: 0123456789 @ % & ?", INK),
    ]
    for left, top, size, text, colour in lines:
        pen.text((left * SCALE, top * SCALE), text, fill=colour, font=ImageFont.load_default(size * SCALE))


def flower(image: Image.Image, centre_x: float, centre_y: float, radius: float) -> None:
    """Petals with thin outlines: curves in every direction."""
    pen = ImageDraw.Draw(image)
    for ring, (share, count, colour) in enumerate(((1.0, 12, RED), (0.7, 10, GOLD), (0.42, 8, GREEN))):
        for petal in range(count):
            angle = 2 * np.pi * (petal + 0.5 * (ring % 2)) / count
            points = petal_outline(centre_x, centre_y, radius * share, angle, np.pi / count)
            pen.polygon(points, fill=colour)
            pen.line([*points, points[0]], fill=INK, width=2)
    middle = 0.13 * radius
    box: Any = [
        (centre_x - middle) * SCALE,
        (centre_y - middle) * SCALE,
        (centre_x + middle) * SCALE,
        (centre_y + middle) * SCALE,
    ]
    pen.ellipse(box, fill=INK)


def petal_outline(x: float, y: float, length: float, angle: float, half: float) -> list[tuple[float, float]]:
    """Corners of one petal, in large pixels."""
    t = np.linspace(0, 1, 40)
    along = np.concatenate([t, t[::-1]]) * length
    side = np.concatenate([np.sin(np.pi * t), -np.sin(np.pi * t[::-1])]) * length * np.tan(half) * 0.9
    xs = x + along * np.cos(angle) - side * np.sin(angle)
    ys = y + along * np.sin(angle) + side * np.cos(angle)
    return [(float(a) * SCALE, float(b) * SCALE) for a, b in zip(xs, ys, strict=True)]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "examples" / "chart.png")
