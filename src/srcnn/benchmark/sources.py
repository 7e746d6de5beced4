"""Where the estimate of an image comes from: a method that makes it now, or a folder of results that somebody made
elsewhere.
"""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from srcnn.benchmark.machine import peak_memory, reset_peak_memory
from srcnn.benchmark.records import Key
from srcnn.errors import DataError, OptionError
from srcnn.files.formats import is_image
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes
from srcnn.image.colour import luma_bytes
from srcnn.methods import ALIASES, available
from srcnn.methods.base import TTA, Method
from srcnn.methods.model_file import is_file
from srcnn.methods.protocol import make_hr, make_lr, measured_luma

REPEATS = 5  # timed calls of a quick method
ENOUGH = 1.0  # seconds of timed calls after which no further one is made: a slow method is timed once


@dataclass(frozen=True)
class Estimate:
    """What is measured of a result, and what making it took."""

    luma: Bytes
    seconds: float = math.nan  # NaN: made elsewhere
    cpu_seconds: float = math.nan
    peak_memory: int | None = None  # bytes


class Source(Protocol):
    """Gives the estimate of an image."""

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """Of ``hr``, cut to a multiple of the scale, the estimate of the same size.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            Luma, and what it took.
        """
        ...


@dataclass(frozen=True)
class LiveMethod:
    """A method that enlarges what has been made small."""

    method: Method

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """Make it, then take the time of the method's call alone.

        The call that makes it is not timed: an engine may compile a network for every new size, which takes longer than
        to run a small one, and a user with more than one image of that size pays for it once.
        Then the median of a few calls, so that what else the machine does in one of them does not count.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            Luma, time and memory.
        """
        lr = make_lr(hr, key.scale, self.method.channels)
        known = reset_peak_memory()
        sr = self.method.upscale(lr)
        peak = peak_memory() if known else None
        walls: list[float] = []
        processors: list[float] = []
        while not walls or (len(walls) < REPEATS and sum(walls) < ENOUGH):
            wall, processor = time.perf_counter(), time.process_time()
            self.method.upscale(lr)
            walls.append(time.perf_counter() - wall)
            processors.append(time.process_time() - processor)
        return Estimate(measured_luma(sr, grey=hr.ndim == 2), median(walls), median(processors), peak)


@dataclass(frozen=True)
class SavedResults:
    """Images that are there already: ``folder/DATASET/xSCALE/PICTURE.png``, of the original's size cut to a multiple of
    the scale.
    """

    folder: Path

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """Read it.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            Luma alone.

        Raises
        ------
        DataError
            If there is none, more than one, or it has another size.
        """
        path = self.path(key)
        sr = make_hr(read_image(path).pixels, 1)
        if sr.shape[:2] != hr.shape[:2]:
            raise DataError(
                f"{path} must have {hr.shape[1]}x{hr.shape[0]} pixels, the size of the original cut to a multiple of "
                f"{key.scale}, "
                f"not {sr.shape[1]}x{sr.shape[0]}"
            )
        return Estimate(luma_bytes(sr))

    def path(self, key: Key) -> Path:
        """The one file that holds the result for a row.

        Parameters
        ----------
        key : Key
            The row.

        Returns
        -------
        path
            The file.

        Raises
        ------
        DataError
            If there is none, or more than one.
        """
        folder = self.folder / key.dataset / f"x{key.scale}"
        found = (
            [path for path in sorted(folder.glob("*")) if path.stem == key.image and is_image(path)]
            if folder.is_dir()
            else []
        )
        if len(found) != 1:
            there = " and ".join(path.name for path in found) or "no image"
            raise DataError(
                f"results are read from {folder / key.image}.png (or another lossless format); there is {there}"
            )
        return found[0]

    def digest(self, keys: tuple[Key, ...]) -> str:
        """One hash over all images that will be read.

        Parameters
        ----------
        keys : tuple of Key
            The rows.

        Returns
        -------
        str
            SHA-256 in hexadecimal digits.
        """
        digest = hashlib.sha256()
        for key in keys:
            digest.update(
                "/".join(map(str, key[1:])).encode() + b"\0" + hashlib.sha256(self.path(key).read_bytes()).digest()
            )
        return digest.hexdigest()


def check_results(results: Mapping[str, Path]) -> None:
    """Refuse results whose name is taken, or that are no folder.

    Parameters
    ----------
    results : mapping of str to path
        Folders by name.

    Raises
    ------
    OptionError
        If a name is taken or cannot be one.
    DataError
        If a folder is not there.
    """
    for name, folder in results.items():
        if (
            not name
            or "," in name
            or name == "all"
            or name in (*available(), *ALIASES)
            or name.endswith(TTA)
            or is_file(name)
        ):
            raise OptionError(
                f"results need a name of their own, got {name!r}; it must not be that of a model, nor hold a comma"
            )
        if not folder.is_dir():
            raise DataError(f"the results {name!r} should be in the folder {folder}, which is not there")
