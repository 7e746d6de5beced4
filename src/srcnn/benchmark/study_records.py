"""What a study came to, as it is saved: ``results.json`` in the study's folder. Tables and curves are made from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from srcnn.benchmark import stored
from srcnn.errors import DataError, reason
from srcnn.files.atomic import write_bytes
from srcnn.options import shown

RESULTS = "results.json"
BICUBIC = "bicubic"


def baseline_of(degradation: str) -> str:
    """The row of bicubic interpolation on images that were degraded otherwise than those of the row "bicubic".

    Parameters
    ----------
    degradation : str
        How.

    Returns
    -------
    str
        Its name.
    """
    return f"{BICUBIC}, {degradation}"


def is_baseline(name: str) -> bool:
    """Whether a row is one of bicubic interpolation.

    Parameters
    ----------
    name : str
        The row's.

    Returns
    -------
    bool
        Also of `baseline_of`.
    """
    return name == BICUBIC or name.startswith(baseline_of(""))


@dataclass(frozen=True, kw_only=True)
class StudyRecords:
    """The results of a study.

    Attributes
    ----------
    study : str
        Its name.
    dataset : str
        The test set.
    scale : int
        Upscaling factor.
    rows : mapping of str to mapping
        By variant, bicubic first: PSNR of planes in dB; of networks also parameters, steps, minutes of training,
        processor seconds for an image, and the validation's PSNR.
        Variants of another degradation stand behind a row of bicubic on their own (`baseline_of`).
    paper : mapping of str to str
        What the paper prints, by variant, where it does.
    levels : mapping of str to float
        PSNR of other methods on the test set, for level lines.
    curves : mapping of str to sequence of (int, float)
        Backpropagations and PSNR of luma, by variant, of those that kept weights on the way.
    """

    study: str
    dataset: str
    scale: int
    rows: Mapping[str, Mapping[str, float]]
    paper: Mapping[str, str]
    levels: Mapping[str, float]
    curves: Mapping[str, Sequence[tuple[int, float]]]

    @property
    def title(self) -> str:
        """As in "filter size, Set5 x3"."""
        return f"{self.study.replace('_', ' ')}, {self.dataset} x{self.scale}"

    def save(self, folder: Path) -> None:
        """Write ``results.json``.

        Parameters
        ----------
        folder : path
            An existing one.
        """
        write_bytes(folder / RESULTS, (json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n").encode())


def read_study_records(folder: Path) -> StudyRecords:
    """The results of a study.

    Parameters
    ----------
    folder : path
        What ``srcnn study`` wrote.

    Returns
    -------
    StudyRecords
        As they were saved.

    Raises
    ------
    DataError
        If there are none, or they cannot be read.
    """
    path = folder / RESULTS
    try:
        values = stored.table(json.loads(path.read_text(encoding="utf-8")), lambda value: value)
        return _records(values)
    except OSError as error:
        raise DataError(f"cannot read the results of a study, {path}: {reason(error)}") from error
    except KeyError as error:
        raise DataError(f"{path} does not hold the results of a study: {error} is missing") from error
    except ValueError as error:
        raise DataError(f"{path} does not hold the results of a study: {error}") from error


def _records(values: Mapping[str, Any]) -> StudyRecords:
    rows = stored.table(values["rows"], lambda row: stored.table(row, stored.number))
    if "Y" not in rows.get(BICUBIC, {}):
        raise ValueError(f"rows: there is no {BICUBIC!r} with its PSNR of Y, against which all are shown")
    for name, row in rows.items():
        wanted = {*rows[BICUBIC], *(("minutes",) if "seconds" in row else ())}
        if not row.keys() >= wanted:
            raise ValueError(f"rows: {name} lacks {', '.join(sorted(wanted - row.keys()))}")
    return StudyRecords(
        study=stored.text(values["study"]),
        dataset=stored.text(values["dataset"]),
        scale=stored.whole(values["scale"]),
        rows=rows,
        paper=stored.table(values["paper"], stored.text),
        levels=stored.table(values["levels"], stored.finite),
        curves=stored.table(values["curves"], lambda points: list(stored.listed(points, _point))),
    )


def _point(values: object) -> tuple[int, float]:
    if not isinstance(values, list) or len(values) != 2:
        raise ValueError(f"expected backpropagations and PSNR, got {shown(values)}")
    return stored.whole(values[0]), stored.finite(values[1])
