"""The images of a benchmark as files: what each method made of each image, beside the originals.

Results lie where `srcnn.benchmark.sources.SavedResults` finds them: ``results/METHOD`` can be measured again.
"""

from pathlib import Path
from urllib.parse import quote

from srcnn.benchmark.records import Key
from srcnn.errors import DataError
from srcnn.files.atomic import write_bytes
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.picture import Picture
from srcnn.image.arrays import Bytes

_RESULTS, _ORIGINALS = "results", "originals"


def result_path(folder: Path, key: Key) -> Path:
    """Where a result is kept: ``results/METHOD/DATASET/xSCALE/IMAGE.png``.

    Parameters
    ----------
    folder : path
        The output folder of the benchmark.
    key : Key
        The row.

    Returns
    -------
    path
        Whether there is such a file or not; of a method that is named by a file, "/" is written "%2F".
    """
    return _path(folder / _RESULTS / quote(key.method, safe="+ "), key)


def original_path(folder: Path, key: Key) -> Path:
    """Where the original of a row is kept, cut to a multiple of the scale: ``originals/DATASET/xSCALE/IMAGE.png``.

    Parameters
    ----------
    folder : path
        The output folder of the benchmark.
    key : Key
        The row.

    Returns
    -------
    path
        Whether there is such a file or not.
    """
    return _path(folder / _ORIGINALS, key)


def save_images(folder: Path, key: Key, hr: Bytes, sr: Bytes) -> None:
    """Write a result and its original.

    Parameters
    ----------
    folder : path
        The output folder of the benchmark.
    key : Key
        The row.
    hr, sr : (H, W) or (H, W, 3) uint8 array
        Original and result.

    Raises
    ------
    DataError
        If a file cannot be written.
    """
    _write(original_path(folder, key), hr)
    _write(result_path(folder, key), sr)


def _path(folder: Path, key: Key) -> Path:
    return folder / key.dataset / f"x{key.scale}" / f"{key.image}.png"


def _write(path: Path, pixels: Bytes) -> None:
    data, _ = encode(Picture(pixels), FORMATS["PNG"])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}") from error
