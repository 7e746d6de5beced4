"""Score files: one pair of images or two folders of them, and what was done to them beside the figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from srcnn.errors import DataError, OptionError, ShapeError
from srcnn.files.formats import READABLE_SUFFIXES, is_image
from srcnn.files.io import read_image
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes, to_bytes
from srcnn.image.resize import modcrop
from srcnn.metrics import get
from srcnn.metrics.explain import Convention, explain
from srcnn.metrics.protocol import luma_pair, measure


@dataclass(frozen=True)
class Comparison:
    """The figures of one pair."""

    hr: str  # file names, without folders
    sr: str
    height: int  # of what was measured, the border cut
    width: int
    luma: str  # what plane was measured
    values: dict[str, float]  # metric to value
    notes: tuple[str, ...] = ()  # what else was done to the images
    conventions: tuple[Convention, ...] = ()  # the same pair measured otherwise, when that was asked for


@dataclass(frozen=True)
class Report:
    """All pairs, and the protocol they were measured by."""

    metrics: tuple[str, ...]
    border: int
    scale: int | None
    pairs: tuple[Comparison, ...]

    @property
    def mean(self) -> dict[str, float]:
        """Plain mean of every metric over the pairs, as papers print it."""
        return {name: sum(pair.values[name] for pair in self.pairs) / len(self.pairs) for name in self.metrics}

    @property
    def protocol(self) -> dict[str, str | int | None]:
        """What was done to the images, for people to read."""
        kinds = list(dict.fromkeys(pair.luma for pair in self.pairs))
        return {
            "luma": ", ".join(kinds),
            "rounding": "8 bits, half up",
            "border": self.border,
            "scale": self.scale,
            "data_range": 255,
        }


def compare(
    hr: str | Path,
    sr: str | Path,
    *,
    metrics: str | Iterable[str] = "psnr,ssim",
    scale: int | None = None,
    border: int | None = None,
    with_conventions: bool = False,
) -> Report:
    """Score an image against its ground truth, or every image of a folder.

    Parameters
    ----------
    hr, sr : path
        Two files or two folders. Images in folders belong together when their names without the suffix are equal.
    metrics : str or iterable of str
        Names as `srcnn.metrics.get` takes them.
    scale : int, optional
        Upscaling factor: ground truth is cut at the bottom and right to a multiple of it, as the protocol does.
    border : int, optional
        Pixels left out on every side; ``scale`` when not given, 0 when neither is.
    with_conventions : bool
        Also measure every pair by the other conventions in use (`srcnn.metrics.explain`).

    Returns
    -------
    Report
        Pairs in the order of their names.

    Raises
    ------
    DataError
        If a path is missing, one is a file and the other a folder, or the folders do not hold the same images.
    ImageError
        If an image cannot be read.
    ShapeError
        If sizes differ, or an image is too small for a metric.
    """
    chosen = tuple(metric.name for metric in get(metrics))
    if scale is not None and scale < 1:
        raise OptionError(f"scale must be a whole number of at least 1, got {scale}")
    if border is None:
        border = scale or 0
    if border < 0:
        raise OptionError(f"border must not be negative, got {border}")
    pairs = []
    for hr_path, sr_path in match(Path(hr), Path(sr)):
        try:
            pairs.append(_compare_files(hr_path, sr_path, chosen, scale, border, with_conventions))
        except ShapeError as error:
            raise ShapeError(f"{hr_path.name} and {sr_path.name}: {error}") from error
    return Report(chosen, border, scale, tuple(pairs))


def match(hr: Path, sr: Path) -> list[tuple[Path, Path]]:
    """Pair two files, or the images of two folders by their names without suffix, sorted.

    Parameters
    ----------
    hr, sr : path
        Two files or two folders.

    Returns
    -------
    list of (path, path)
        Pairs of files.

    Raises
    ------
    DataError
        If a path is missing, one is a file and the other a folder, or the folders do not hold the same images.
    """
    for path in (hr, sr):
        if not path.exists():
            raise DataError(f"there is no file or folder {path}")
    if hr.is_dir() != sr.is_dir():
        raise DataError(f"give two images or two folders: of {hr} and {sr}, only one is a folder")
    if not hr.is_dir():
        return [(hr, sr)]
    truths, estimates = _images(hr), _images(sr)
    for lacking, folder in ((truths.keys() - estimates.keys(), sr), (estimates.keys() - truths.keys(), hr)):
        if lacking:
            names = ", ".join(sorted(lacking)[:5]) + (", ..." if len(lacking) > 5 else "")
            raise DataError(
                f"{folder} has no image for {names}; both folders must hold the same names (suffixes may differ)"
            )
    return [(truths[name], estimates[name]) for name in sorted(truths)]


def _images(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not is_image(path):
            continue
        if path.stem in found:
            raise DataError(f"{folder} holds two images with the same name: {found[path.stem].name} and {path.name}")
        found[path.stem] = path
    if not found:
        raise DataError(f"{folder} holds no images ({', '.join(READABLE_SUFFIXES)})")
    return found


def _compare_files(
    hr_path: Path, sr_path: Path, metrics: tuple[str, ...], scale: int | None, border: int, with_conventions: bool
) -> Comparison:
    truth, estimate = read_image(hr_path), read_image(sr_path)
    hr, sr = to_bytes(truth.pixels), to_bytes(estimate.pixels)
    notes = _notes(truth, estimate)
    if scale is not None and sr.shape[:2] != hr.shape[:2]:
        cut = modcrop(hr, scale)
        notes += (f"hr cropped from {_size(hr)} to {_size(cut)}, a multiple of {scale}",)
        hr = cut
    if hr.shape[:2] != sr.shape[:2]:
        hint = (
            ""
            if scale is not None
            else "; with --scale N, hr is cropped at the bottom and right to a multiple of N, as the protocol does"
        )
        raise ShapeError(f"hr has {_size(hr)} pixels and sr {_size(sr)}; they must have the same size{hint}")
    luma = luma_pair(hr, sr)
    return Comparison(
        hr=hr_path.name,
        sr=sr_path.name,
        height=hr.shape[0] - 2 * border,
        width=hr.shape[1] - 2 * border,
        luma="grey as stored" if hr.ndim == sr.ndim == 2 else "BT.601 studio range",
        values=measure(*luma, metrics, border=border),
        notes=notes,
        conventions=explain(hr, sr, metrics=metrics, border=border, scale=scale) if with_conventions else (),
    )


def _notes(hr: Picture, sr: Picture) -> tuple[str, ...]:
    notes = []
    if hr.pixels.ndim != sr.pixels.ndim:
        notes.append("one image is grey and the other has colour: grey is used as equal red, green and blue")
    for name, image in (("hr", hr), ("sr", sr)):
        if image.bits != 8:
            notes.append(f"{name} converted from {image.bits} to 8 bits")
        if image.alpha is not None:
            notes.append(f"transparency of {name} ignored")
        notes += [f"{name}: {note}" for note in image.metadata.notes]
    return tuple(notes)


def _size(image: Bytes) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
