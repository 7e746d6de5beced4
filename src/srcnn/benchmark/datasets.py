"""Datasets of test images: folders in one data folder, listed in a fixed order."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from srcnn.benchmark.records import Key
from srcnn.errors import DataError
from srcnn.files.formats import READABLE_SUFFIXES
from srcnn.files.io import read_image
from srcnn.files.listing import list_images
from srcnn.image.arrays import Bytes, to_bytes
from srcnn.image.colour import grey_bytes
from srcnn.wear import NO_WEAR, Wear, parse_wear

DATA_VARIABLE = "SRCNN_DATA"
GREY = ":grey"
"""Behind a dataset's name: its images as grey ones, whose values go from 0 to 255.

So the SRCNN paper measured BSD200: the same errors count 255/219 as much as in luma, which is 1.32 dB of PSNR.
"""


@dataclass(frozen=True)
class Dataset:
    """A named set of images, and how they are worn after they have been downscaled.

    Attributes
    ----------
    name : str
        The folder's name; a worn set's has the name of the wear after it.
    images : tuple of path
        Sorted by file name.
    wear : Wear
        How worn the low-resolution images are.
    grey : bool
        Whether images are read as grey ones.
    """

    name: str
    images: tuple[Path, ...]
    wear: Wear = NO_WEAR
    grey: bool = False

    def read(self, path: Path) -> Bytes:
        """One of the images, in 8 bits.

        Parameters
        ----------
        path : path
            Of `images`.

        Returns
        -------
        (H, W) or (H, W, 3) uint8 array
            Grey or RGB.

        Raises
        ------
        ImageError
            If the file cannot be read.
        """
        return read_bytes(path, grey=self.grey)


def read_bytes(path: Path, *, grey: bool) -> Bytes:
    """An image in 8 bits.

    Parameters
    ----------
    path : path
        Its file.
    grey : bool
        Whether in grey, from 0 to 255.

    Returns
    -------
    (H, W) or (H, W, 3) uint8 array
        Grey or RGB.

    Raises
    ------
    ImageError
        If the file cannot be read.
    """
    pixels = to_bytes(read_image(path).pixels)
    return grey_bytes(pixels) if grey else pixels


def worn(dataset: Dataset, degradation: str) -> Dataset:
    """The same images, degraded otherwise.

    Parameters
    ----------
    dataset : Dataset
        A set as `open_dataset` gives it.
    degradation : str
        "bicubic" for the protocol's own, or a wear by its name as `srcnn.wear.parse_wear` reads it.

    Returns
    -------
    Dataset
        Named after both, as in "Set14 jpeg75".

    Raises
    ------
    OptionError
        If there is no such degradation.
    """
    if degradation == "bicubic":
        return dataset
    return replace(dataset, name=f"{dataset.name} {degradation}", wear=parse_wear(degradation))


def rows_of(job: tuple[str, int], datasets: Iterable[Dataset]) -> list[tuple[Key, Path]]:
    """The rows of a table of scores that a method fills at a scale, each with its image.

    Parameters
    ----------
    job : (str, int)
        Method and scale.
    datasets : iterable of Dataset
        What it is measured on.

    Returns
    -------
    list of (Key, path)
        In the order of datasets and names.
    """
    name, scale = job
    return [(Key(name, dataset.name, scale, path.stem), path) for dataset in datasets for path in dataset.images]


def data_folder(given: Path | None = None) -> Path:
    """The folder that holds Set5, Set14, …: the one ``given``, else the one that ``$SRCNN_DATA`` names.

    Parameters
    ----------
    given : path, optional
        What the user named.

    Returns
    -------
    path
        The folder.

    Raises
    ------
    DataError
        If neither is set, or it is not a folder.
    """
    named = given or (Path(os.environ[DATA_VARIABLE]) if os.environ.get(DATA_VARIABLE) else None)
    if named is None:
        raise DataError(
            f"no folder of images: use --data FOLDER, or set {DATA_VARIABLE} to the folder that holds Set5, Set14, …"
        )
    if not named.is_dir():
        origin = "--data" if given else DATA_VARIABLE
        raise DataError(
            f"{origin} names {named}, which is not a folder; it must hold one folder per dataset (Set5, Set14, …)"
        )
    return named


def open_dataset(name: str, data: Path) -> Dataset:
    """The images of the folder ``data/name``, sorted by file name.

    Parameters
    ----------
    name : str
        Of a folder below ``data``; with `GREY` behind it, its images are grey ones.
    data : path
        The folder that holds the datasets.

    Returns
    -------
    Dataset
        Its images.

    Raises
    ------
    DataError
        If there is no such folder or no image in it; the message names the available ones.
    """
    if name.endswith(GREY):
        colour = open_dataset(name.removesuffix(GREY), data)
        return replace(colour, name=f"{colour.name} grey", grey=True)
    folder = data / name
    # A name is one folder below ``data``; "..", "" and absolute paths would leave it.
    if name in ("", ".", "..") or Path(name).name != name or not folder.is_dir():
        there = ", ".join(dataset_names(data)) or "none"
        raise DataError(f"no dataset {name!r} in {data}; available: {there}")
    images = _images(folder)
    if not images:
        raise DataError(f"the dataset {name!r} ({folder}) holds no image ({', '.join(READABLE_SUFFIXES)})")
    stems: dict[str, Path] = {}
    for path in images:
        other = stems.setdefault(path.stem, path)
        if other != path:
            raise DataError(
                f"{other.name} and {path.name} in {folder} would have the same name in the table; rename one of them"
            )
    return Dataset(name, images)


def dataset_names(data: Path) -> tuple[str, ...]:
    """The folders in ``data`` that hold images, sorted.

    Parameters
    ----------
    data : path
        The folder that holds the datasets.

    Returns
    -------
    tuple of str
        Their names.
    """
    return tuple(sorted(folder.name for folder in data.iterdir() if folder.is_dir() and _images(folder)))


def _images(folder: Path) -> tuple[Path, ...]:
    return tuple(list_images(folder, ("*",)).images)
