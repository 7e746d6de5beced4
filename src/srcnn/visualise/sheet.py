"""The figure of the paper: the original and the results side by side, with names and scores."""

from dataclasses import replace

from srcnn.image.arrays import Bytes
from srcnn.visualise.canvas import Frame, Label, PlacedImage, Sheet, columns_for, line_height, magnified, resized
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import Crop

SMALLEST, LARGEST = 240, 1024  # longer side of a panel in pixels; others are magnified or downscaled
GAP = 14  # pixels between panels and around them
NAME, SCORE, NOTE = 11.0, 10.0, 9.0  # points
_LABEL = 5 + line_height(NAME) + line_height(SCORE)
_LONGEST = 44  # most characters of a name


def draw_sheet(comparison: Comparison, crop: Crop | None = None) -> Sheet:
    """Lay out a comparison.

    Parameters
    ----------
    comparison : Comparison
        What to show.
    crop : Crop, optional
        Show this part of every image, magnified, and at the left the whole original with a frame around the part.
        A comparison that holds only a part of an image is shown so without it.

    Returns
    -------
    Sheet
        Images are shown pixel for pixel, magnified by the same integer.
        Only images of more than 1024 pixels per side are downscaled, which a line at the bottom says.

    Raises
    ------
    OptionError
        If the crop is not inside the image.
    """
    framed = crop or comparison.part
    whole = comparison.original.pixels if comparison.around is None else comparison.around
    parts = [crop.of(result.pixels) if crop else result.pixels for result in comparison.all]
    panels, note = _fitted(parts)
    height, width = panels[0].shape[:2]
    lines = [_lines(result) for result in comparison.all]
    cell = max(width, *(words.width for pair in lines for words in pair))
    columns = columns_for(len(panels), cell + GAP, height + _LABEL + GAP)
    rows = -(-len(panels) // columns)
    left = GAP
    placed, words, frames = [], [], []
    total = GAP + rows * (height + _LABEL + GAP)
    if framed:
        overview, factor = _overview(whole, total - 2 * GAP - _LABEL)
        what = comparison.original.name
        name = Label(_shortened(comparison.title) or what, 0, GAP + overview.shape[0] + 5, NAME, bold=True)
        where = Label(f"the {what} and the part shown", 0, name.top + line_height(NAME), SCORE)
        widest = max(overview.shape[1], name.width, where.width)
        start = left + (widest - overview.shape[1]) // 2
        placed.append(PlacedImage(overview, start, GAP))
        words += [_moved(line, left + widest / 2) for line in (name, where)]
        frames.append(_frame(framed, factor, start))
        left += widest + 2 * GAP
    for number, (panel, pair) in enumerate(zip(panels, lines, strict=True)):
        x = left + number % columns * (cell + GAP)
        y = GAP + number // columns * (height + _LABEL + GAP)
        placed.append(PlacedImage(panel, x + (cell - width) // 2, y))
        words += [_moved(line, x + cell / 2, y + height + 5) for line in pair]
    foot = Label(_foot(comparison, crop, note), GAP, total, NOTE, centred=False)
    across = max(left + columns * (cell + GAP), foot.width + 2 * GAP)
    return Sheet(across, total + line_height(NOTE) + GAP // 2, tuple(placed), (*words, foot), tuple(frames))


def _fitted(parts: list[Bytes]) -> tuple[list[Bytes], str]:
    """The panels at display size, and a description of the magnification."""
    height, width = parts[0].shape[:2]
    longest = max(height, width)
    if longest > LARGEST:
        size = max(1, round(height * LARGEST / longest)), max(1, round(width * LARGEST / longest))
        return [resized(part, *size) for part in parts], f"reduced from {width}x{height} to {size[1]}x{size[0]} pixels"
    times = -(-SMALLEST // longest)
    note = f"magnified {times} times" if times > 1 else "shown pixel for pixel"
    return [magnified(part, times) for part in parts], note


def _overview(whole: Bytes, height: int) -> tuple[Bytes, float]:
    """The whole image at the height of the panels beside it, and its magnification."""
    rows, columns = whole.shape[:2]
    factor = min(height / rows, LARGEST / columns)
    return resized(whole, max(1, round(rows * factor)), max(1, round(columns * factor))), factor


def _frame(part: Crop, factor: float, left: int) -> Frame:
    return Frame(left + part.x * factor, GAP + part.y * factor, part.width * factor, part.height * factor)


def _lines(result: Result) -> tuple[Label, Label]:
    return Label(_shortened(result.name), 0, 0, NAME, bold=True), Label(result.caption, 0, line_height(NAME), SCORE)


def _moved(words: Label, x: float, down: float = 0.0) -> Label:
    return replace(words, x=x, top=words.top + down)


def _shortened(name: str) -> str:
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}"


def _foot(comparison: Comparison, crop: Crop | None, note: str) -> str:
    name = f"{_shortened(comparison.title)}, " if comparison.title else ""
    whole = comparison.original.pixels if comparison.around is None else comparison.around
    size = f"{whole.shape[1]}x{whole.shape[0]} pixels"
    part = crop or comparison.part
    if part and (part.height, part.width) != whole.shape[:2]:
        size = f"{part.width}x{part.height} of {size}"
    measured = " PSNR and SSIM: luma of the whole image." if comparison.measured else ""
    return f"{name}x{comparison.scale}: {size}, {note}.{measured}"
