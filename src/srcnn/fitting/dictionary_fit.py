"""Fitting the dictionary of NE+LLE, ANR and A+: atoms by K-SVD on features, and the details that belong to them.

References
----------
Zeyde, Elad, Protter: On single image scale-up using sparse-representations, 2010.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import make_pair
from srcnn.errors import DataError
from srcnn.fitting.ksvd import RIDGE, ksvd, pursue, users_of
from srcnn.fitting.recipe import Progress, Recipe
from srcnn.fitting.windows import fit_projection, n_windows, training_windows
from srcnn.image.arrays import Floats
from srcnn.methods.dictionary import ATOM_BITS, Dictionary
from srcnn.methods.features import feature_cells, to_grid

_LARGEST = 1 - 2.0**-ATOM_BITS


@dataclass(frozen=True, kw_only=True)
class DictionaryRecipe(Recipe):
    """How the dictionary is learned; the defaults are those of Zeyde et al. and Timofte et al."""

    atoms: int = 1024
    nonzeros: int = 3  # atoms a sample is made of while the dictionary is learned
    iterations: int = 20
    energy_cut: float = 0.001  # share of the features' energy that the projection may lose
    step: int = 2  # cells between the windows that the dictionary is learned from


def fit_dictionary(images: Sequence[Floats], recipe: DictionaryRecipe, progress: Progress) -> Dictionary:
    """Projection, atoms and their details, learned from images.

    Parameters
    ----------
    images : sequence of (H, W) float array
        Lumas of training images, in [0, 1]; those too small for a window are left out.
    recipe : DictionaryRecipe
        How.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Dictionary
        On the grids on which it is stored.

    Raises
    ------
    DataError
        If the images have fewer windows that are not flat than there are to be atoms.
    """
    usable = [luma for luma in images if n_windows(luma.shape, recipe.scale)]
    n = sum(n_windows(luma.shape, recipe.scale, recipe.step) for luma in usable)
    if n < recipe.atoms:
        raise DataError(
            f"{len(images)} training images give {n} windows, fewer than the {recipe.atoms} atoms asked for"
        )
    pairs = (make_pair(luma, recipe.scale) for luma in usable)
    projection = fit_projection(
        (feature_cells(ilr, recipe.scale) for _, _, ilr in pairs), recipe.step, recipe.energy_cut
    )
    samples, targets = (
        np.concatenate(part)
        for part in zip(*training_windows(usable, recipe.scale, projection, recipe.step), strict=True)
    )
    rng = np.random.default_rng(recipe.seed)
    learned = ksvd(samples, recipe.atoms, recipe.nonzeros, recipe.iterations, rng, progress)
    atoms = to_grid(learned.clip(-_LARGEST, _LARGEST), ATOM_BITS)
    index, codes = pursue(samples, atoms.astype(np.float32), recipe.nonzeros)
    details = fit_details(targets, index, codes, recipe.atoms)
    return Dictionary(projection, atoms, details.astype(np.float16).astype(np.float64))


def fit_details(
    targets: Floats, index: NDArray[np.intp], codes: NDArray[np.float32], n_atoms: int
) -> NDArray[np.float64]:
    """Details of atoms: least squares so that the codes of samples rebuild their targets.

    Parameters
    ----------
    targets : (n, n_pixels) float array
        Details of the samples.
    index : (n, nonzeros) int array
        The atoms of each sample.
    codes : (n, nonzeros) float32 array
        Their coefficients.
    n_atoms : int
        Above all of ``index``.

    Returns
    -------
    (n_atoms, n_pixels) float64 array
        0 for atoms that no code uses.
    """
    nonzeros = index.shape[1]
    codes = codes.astype(np.float64)
    gram = np.zeros(n_atoms * n_atoms)
    for a in range(nonzeros):
        for b in range(nonzeros):
            gram += np.bincount(index[:, a] * n_atoms + index[:, b], codes[:, a] * codes[:, b], n_atoms * n_atoms)
    moment = np.zeros((n_atoms, targets.shape[1]))
    for atom, (users, slots) in enumerate(users_of(index, n_atoms)):
        moment[atom] = codes[users, slots] @ targets[users]
    # An atom that no code uses would make the system singular; it gets no details.
    system = gram.reshape(n_atoms, n_atoms)
    system[np.diag_indices(n_atoms)] += RIDGE * max(float(system.trace()) / n_atoms, RIDGE)
    return np.asarray(np.linalg.solve(system, moment), np.float64)
