"""Placement of names beside points without overlap: the nearest free position of a few around each point."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 9.0  # pixels between a point and its name
RADIUS = 6.0  # radius in pixels of the marker of a point


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; y grows upwards."""

    left: float
    bottom: float
    width: float
    height: float

    def overlap(self, other: "Box") -> float:
        """The area of the intersection of two rectangles.

        Parameters
        ----------
        other : Box
            The other rectangle.

        Returns
        -------
        float
            0 where they are apart.
        """
        wide = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        high = min(self.bottom + self.height, other.bottom + other.height) - max(self.bottom, other.bottom)
        return max(wide, 0.0) * max(high, 0.0)

    def outside(self, frame: "Box") -> float:
        """The area outside a frame.

        Parameters
        ----------
        frame : Box
            What should hold the rectangle.

        Returns
        -------
        float
            0 where it does.
        """
        return self.width * self.height - self.overlap(frame)


def place(points: Sequence[tuple[float, float]], sizes: Sequence[tuple[float, float]], frame: Box) -> tuple[Box, ...]:
    """A box for the name of every point, in order.

    Parameters
    ----------
    points : sequence of (x, y)
        In pixels.
    sizes : sequence of (width, height)
        Sizes of the names.
    frame : Box
        The area for the names.

    Returns
    -------
    tuple of Box
        As few of them as can be overlap.
    """
    marks = [Box(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS) for x, y in points]
    placed: dict[int, Box] = {}
    # From the top: in a crowd, lower points find positions below the upper ones.
    for i in sorted(range(len(points)), key=lambda i: -points[i][1]):
        taken = [*placed.values(), *(mark for j, mark in enumerate(marks) if j != i)]
        boxes = _around(points[i], sizes[i])
        placed[i] = min(
            boxes, key=lambda box: sum(map(box.overlap, taken)) + 4 * box.outside(frame)
        )  # the first in a tie
    return tuple(placed[i] for i in range(len(points)))


def _around(point: tuple[float, float], size: tuple[float, float]) -> list[Box]:
    """Positions by preference: right, left, above, below, then the corners, then the same farther away."""
    (x, y), (width, height) = point, size
    boxes = []
    for gap in (GAP, 2.5 * GAP, 4 * GAP, 6 * GAP):
        for right, up in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            left = x + right * gap - (0 if right > 0 else width if right < 0 else width / 2)
            bottom = y + up * gap - (0 if up > 0 else height if up < 0 else height / 2)
            boxes.append(Box(left, bottom, width, height))
    return boxes
