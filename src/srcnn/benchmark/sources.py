"""Sources of the estimate of an image: a method that computes it, or a folder with results of another program."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from srcnn.benchmark.records import Key
from srcnn.benchmark.timing import timed
from srcnn.degrade import degrade
from srcnn.errors import DataError, OptionError
from srcnn.estimate.tables import libjpeg_table
from srcnn.files.formats import is_image
from srcnn.files.io import read_image
from srcnn.files.picture import Metadata, Picture
from srcnn.image.arrays import Bytes, as_rgb, to_floats, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.methods import ALIASES, available
from srcnn.methods.base import TTA, Method, Options
from srcnn.methods.model_file import is_file
from srcnn.methods.protocol import in_colour, make_hr, make_lr, measured_luma
from srcnn.upscale import upscale
from srcnn.wear import Wear, wear_down


@dataclass(frozen=True, eq=False)
class Estimate:
    """A result, and the time and memory it took."""

    luma: Bytes
    image: Bytes  # as it is shown, in colour where the ground truth is
    seconds: float = math.nan  # NaN: result of another program
    cpu_seconds: float = math.nan
    peak_memory: int | None = None  # bytes


class Source(Protocol):
    """Provides the estimate of an image."""

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """The estimate of ``hr``, which is cropped to a multiple of the scale; both have the same size.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            The result, and what it took.
        """
        ...


@dataclass(frozen=True)
class LiveMethod:
    """A method that upscales the downscaled image.

    Attributes
    ----------
    method : Method
        What upscales.
    in_colour : bool
        Whether the image of an estimate has colours; it is luma otherwise, which takes no further time.
    """

    method: Method
    in_colour: bool = False

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """Compute the estimate, then time the call of the method alone.

        The first call is not timed: an engine may compile a network for every new size, which takes longer than running
        a small one, and a user with several images of that size pays for it once.
        The time is the median of a few calls, so that other activity of the machine during one call does not count.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            Result, time and memory.
        """
        lr = make_lr(hr, key.scale, self.method.channels)
        sr, seconds, cpu_seconds, peak = timed(lambda: self.method.upscale(lr))
        luma = measured_luma(sr, grey=hr.ndim == 2)
        image = in_colour(sr, hr, key.scale) if self.in_colour else luma
        return Estimate(luma, image, seconds, cpu_seconds, peak)


@dataclass(frozen=True)
class WornImages:
    """A method that upscales worn images as a user's files are upscaled: `srcnn.upscale` of what was read.

    A model that is told the wear finds it out for itself, and the whole call is timed.

    Attributes
    ----------
    clean : LiveMethod
        The method, for the datasets that are not worn.
    wears : mapping of str to Wear
        How worn the images of the other datasets are, by name.
    options : Options
        How to compute.
    model : str
        The method, as `srcnn.upscale` takes it.
    """

    clean: LiveMethod
    wears: Mapping[str, Wear]
    options: Options
    model: str

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """Make it from the worn image, timed as `LiveMethod.estimate` does.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            Result, time and memory.
        """
        if key.dataset not in self.wears:
            return self.clean.estimate(key, hr)
        lr = to_integers(degrade(to_floats(as_rgb(hr)), key.scale))
        wear = self.wears[key.dataset]
        table = None if wear.quality is None else tuple(int(n) for n in libjpeg_table(round(wear.quality)))
        image = Picture(wear_down(lr, wear), metadata=Metadata(quantisation=table))
        threads, engine = self.options.threads, self.options.engine
        sr, seconds, cpu_seconds, peak = timed(
            lambda: upscale(image, key.scale, self.model, threads=threads, engine=engine).pixels
        )
        return Estimate(luma_bytes(sr), sr, seconds, cpu_seconds, peak)


@dataclass(frozen=True)
class SavedResults:
    """Images that are there already: ``folder/DATASET/xSCALE/IMAGE.png``, of the original's size cut to a multiple of
    the scale.
    """

    folder: Path

    def estimate(self, key: Key, hr: Bytes) -> Estimate:
        """Read the result.

        Parameters
        ----------
        key : Key
            The row.
        hr : uint8 array
            Ground truth.

        Returns
        -------
        Estimate
            The result alone.

        Raises
        ------
        DataError
            If there is no result, more than one, or it has another size.
        """
        path = self.path(key)
        sr = make_hr(read_image(path).pixels, 1)
        if sr.shape[:2] != hr.shape[:2]:
            raise DataError(
                f"{path} must have {hr.shape[1]}x{hr.shape[0]} pixels, the size of the original cropped to a "
                f"multiple of {key.scale}, not {sr.shape[1]}x{sr.shape[0]}"
            )
        return Estimate(luma_bytes(sr), sr)

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
    """Refuse results whose name is taken, or whose folder does not exist.

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
                f"results need a unique name, got {name!r}; it must not be the name of a model or contain a comma"
            )
        if not folder.is_dir():
            raise DataError(f"the results {name!r} must be in the folder {folder}, which does not exist")
