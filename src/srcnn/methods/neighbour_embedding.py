"""NE+LLE: super-resolution through neighbour embedding.

A window is rebuilt from its nearest atoms with the weights of locally linear embedding, and its details from theirs
with the same weights.

References
----------
Chang, Yeung, Xiong: Super-resolution through neighbor embedding, CVPR 2004; in the form that the ANR paper (Timofte et
al., ICCV 2013) compares with: features, dictionary and windows of ANR.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from srcnn import weights
from srcnn.image.arrays import Floats
from srcnn.image.raster import Raster
from srcnn.methods.base import Channels, Options, one_line
from srcnn.methods.dictionary import Dictionary, read_dictionary, take_neighbours
from srcnn.methods.features import BLOCK, block_size, enlarged_windows, unit_features, upscale_windows
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

_CHUNK = 1024  # windows solved at once: the details of their neighbours are 16 to 28 MB at x3 and x4
_FLAT = 1e-4  # shorter features are rounding noise of a flat window: 8-bit levels make at least 4e-3


@dataclass(frozen=True, eq=False)
class NeighbourEmbedding(Reopened):
    """A dictionary, and the number of atoms that reconstruct a window."""

    dictionary: Dictionary
    scale: int
    neighbours: int = 24
    ridge: float = 1e-4
    name: str = "ne-lle"
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
        return upscale_windows(lr, self.scale, self.dictionary.projection, self.predict, block=self.block)

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
        return enlarged_windows(lr, self.scale, self.dictionary.projection, self.predict, block=self.block)

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        """Details of windows from their features.

        Parameters
        ----------
        features : (n, n_features) float64 array
            Multiples of ``2**-20``, as `Projection` gives them.

        Returns
        -------
        (n, 9 scale²) float32 array
            What each window of HR has beyond ILR; 0 for flat windows.
        """
        out = np.empty((len(features), self.dictionary.details.shape[1]), np.float32)
        for first in range(0, len(features), _CHUNK):
            part = slice(first, first + _CHUNK)
            out[part] = self._predict_chunk(features[part])
        return out

    @cached_property
    def _coarse(self) -> NDArray[np.float32]:
        return self.dictionary.coarse

    def _predict_chunk(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        correlation = unit_features(features)[0] @ self._coarse
        strength = np.abs(correlation, out=correlation)
        nearest = np.argpartition(strength, -self.neighbours, axis=1)[:, -self.neighbours :]
        u = embedding_weights(self.dictionary.atoms[nearest] - features[:, None, :], self.ridge)
        details = (u[:, None, :] @ self.dictionary.details[nearest])[:, 0]
        # Weights that reconstruct "nothing" from 24 arbitrary atoms are arbitrary, and so would the details be.
        details[np.einsum("ij,ij->i", features, features) < _FLAT**2] = 0
        return details


def embedding_weights(differences: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    """Weights with sum 1 with which neighbours best reconstruct a point.

    Parameters
    ----------
    differences : (n, k, n_features) array
        Neighbours minus point. Their products are taken from these differences and not from a Gram matrix, where they
        would be lost to cancellation when the point is close to a neighbour.
    ridge : float
        Added to the diagonal of the local Gram matrix, as a share of its trace; as it is where the trace is 0.

    Returns
    -------
    (n, k) float64 array
        Rows of sum 1; a weight may be negative.
    """
    n, k, _ = differences.shape
    gram = differences @ differences.swapaxes(1, 2)
    trace = np.trace(gram, axis1=1, axis2=2)
    gram[:, np.arange(k), np.arange(k)] += np.where(trace > 0, ridge * trace, ridge)[:, None]
    u = np.linalg.solve(gram, np.ones((n, k, 1)))[..., 0]
    return np.asarray(u / u.sum(axis=1, keepdims=True))


def load(name: str, scale: int, options: Options) -> NeighbourEmbedding:
    """Load the method from the shipped weights; ``options.tile`` is the side of a tile in LR pixels.

    Parameters
    ----------
    name : str
        "ne-lle", or the path of such a model's ``.npz`` file.
    scale : int
        Upscaling factor.
    options : Options
        Of these, ``tile`` alone is used.

    Returns
    -------
    NeighbourEmbedding
        Ready for use.

    Raises
    ------
    OptionError
        If there is no such model at that scale.
    WeightsError
        If its file is missing, damaged or holds no such model.
    """
    return read(weights.find(name, scale), block_size(options.tile))


def read(entry: Entry, block: int = BLOCK) -> NeighbourEmbedding:
    """Load the method from a weight file.

    Parameters
    ----------
    entry : Entry
        The model's line of the index.
    block : int
        Windows processed at once, at least 1.

    Returns
    -------
    NeighbourEmbedding
        Ready for use.

    Raises
    ------
    WeightsError
        If the file is damaged or holds no such model.
    """
    arrays, card = npz.open_model(entry)
    dictionary = read_dictionary(arrays, card.scale)
    neighbours, ridge = take_neighbours(arrays, len(dictionary.atoms))
    return NeighbourEmbedding(dictionary, card.scale, neighbours=neighbours, ridge=ridge, name=card.name, block=block)
