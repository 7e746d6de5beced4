"""Many small labelled grey or RGB images in rows: filters, feature maps."""

from collections.abc import Sequence

from srcnn.image.arrays import Bytes
from srcnn.visualise.canvas import Label, PlacedImage, Sheet, columns_for, line_height, magnified, resized

SMALLEST, LARGEST = 72, 160  # pixels of the longer side of a tile
GAP = 8
TITLE, NOTE, LABEL = 12.0, 9.0, 8.0  # points
_MARGIN = 14


def draw_tiles(tiles: Sequence[Bytes], labels: Sequence[str], title: str, notes: Sequence[str] = ()) -> Sheet:
    """Lay out images of one size: small ones magnified by an integer, large ones downscaled.

    Parameters
    ----------
    tiles : sequence of (H, W) or (H, W, 3) uint8 arrays
        In display order, row by row.
    labels : sequence of str
        One for each tile.
    title : str
        The line at the top.
    notes : sequence of str
        Lines below the title.

    Returns
    -------
    Sheet
        The sheet.
    """
    height, width = tiles[0].shape[:2]
    longest = max(height, width)
    if longest > LARGEST:
        size = max(1, round(height * LARGEST / longest)), max(1, round(width * LARGEST / longest))
        shown = [resized(tile, *size) for tile in tiles]
    else:
        shown = [magnified(tile, -(-SMALLEST // longest)) for tile in tiles]
    height, width = shown[0].shape[:2]
    heading = [Label(title, _MARGIN, _MARGIN, TITLE, bold=True, centred=False)]
    top = _MARGIN + line_height(TITLE) + 4
    for note in notes:
        heading.append(Label(note, _MARGIN, top, NOTE, centred=False))
        top += line_height(NOTE)
    top += GAP
    under = [Label(label, 0, 0, LABEL) for label in labels]
    cell = max(width, *(words.width for words in under)) + GAP
    step = height + 3 + line_height(LABEL) + GAP // 2
    columns = columns_for(len(shown), cell, step)
    placed, words = [], list(heading)
    for number, (tile, label) in enumerate(zip(shown, under, strict=True)):
        x, y = _MARGIN + number % columns * cell, top + number // columns * step
        placed.append(PlacedImage(tile, x + (cell - GAP - width) // 2, y))
        words.append(Label(label.text, x + (cell - GAP) / 2, y + height + 3, LABEL))
    across = max(columns * cell - GAP, *(line.width for line in heading)) + 2 * _MARGIN
    return Sheet(across, top + -(-len(shown) // columns) * step + _MARGIN // 2, tuple(placed), tuple(words))
