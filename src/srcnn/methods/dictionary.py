"""The dictionary of NE+LLE, ANR and A+: learned by K-SVD on features, with the details that belong to its atoms.

Rows are samples: ``samples`` (n, n_features), ``atoms`` (n_atoms, n_features).

References
----------
Aharon, Elad, Bruckstein: K-SVD, an algorithm for designing overcomplete dictionaries for sparse representation, TSP
2006.
Rubinstein, Zibulevsky, Elad: Efficient implementation of the K-SVD algorithm using batch orthogonal matching pursuit,
2008.
Zeyde, Elad, Protter: On single image scale-up using sparse-representations, 2010.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.degrade import make_pair
from srcnn.errors import DataError, WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods.features import (
    CELLS,
    Projection,
    detail_cells,
    feature_cells,
    fit_projection,
    join_windows,
    n_windows,
    to_grid,
)
from srcnn.methods.recipe import Progress, Recipe
from srcnn.weights.npz import take

_ATOM_BITS = 15  # atoms are stored in int16, as multiples of 2**-15
_LARGEST = 1 - 2.0**-_ATOM_BITS
_COARSE_BITS = (
    11  # for choosing atoms by exact products in single precision, see `srcnn.methods.features.unit_features`
)
_BLOCK = 512  # samples coded at once: 512 x 1024 correlations are 2 MB and stay in the cache
MOST_ATOMS = 8192  # that a file may hold; the shipped ones hold 1024
_MOST_VALUES = 2**26  # of the regressors made of them; 5 million for the shipped ones
_RIDGE = 1e-9  # keeps the small systems of matching pursuit solvable when two atoms are equal


@dataclass(frozen=True, kw_only=True)
class DictionaryRecipe(Recipe):
    """How the dictionary is learned; the defaults are those of Zeyde et al. and Timofte et al."""

    atoms: int = 1024
    nonzeros: int = 3  # atoms a sample is made of while the dictionary is learned
    iterations: int = 20
    energy_cut: float = 0.001  # share of the features' energy that the projection may lose
    step: int = 2  # cells between the windows that the dictionary is learned from


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
        """How many numbers were fitted."""
        return self.projection.matrix.size + self.atoms.size + self.details.size

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is stored of it."""
        return {
            "projection": self.projection.matrix,
            "atoms": np.ldexp(self.atoms, _ATOM_BITS).astype(np.int16),
            "details": self.details.astype(np.float16),
        }


def read_dictionary(arrays: Mapping[str, NDArray[Any]], scale: int) -> Dictionary:
    """The dictionary among the arrays of a weight file.

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
    """The projection and the atoms among the arrays of a weight file; `WeightsError` as in `read_dictionary`."""
    projection = take(arrays, "projection", np.int16, (4 * CELLS * scale**2, None))
    atoms = take(arrays, "atoms", np.int16, (None, projection.shape[1]))
    return Projection(projection), np.ldexp(atoms.astype(np.float64), -_ATOM_BITS)


def check_size(atoms: NDArray[np.float64], scale: int) -> None:
    """Raise where an atom for each window, or a regressor for each atom, would take more memory than a model needs."""
    values = atoms.size * CELLS * scale**2
    if len(atoms) > MOST_ATOMS or values > _MOST_VALUES:
        raise WeightsError(
            f"the model's file has {len(atoms)} atoms of {atoms.shape[1]} features, which make {values} numbers "
            f"of regressors; "
            f"at most {MOST_ATOMS} atoms and {_MOST_VALUES} numbers are allowed"
        )


def coarse_atoms(atoms: NDArray[np.float64]) -> NDArray[np.float32]:
    """Atoms as columns, (n_features, n_atoms), in 11 bits: an error of at most 2.5e-4 a number, and exact products."""
    return np.ascontiguousarray(to_grid(atoms, _COARSE_BITS).T.astype(np.float32))


def take_neighbours(arrays: Mapping[str, NDArray[Any]], n_atoms: int) -> tuple[int, float]:
    """How many neighbours and what ridge a weight file asks for, checked."""
    neighbours = int(take(arrays, "neighbours", np.int64, ()))
    ridge = float(take(arrays, "ridge", np.float64, ()))
    if not 1 <= neighbours <= n_atoms or not ridge > 0:
        raise WeightsError(
            f"the model's file asks for {neighbours} neighbours of {n_atoms} atoms and a ridge of {ridge}"
        )
    return neighbours, ridge


def fit_dictionary(images: Sequence[Floats], recipe: DictionaryRecipe, progress: Progress) -> Dictionary:
    """Projection, atoms and their details, from the lumas of training images.

    Raises
    ------
    DataError
        If the images have fewer windows than there are to be atoms.
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
    atoms = to_grid(learned.clip(-_LARGEST, _LARGEST), _ATOM_BITS)
    index, codes = pursue(samples, atoms.astype(np.float32), recipe.nonzeros)
    details = fit_details(targets, index, codes, recipe.atoms)
    return Dictionary(projection, atoms, details.astype(np.float16).astype(np.float64))


def training_windows(
    images: Iterable[Floats], scale: int, projection: Projection, step: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Features (n, n_features) and details (n, 9 scale²) of the windows of each image."""
    for luma in images:
        hr, _, ilr = make_pair(luma, scale)
        features = projection(feature_cells(ilr, scale))[::step, ::step]
        details = join_windows(detail_cells(hr, ilr, scale), step)
        yield features.reshape(-1, projection.width).astype(np.float32), details.astype(np.float32, copy=False)


def ksvd(
    samples: NDArray[np.float32],
    n_atoms: int,
    nonzeros: int,
    iterations: int,
    rng: np.random.Generator,
    progress: Progress,
) -> NDArray[np.float32]:
    """Learn atoms such that every sample is close to a sum of few of them.

    The approximate update of Rubinstein et al. (one power step for each atom instead of an SVD).
    The start is random samples brought to length 1; an atom that nobody uses becomes the sample that is represented
    worst.

    Parameters
    ----------
    samples : (n, n_features) float32 array
        At least ``n_atoms`` of them other than 0.
    n_atoms, nonzeros, iterations : int
        Size of the dictionary, atoms in a sample's code, rounds of coding and updating.
    rng : Generator
        Chooses the start.
    progress : callable
        Told after each iteration.

    Returns
    -------
    (n_atoms, n_features) float32 array
        Rows of length 1.
    """
    length = np.linalg.norm(samples, axis=1)
    usable = np.flatnonzero(length > 0)
    if len(usable) < n_atoms:
        raise DataError(
            f"{len(usable)} windows that are not flat are too few for {n_atoms} atoms; give more or larger images"
        )
    start = np.sort(rng.choice(usable, n_atoms, replace=False))
    atoms = np.asarray(samples[start] / length[start, None], np.float32)
    for iteration in range(iterations):
        progress(iteration / iterations, f"dictionary, iteration {iteration + 1} of {iterations}")
        index, codes = pursue(samples, atoms, nonzeros)
        residual = samples - reconstruct(index, codes, atoms)
        _update(atoms, residual, index, codes)
    return atoms


def pursue(
    samples: NDArray[np.float32], atoms: NDArray[np.float32], nonzeros: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Orthogonal matching pursuit with a fixed number of atoms.

    Returns
    -------
    index : (n, nonzeros) int array
        The atoms of each sample, all different, in the order in which they were chosen.
    codes : (n, nonzeros) float32 array
        Their coefficients, the least-squares solution.
    """
    gram = (atoms @ atoms.T).astype(np.float64) + _RIDGE * np.eye(len(atoms))
    index = np.empty((len(samples), nonzeros), np.intp)
    codes = np.empty((len(samples), nonzeros), np.float32)
    for first in range(0, len(samples), _BLOCK):
        part = slice(first, first + _BLOCK)
        _pursue_block(samples[part], atoms, gram, index[part], codes[part])
    return index, codes


def reconstruct(index: NDArray[np.intp], codes: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the coded ``rows`` (atoms, or their details) for each sample."""
    out = codes[:, :1] * rows[index[:, 0]]
    for k in range(1, index.shape[1]):
        out += codes[:, k : k + 1] * rows[index[:, k]]
    return out


def fit_details(
    targets: Floats, index: NDArray[np.intp], codes: NDArray[np.float32], n_atoms: int
) -> NDArray[np.float64]:
    """Details of atoms, (n_atoms, n_pixels): least squares so that the codes of samples rebuild their targets."""
    nonzeros = index.shape[1]
    codes = codes.astype(np.float64)
    gram = np.zeros(n_atoms * n_atoms)
    for a in range(nonzeros):
        for b in range(nonzeros):
            gram += np.bincount(index[:, a] * n_atoms + index[:, b], codes[:, a] * codes[:, b], n_atoms * n_atoms)
    moment = np.zeros((n_atoms, targets.shape[1]))
    for atom, (users, slots) in enumerate(_users(index, n_atoms)):
        moment[atom] = codes[users, slots] @ targets[users]
    # An atom that no code uses would make the system singular; it gets no details.
    system = gram.reshape(n_atoms, n_atoms)
    system[np.diag_indices(n_atoms)] += _RIDGE * max(float(system.trace()) / n_atoms, _RIDGE)
    return np.asarray(np.linalg.solve(system, moment), np.float64)


def _pursue_block(
    samples: NDArray[np.float32],
    atoms: NDArray[np.float32],
    gram: NDArray[np.float64],
    index: NDArray[np.intp],
    codes: NDArray[np.float32],
) -> None:
    """Fill the rows of ``index`` and ``codes`` for some samples."""
    residual = samples
    fitting = np.empty(codes.shape)  # correlations of the chosen atoms with the sample itself
    for k in range(index.shape[1]):
        strength = residual @ atoms.T
        np.abs(strength, out=strength)
        np.put_along_axis(strength, index[:, :k], -1.0, axis=1)
        index[:, k] = strength.argmax(axis=1)
        fitting[:, k] = np.einsum("ij,ij->i", samples, atoms[index[:, k]])
        picked = index[:, : k + 1]
        system = gram[picked[:, :, None], picked[:, None, :]]
        codes[:, : k + 1] = np.linalg.solve(system, fitting[:, : k + 1, None])[..., 0]
        residual = samples - reconstruct(picked, codes, atoms)


def _users(index: NDArray[np.intp], n_atoms: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """For each atom: the samples whose code holds it, and where in their code."""
    flat = index.ravel()
    order = np.argsort(flat, kind="stable")
    ends = np.cumsum(np.bincount(flat, minlength=n_atoms))
    for first, end in zip(np.concatenate(([0], ends[:-1])), ends, strict=True):
        users, slots = np.divmod(order[first:end], index.shape[1])
        yield users, slots


def _update(
    atoms: NDArray[np.float32], residual: NDArray[np.float32], index: NDArray[np.intp], codes: NDArray[np.float32]
) -> None:
    """One round over all atoms, in place: each moves to where its users' residuals want it,
    their coefficients follow.
    """
    unused = []
    for atom, (users, slots) in enumerate(_users(index, len(atoms))):
        if len(users) == 0:
            unused.append(atom)
            continue
        code = codes[users, slots]
        error = residual[users] + code[:, None] * atoms[atom]
        moved = code @ error
        length = float(np.linalg.norm(moved))
        if length == 0:
            unused.append(atom)
            continue
        atoms[atom] = moved / length
        code = error @ atoms[atom]
        codes[users, slots] = code
        residual[users] = error - code[:, None] * atoms[atom]
    if unused:
        energy = np.einsum("ij,ij->i", residual, residual)
        worst = np.argsort(-energy, kind="stable")[: len(unused)]
        for atom, sample in zip(unused, worst, strict=True):
            # The worst-represented sample itself; its residual is all that the codes leave of it.
            target = residual[sample] + codes[sample] @ atoms[index[sample]]
            length = float(np.linalg.norm(target))
            if length > 0:
                atoms[atom] = target / length
