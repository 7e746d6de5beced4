"""What a slow teacher makes of training images: computed once, whole images, kept in half precision beside the runs."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from srcnn.degrade import degrade
from srcnn.errors import OptionError
from srcnn.files.atomic import replacing
from srcnn.image.arrays import Bytes, Floats, as_rgb, to_floats
from srcnn.image.colour import rgb_to_ycbcr
from srcnn.nets.bsrn import SMALLEST, load_bsrn

BSRN = "bsrn"
_LARGEST_PART = 480  # LR pixels a side that are computed at once
_MARGIN = 32  # around a part: beyond, the pooled branch alone sees


@dataclass(frozen=True)
class Taught:
    """The luma that a teacher makes of an image's low-resolution version.

    Attributes
    ----------
    cache : Path
        Folder of the results, by the hash of what they were made from; shared by all runs.
    """

    net: nn.Module
    scale: int
    cache: Path

    def __call__(self, image: Bytes) -> NDArray[np.float16]:
        """What the teacher makes of an image, computed if it is not in the cache.

        Parameters
        ----------
        image : (H, W) or (H, W, 3) uint8 array
            HR, its sides multiples of the scale.

        Returns
        -------
        (H, W) float16 array
            Luma, read from the file as it is needed.
        """
        key = hashlib.sha256(
            f"{BSRN} x{self.scale} {image.shape}".encode() + np.ascontiguousarray(image).tobytes()
        ).hexdigest()
        path = self.cache / f"{key}.npy"
        if not path.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            luma = self._luma(image).astype(np.float16)
            with replacing(path) as part, part.open("wb") as file:
                np.save(file, luma)
        found: NDArray[np.float16] = np.load(path, mmap_mode="r")
        return found

    def _luma(self, image: Bytes) -> Floats:
        grey = image.ndim == 2
        hr = to_floats(as_rgb(image))
        sr = self._in_parts(np.moveaxis(degrade(hr, self.scale), 2, 0))
        # A grey training image is its own luma.
        return sr.mean(0) if grey else rgb_to_ycbcr(np.ascontiguousarray(np.moveaxis(sr, 0, 2)))[..., 0]

    def _in_parts(self, lr: Floats) -> Floats:
        """The network on an image, one of many megapixels in overlapping parts."""
        s, (height, width) = self.scale, lr.shape[1:]
        out = np.empty((3, height * s, width * s), np.float32)
        for top in range(0, height, _LARGEST_PART):
            for left in range(0, width, _LARGEST_PART):
                bottom, right = min(top + _LARGEST_PART, height), min(left + _LARGEST_PART, width)
                a, b = max(0, min(top - _MARGIN, height - SMALLEST)), max(0, min(left - _MARGIN, width - SMALLEST))
                part = torch.from_numpy(np.ascontiguousarray(lr[None, :, a : bottom + _MARGIN, b : right + _MARGIN]))
                with torch.no_grad():
                    made = self.net(part.contiguous(memory_format=torch.channels_last))[0].numpy()
                out[:, top * s : bottom * s, left * s : right * s] = made[
                    :, (top - a) * s : (bottom - a) * s, (left - b) * s : (right - b) * s
                ]
        return out


def load_taught(name: str, scale: int, data: Path, cache: Path) -> Callable[[Bytes], NDArray[np.float16]]:
    """The teacher of live patches, its weights in the folder ``teachers`` beside the images.

    Parameters
    ----------
    name : str
        "bsrn".
    scale : int
        Upscaling factor.
    data : path
        The folder of the images.
    cache : path
        Folder for what it makes of them.

    Returns
    -------
    Taught
        For 8-bit images, luma or RGB.

    Raises
    ------
    OptionError, WeightsError
        If there is no such teacher, or its weights are missing.
    """
    if name != BSRN:
        raise OptionError(f"the teacher of live patches is {BSRN!r}, got {name!r}")
    net = load_bsrn(data.resolve().parent / "teachers", scale).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Taught(net, scale, cache)
