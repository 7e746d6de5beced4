"""ANR and A+: the linear regressor of the nearest atom maps every window to its details.

Both upscale in the same way and differ in how the regressors are fitted: ANR's to the atoms near each anchor,
A+'s to the training windows near it.

References
----------
Timofte, De Smet, Van Gool: Anchored neighborhood regression for fast example-based super-resolution, ICCV 2013.
Timofte, De Smet, Van Gool: A+: Adjusted anchored neighborhood regression for fast super-resolution, ACCV 2014.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn import weights
from srcnn.image.arrays import Floats
from srcnn.image.raster import Raster
from srcnn.methods.base import Channels, Options, one_line
from srcnn.methods.dictionary import (
    Dictionary,
    check_size,
    coarse_atoms,
    read_atoms,
    read_dictionary,
    take_neighbours,
)
from srcnn.methods.features import (
    BLOCK,
    CELLS,
    Projection,
    block_size,
    enlarged_windows,
    unit_features,
    upscale_windows,
)
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

_CHUNK = 512  # windows whose correlations with all anchors (2 MB) are computed at once: they stay in the cache
_PAD = 4  # groups of windows are padded to a multiple of this, which speeds up small matrix products
_LEVELS = 127  # regressors are rounded to integers up to this, times one factor per anchor


@dataclass(frozen=True, eq=False)
class AnchoredRegressor(Reopened):
    """Anchors and their regressors.

    Attributes
    ----------
    projection : Projection
        Makes the features.
    anchors : (n_features, n_anchors) float32 array
        Columns of length 1 in 11 bits.
    regressors : (n_anchors, n_features, 9 scale²) float32 array
        Whole numbers from -127 to 127. Their products with unit features are exact, and their rounding costs less than
        0.001 dB.
    factors : (n_anchors,) float32 array
        The factor of each anchor's regressor.
    """

    projection: Projection
    anchors: NDArray[np.float32]
    regressors: NDArray[np.float32]
    factors: NDArray[np.float32]
    scale: int
    name: str = "a+"
    channels: Channels = "luma"
    block: int = BLOCK  # windows processed at once

    def upscale(self, lr: Floats) -> NDArray[np.float32]:
        """Upscale one plane of luma; see `srcnn.methods.features.upscale_windows`.

        Parameters
        ----------
        lr : (H, W) float array
            Luma in ``[0, 1]``.

        Returns
        -------
        (H * scale, W * scale) float32 array
            Not clipped.

        Raises
        ------
        ShapeError, RangeError
            If ``lr`` is not one plane of floats in ``[0, 1]``.
        """
        return upscale_windows(lr, self.scale, self.projection, self.predict, block=self.block)

    __call__ = upscale
    __repr__ = one_line

    def enlarged(self, lr: Raster) -> Raster:
        """The same, computed window by window on demand.

        Parameters
        ----------
        lr : Raster
            The low-resolution luma.

        Returns
        -------
        Raster
            The upscaled luma.
        """
        return enlarged_windows(lr, self.scale, self.projection, self.predict, block=self.block)

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        """Details of windows from their features.

        Parameters
        ----------
        features : (n, n_features) float64 array
            Multiples of ``2**-20``, as `Projection` gives them.

        Returns
        -------
        (n, 9 scale²) float32 array
            What each window of HR has beyond ILR.
        """
        unit, exponent = unit_features(features)
        nearest = nearest_anchors(unit, self.anchors)
        # Windows grouped by anchor, so that each regressor is one matrix product.
        count = np.bincount(nearest, minlength=len(self.factors))
        first = np.concatenate(([0], np.cumsum(-(-count // _PAD) * _PAD)))
        order = np.argsort(nearest, kind="stable")
        place = np.empty(len(nearest), np.intp)
        place[order] = np.arange(len(nearest)) + np.repeat(first[:-1] - np.cumsum(count) + count, count)
        grouped = np.zeros((first[-1], unit.shape[1]), np.float32)
        grouped[place] = unit
        details = np.empty((first[-1], self.regressors.shape[2]), np.float32)
        for anchor in np.flatnonzero(count):
            group = slice(first[anchor], first[anchor + 1])
            np.matmul(grouped[group], self.regressors[anchor], out=details[group])
        return np.asarray(details[place] * np.ldexp(self.factors[nearest], exponent)[:, None])


def nearest_anchors(unit: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.intp]:
    """The anchor of largest absolute correlation with each row of features; ties go to the first.

    Parameters
    ----------
    unit : (n, n_features) float32 array
        Features as `unit_features` scales them.
    anchors : (n_features, n_anchors) float32 array
        Columns of length 1.

    Returns
    -------
    (n,) int array
        Columns of ``anchors``.
    """
    nearest = np.empty(len(unit), np.intp)
    for first in range(0, len(unit), _CHUNK):
        correlation = unit[first : first + _CHUNK] @ anchors
        nearest[first : first + _CHUNK] = np.abs(correlation, out=correlation).argmax(axis=1)
    return nearest


def ridge_regressors(sources: Floats, targets: Floats, ridge: float) -> NDArray[np.float64]:
    """Ridge regression from ``sources`` to ``targets``, one for each stack of samples.

    Parameters
    ----------
    sources : (..., n, n_features) float array
        Samples.
    targets : (..., n, n_pixels) float array
        What each sample should become.
    ridge : float
        Added to the diagonal of the normal equations; above 0.

    Returns
    -------
    (..., n_features, n_pixels) float64 array
        Samples times this are the estimates.
    """
    transposed = np.swapaxes(sources, -1, -2)
    system = transposed @ sources + ridge * np.eye(sources.shape[-1])
    return np.asarray(np.linalg.solve(system, transposed @ targets), np.float64)


def anr_regressors(dictionary: Dictionary, neighbours: int, ridge: float) -> NDArray[np.float64]:
    """ANR's regressors, each from the atoms most correlated with its anchor.

    Parameters
    ----------
    dictionary : Dictionary
        Its atoms are the anchors.
    neighbours : int
        Atoms that a regressor is solved from, 1 to ``n_atoms``.
    ridge : float
        As in `ridge_regressors`.

    Returns
    -------
    (n_atoms, n_features, 9 scale²) float64 array
        One for each atom.
    """
    strength = np.abs(dictionary.atoms @ dictionary.atoms.T)
    nearest = np.argsort(-strength, axis=1, kind="stable")[:, :neighbours]
    solved = [ridge_regressors(dictionary.atoms[near], dictionary.details[near], ridge) for near in nearest]
    # The ridge shrinks the result for an atom of length 1; the factor compensates for it.
    return np.asarray((1 + ridge) * np.stack(solved))


def round_regressors(regressors: Floats) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Regressors as integers up to 127, and one factor per anchor.

    Parameters
    ----------
    regressors : (n_anchors, n_features, n_pixels) float array
        As they were solved.

    Returns
    -------
    whole : int8 array of the same shape
        -127 to 127.
    factors : (n_anchors,) float32 array
        ``whole`` times these is about ``regressors``.
    """
    largest = np.abs(regressors).max(axis=(1, 2))
    factors = (np.where(largest > 0, largest, 1.0) / _LEVELS).astype(np.float32)
    whole = np.rint(regressors / factors[:, None, None]).clip(-_LEVELS, _LEVELS)
    return whole.astype(np.int8), factors


def load(name: str, scale: int, options: Options) -> AnchoredRegressor:
    """Load ANR or A+ from the shipped weights; ``options.tile`` is the side of a tile in LR pixels.

    Parameters
    ----------
    name : str
        "anr" or "a+", or the path of such a model's ``.npz`` file.
    scale : int
        Upscaling factor.
    options : Options
        Of these, ``tile`` alone is used.

    Returns
    -------
    AnchoredRegressor
        Ready for use.

    Raises
    ------
    OptionError
        If there is no such model at that scale.
    WeightsError
        If its file is missing, damaged or holds no such model.
    """
    return read(weights.find(name, scale), block_size(options.tile))


def read(entry: Entry, block: int = BLOCK) -> AnchoredRegressor:
    """Load ANR or A+ from a weight file. ANR's regressors are solved here, in a fraction of a second.

    Parameters
    ----------
    entry : Entry
        The model's line of the index.
    block : int
        Windows processed at once, at least 1.

    Returns
    -------
    AnchoredRegressor
        Ready for use.

    Raises
    ------
    WeightsError
        If the file is damaged or holds no such model.
    """
    arrays, card = npz.open_model(entry)
    if card.name == "a+":
        projection, atoms = read_atoms(arrays, card.scale)
        check_size(atoms, card.scale)
        whole = npz.take(arrays, "regressors", np.int8, (*atoms.shape, CELLS * card.scale**2))
        factors = npz.take(arrays, "factors", np.float32, (len(atoms),))
    else:
        dictionary = read_dictionary(arrays, card.scale)
        projection, atoms = dictionary.projection, dictionary.atoms
        whole, factors = round_regressors(anr_regressors(dictionary, *take_neighbours(arrays, len(atoms))))
    return AnchoredRegressor(
        projection, coarse_atoms(atoms), whole.astype(np.float32), factors, card.scale, name=card.name, block=block
    )
