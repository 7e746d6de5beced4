"""The dictionary of NE+LLE, ANR and A+: atoms (n_atoms, n_features), with the details that belong to them.

`srcnn.fitting.dictionary_fit` learns it.

References
----------
Zeyde, Elad, Protter: On single image scale-up using sparse-representations, 2010.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError
from srcnn.methods.features import CELLS, Projection, to_grid
from srcnn.weights.npz import take

ATOM_BITS = 15  # atoms are stored in int16, as multiples of 2**-15
_COARSE_BITS = (
    11  # for choosing atoms by exact products in single precision, see `srcnn.methods.features.unit_features`
)
MOST_ATOMS = 8192  # most atoms in a file; the shipped ones have 1024
_MOST_VALUES = 2**26  # most values of the regressors computed from them; 5 million for the shipped ones


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Atoms in the space of features, and the details of a window (HR - ILR) that go with each.

    Attributes
    ----------
    projection : Projection
        Makes the features.
    atoms : (n_atoms, n_features) float64 array
        Rows of length 1, multiples of ``2**-15``.
    details : (n_atoms, 9 scale²) float64 array
        Half-precision values, by cells.
    """

    projection: Projection
    atoms: NDArray[np.float64]
    details: NDArray[np.float64]

    @property
    def coarse(self) -> NDArray[np.float32]:
        """The atoms for exact products in single precision, see `coarse_atoms`."""
        return coarse_atoms(self.atoms)

    @property
    def parameters(self) -> int:
        """The number of fitted values."""
        return self.projection.matrix.size + self.atoms.size + self.details.size

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays to store."""
        return {
            "projection": self.projection.matrix,
            "atoms": np.ldexp(self.atoms, ATOM_BITS).astype(np.int16),
            "details": self.details.astype(np.float16),
        }


def read_dictionary(arrays: Mapping[str, NDArray[Any]], scale: int) -> Dictionary:
    """Read the dictionary from the arrays of a weight file.

    Parameters
    ----------
    arrays : mapping of str to array
        What the file holds, by name.
    scale : int
        Upscaling factor.

    Returns
    -------
    Dictionary
        With values as float64.

    Raises
    ------
    WeightsError
        If an array is missing, or has another type or shape than a dictionary for this scale.
    """
    projection, atoms = read_atoms(arrays, scale)
    check_size(atoms, scale)
    details = take(arrays, "details", np.float16, (len(atoms), CELLS * scale**2))
    return Dictionary(projection, atoms, details.astype(np.float64))


def read_atoms(arrays: Mapping[str, NDArray[Any]], scale: int) -> tuple[Projection, NDArray[np.float64]]:
    """Read projection and atoms from the arrays of a weight file.

    Parameters
    ----------
    arrays : mapping of str to array
        What the file holds, by name.
    scale : int
        Upscaling factor.

    Returns
    -------
    projection : Projection
        Makes the features.
    atoms : (n_atoms, n_features) float64 array
        Multiples of ``2**-15``.

    Raises
    ------
    WeightsError
        As `read_dictionary`.
    """
    projection = take(arrays, "projection", np.int16, (4 * CELLS * scale**2, None))
    atoms = take(arrays, "atoms", np.int16, (None, projection.shape[1]))
    return Projection(projection), np.ldexp(atoms.astype(np.float64), -ATOM_BITS)


def check_size(atoms: NDArray[np.float64], scale: int) -> None:
    """Raise if the atoms, or their regressors, would need more memory than any model does.

    Parameters
    ----------
    atoms : (n_atoms, n_features) array
        From a file.
    scale : int
        Upscaling factor.

    Raises
    ------
    WeightsError
        If there are more than `MOST_ATOMS`, or their regressors have more than 2**26 values.
    """
    values = atoms.size * CELLS * scale**2
    if len(atoms) > MOST_ATOMS or values > _MOST_VALUES:
        raise WeightsError(
            f"the model's file has {len(atoms)} atoms of {atoms.shape[1]} features, which make {values} numbers "
            f"of regressors; "
            f"at most {MOST_ATOMS} atoms and {_MOST_VALUES} numbers are allowed"
        )


def coarse_atoms(atoms: NDArray[np.float64]) -> NDArray[np.float32]:
    """Atoms as columns in 11 bits: an error of at most 2.5e-4 a number, and exact products.

    Parameters
    ----------
    atoms : (n_atoms, n_features) float64 array
        Rows of length 1.

    Returns
    -------
    (n_features, n_atoms) float32 array
        Multiples of ``2**-11``.
    """
    return np.ascontiguousarray(to_grid(atoms, _COARSE_BITS).T.astype(np.float32))


def take_neighbours(arrays: Mapping[str, NDArray[Any]], n_atoms: int) -> tuple[int, float]:
    """The number of neighbours and the ridge in a weight file, checked.

    Parameters
    ----------
    arrays : mapping of str to array
        What the file holds, by name.
    n_atoms : int
        Atoms that there are to choose from.

    Returns
    -------
    neighbours : int
        1 to ``n_atoms``.
    ridge : float
        Above 0.

    Raises
    ------
    WeightsError
        If one is missing, of another type, or out of range.
    """
    neighbours = int(take(arrays, "neighbours", np.int64, ()))
    ridge = float(take(arrays, "ridge", np.float64, ()))
    if not 1 <= neighbours <= n_atoms or not ridge > 0:
        raise WeightsError(
            f"the model's file asks for {neighbours} neighbours of {n_atoms} atoms and a ridge of {ridge}"
        )
    return neighbours, ridge
