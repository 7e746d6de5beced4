"""What a study came to, as it is saved: ``results.json`` in the study's folder. Tables and curves are made from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from srcnn.errors import DataError
from srcnn.files.atomic import write_bytes

RESULTS = "results.json"
BICUBIC = "bicubic"


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
        values = json.loads(path.read_text(encoding="utf-8"))
        curves = {str(name): [(int(n), float(db)) for n, db in points] for name, points in values["curves"].items()}
        return StudyRecords(**{**values, "curves": curves})
    except OSError as error:
        raise DataError(f"cannot read the results of a study, {path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path} does not hold the results of a study: {error}") from error
