"""Images of results for the page: of every set those on which the methods differ most, and where they do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srcnn.benchmark.records import Key, Records, Score
from srcnn.benchmark.saved_images import original_path, result_path
from srcnn.errors import ImageError
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes, Floats, to_bytes
from srcnn.image.colour import luma_bytes
from srcnn.report.means import format_value
from srcnn.visualise.crop import Crop, strongest

PER_TABLE = 1
"""Images shown of a dataset at a scale, unless a caller wants more or fewer."""

_LARGEST = 384  # pixels a side of the part of an image that the page holds
_WINDOW = 72  # pixels a side of what is magnified first


@dataclass(frozen=True, eq=False)
class Shown:
    """One image through all methods, or a part of it.

    Attributes
    ----------
    key : Key
        Dataset, scale and image; its method is empty.
    part : Crop
        What is held of the image.
    whole : (int, int)
        Width and height of the image.
    window : Crop
        The part of the part that differs most between the methods.
    original : (H, W) or (H, W, 3) uint8 array
        The part of the original.
    results : mapping of str to (uint8 array, str)
        By method, the part of its result and its scores as text.
    """

    key: Key
    part: Crop
    whole: tuple[int, int]
    window: Crop
    original: Bytes
    results: Mapping[str, tuple[Bytes, str]]


def shown_images(records: Records, folder: Path, count: int = PER_TABLE) -> Iterator[Shown]:
    """The images that a report shows; none where the run did not save them.

    Parameters
    ----------
    records : Records
        The run.
    folder : path
        Its output folder.
    count : int
        How many of a dataset and scale.

    Yields
    ------
    Shown
        Those first on which the first metric differs most between the methods.
    """
    if not records.run.get("saved_images") or not records.metrics or count < 1:
        return
    groups: dict[tuple[str, int], dict[str, list[Score]]] = {}
    for score in records.scores:
        if result_path(folder, score.key).exists():
            images = groups.setdefault((score.key.dataset, score.key.scale), {})
            images.setdefault(score.key.image, []).append(score)
    for images in groups.values():
        ranked = sorted(images.values(), key=lambda scores: -_spread(scores, records.metrics[0]))
        for scores in ranked[:count]:
            shown = _shown(scores, records.metrics, folder)
            if shown:
                yield shown


def _spread(scores: list[Score], metric: str) -> float:
    values = [score.values[metric] for score in scores if np.isfinite(score.values.get(metric, np.nan))]
    return max(values) - min(values) if values else 0.0


def _shown(scores: list[Score], metrics: tuple[str, ...], folder: Path) -> Shown | None:
    """The image; None where a file of it is gone or of another size."""
    key = scores[0].key
    try:
        original = to_bytes(read_image(original_path(folder, key)).pixels)
        results = {s.key.method: to_bytes(read_image(result_path(folder, s.key)).pixels) for s in scores}
    except ImageError:
        return None
    if any(pixels.shape[:2] != original.shape[:2] for pixels in results.values()):
        return None
    differences = _differences([luma_bytes(pixels) for pixels in results.values()], luma_bytes(original))
    height, width = differences.shape
    part = strongest(differences, _LARGEST, _LARGEST)
    window = strongest(part.of(differences), _WINDOW, _WINDOW)
    return Shown(
        key._replace(method=""),
        part,
        (width, height),
        window,
        part.of(original),
        {s.key.method: (part.of(results[s.key.method]), _caption(s, metrics)) for s in scores},
    )


def _differences(results: list[Bytes], original: Bytes) -> Floats:
    """How much the methods differ at every pixel; of a single one, how far it is from the original."""
    planes = np.stack([*results, original] if len(results) == 1 else results).astype(np.float32)
    return np.asarray(planes.std(axis=0))


def _caption(score: Score, metrics: tuple[str, ...]) -> str:
    return " / ".join(format_value(metric, score.values[metric]) for metric in metrics[:2] if metric in score.values)
