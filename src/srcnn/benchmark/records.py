"""Saved scores: one row per (method, dataset, scale, image). Tables and plots are made from these files only.

A folder of records holds ``scores.csv``, the figures, and ``run.json``, what they were measured with: settings,
versions, weights, machine, and for every row what is no score (size, peak memory, why a metric is missing).
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from srcnn.benchmark import stored
from srcnn.errors import DataError, ImageError, reason
from srcnn.files.atomic import check_writable, write_bytes
from srcnn.options import shown

SCORES = "scores.csv"
RUN = "run.json"
_TIMES = ("seconds", "cpu_seconds")
_GROUPS = ("settings", "versions", "machine", "weights", "multiplications", "datasets", "engines")  # of a description
_BESIDE = ("shape", "peak_memory", "notes", "alone")  # what stands in the description, because it is no score


class Key(NamedTuple):
    """What a row is about.

    Attributes
    ----------
    method : str
        The method's name.
    dataset : str
        The folder's name.
    scale : int
        Upscaling factor.
    image : str
        The image's file name without suffix.
    """

    method: str
    dataset: str
    scale: int
    image: str


@dataclass(frozen=True)
class Score:
    """How well and how fast a method upscaled one image.

    Attributes
    ----------
    key : Key
        Method, dataset, scale and image.
    values : mapping of str to float
        Metric and value; a metric that cannot be taken of this image is absent.
    seconds : float
        The method's call alone, warm: the median of its repeats.
    cpu_seconds : float
        The same of all threads together; NaN where it was not measured.
    shape : (int, int) or None
        Height and width of the result.
    peak_memory : int or None
        Bytes that the process held at most during the call; None where the system does not tell.
    notes : tuple of str
        Why a metric is absent.
    alone : bool
        Whether the method had the machine for itself; otherwise seconds are not to be compared.
    """

    key: Key
    values: Mapping[str, float]
    seconds: float
    cpu_seconds: float = math.nan
    shape: tuple[int, int] | None = None
    peak_memory: int | None = None
    notes: tuple[str, ...] = ()
    alone: bool = True


@dataclass(frozen=True)
class Records:
    """A run as it is saved.

    Attributes
    ----------
    metrics : tuple of str
        What was measured, in the order of the columns.
    scores : tuple of Score
        One for each method, dataset, scale and image.
    run : mapping
        Settings, versions, weights, machine.
    """

    metrics: tuple[str, ...]
    scores: tuple[Score, ...]
    run: Mapping[str, Any]

    def __repr__(self) -> str:
        methods = len({score.key.method for score in self.scores})
        sets = ", ".join(dict.fromkeys(f"{score.key.dataset} x{score.key.scale}" for score in self.scores)) or "nothing"
        return f"Records({len(self.scores)} scores, {methods} methods on {sets}: {', '.join(self.metrics)})"


def save(records: Records, folder: Path) -> None:
    """Write ``scores.csv`` and ``run.json``, each whole or not at all.

    Parameters
    ----------
    records : Records
        The run.
    folder : path
        Made when it is not there.

    Raises
    ------
    DataError
        If a file cannot be written.
    """
    write_scores(records.scores, records.metrics, folder / SCORES)
    images = [{**score.key._asdict(), **{name: getattr(score, name) for name in _BESIDE}} for score in records.scores]
    _replace(
        folder / RUN,
        json.dumps({**records.run, "images": images}, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
    )


def check_folder(folder: Path) -> None:
    """See that `save` can write into a folder, before hours of measuring.

    Parameters
    ----------
    folder : path
        Made when it is not there.

    Raises
    ------
    DataError
        If a file cannot be written.
    """
    for name in (SCORES, RUN):
        with _writing(folder / name):
            check_writable(folder / name)


def read(folder: Path) -> Records:
    """Read what `save` wrote.

    Parameters
    ----------
    folder : path
        Holds ``scores.csv`` and ``run.json``.

    Returns
    -------
    Records
        The run.

    Raises
    ------
    DataError
        If a file is missing or is something else.
    """
    metrics, scores = read_scores(folder / SCORES)
    path = folder / RUN
    try:
        run = _description(json.loads(path.read_text(encoding="utf-8")))
        beside = dict(stored.listed(run.pop("images"), _beside))
    except KeyError as error:
        raise DataError(f"cannot read {path}, the description of a benchmark run: {error} is missing") from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}, the description of a benchmark run: {error}") from error
    return Records(metrics, tuple(replace(score, **beside.get(score.key, {})) for score in scores), run)


def _description(values: object) -> dict[str, Any]:
    """What a run was measured with; of the groups that are looked up in, each is one."""
    run = stored.table(values, lambda value: value)
    for group in _GROUPS:
        stored.table(run.get(group, {}), stored.finite if group == "multiplications" else lambda value: value)
    return run


def _beside(values: object) -> tuple[Key, dict[str, Any]]:
    """What stands in the description of a row, by the names of `Score`."""
    found = stored.table(values, lambda value: value)
    method, dataset, image = (stored.text(found[name]) for name in ("method", "dataset", "image"))
    key = Key(method, dataset, stored.whole(found["scale"]), image)
    shape = found["shape"] and stored.listed(found["shape"], stored.whole)
    if shape and len(shape) != 2:
        raise ValueError(f"shape: expected height and width, got {shown(found['shape'])}")
    peak = found["peak_memory"]
    return key, {
        "shape": shape or None,
        "peak_memory": None if peak is None else stored.whole(peak),
        "notes": stored.listed(found["notes"], stored.text),
        "alone": bool(found.get("alone", True)),
    }


def write_scores(scores: Iterable[Score], metrics: Sequence[str], path: Path) -> None:
    """Write the table of scores: columns ``method,dataset,scale,image``, the metrics, ``seconds,cpu_seconds``.

    A number is written so that reading it gives the same float64; ``inf`` is infinity, an empty cell is a metric that
    could not be taken of that image.

    Parameters
    ----------
    scores : iterable of Score
        The rows.
    metrics : sequence of str
        The columns.
    path : path
        The file.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*Key._fields, *metrics, *_TIMES))
    for score in scores:
        cells = [repr(float(score.values[metric])) if metric in score.values else "" for metric in metrics]
        writer.writerow((*score.key, *cells, f"{score.seconds:.6f}", f"{score.cpu_seconds:.6f}"))
    _replace(path, text.getvalue())


def read_scores(path: Path) -> tuple[tuple[str, ...], tuple[Score, ...]]:
    """The metrics and the rows of a table that `write_scores` wrote.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    (tuple of str, tuple of Score)
        Metrics and rows.

    Raises
    ------
    DataError
        If the file cannot be read or is not such a table; the text names the line.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read the scores {path}: {error}") from error
    n_keys, n_times = len(Key._fields), len(_TIMES)
    if (
        not rows
        or len(rows[0]) <= n_keys + n_times
        or tuple(rows[0][:n_keys]) != Key._fields
        or tuple(rows[0][-n_times:]) != _TIMES
    ):
        wanted = ",".join((*Key._fields, "<metrics>", *_TIMES))
        raise DataError(
            f"{path} is not a table of scores: its first line must be {wanted}; measure again if an older version "
            "wrote it"
        )
    metrics = tuple(rows[0][n_keys:-n_times])
    scores: dict[Key, Score] = {}
    for number, row in enumerate(rows[1:], start=2):
        try:
            method, dataset, scale, image, *cells, seconds, cpu_seconds = row
            values = {metric: stored.number(float(cell)) for metric, cell in zip(metrics, cells, strict=True) if cell}
            key = Key(method, dataset, int(scale), image)
            if key in scores:
                raise ValueError(f"{method} x{scale} on {dataset}/{image} stands in an earlier line already")
            scores[key] = Score(key, values, float(seconds), float(cpu_seconds))
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error}") from error
    return metrics, tuple(scores.values())


def mean(values: Sequence[float]) -> float:
    """Plain mean over images, as in the papers; infinite when an image's value is.

    Parameters
    ----------
    values : sequence of float
        At least one.

    Returns
    -------
    float
        Their sum over their number.
    """
    if math.inf in values and -math.inf in values:
        return math.nan
    return math.fsum(values) / len(values)


def _replace(path: Path, text: str) -> None:
    with _writing(path):
        write_bytes(path, text.encode())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Make the folder of a file that is to be written in the block, and say why where it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except ImageError as error:
        raise DataError(str(error)) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise DataError(f"cannot write {path}: {reason(error)}") from error
