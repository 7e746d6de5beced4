"""K-SVD: atoms such that every sample is close to a sum of few of them.

Rows are samples: ``samples`` (n, n_features), ``atoms`` (n_atoms, n_features).

References
----------
Aharon, Elad, Bruckstein: K-SVD, an algorithm for designing overcomplete dictionaries for sparse representation, TSP
2006.
Rubinstein, Zibulevsky, Elad: Efficient implementation of the K-SVD algorithm using batch orthogonal matching pursuit,
2008.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import DataError
from srcnn.fitting.recipe import Progress

_BLOCK = 512  # samples coded at once: 512 x 1024 correlations are 2 MB and stay in the cache
RIDGE = 1e-9  # keeps the small systems of matching pursuit solvable when two atoms are equal


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

    Raises
    ------
    DataError
        If fewer than ``n_atoms`` samples are other than 0.
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

    Parameters
    ----------
    samples : (n, n_features) float32 array
        What is to be coded.
    atoms : (n_atoms, n_features) float32 array
        Rows of length 1.
    nonzeros : int
        Atoms of each code, 1 to ``n_atoms``.

    Returns
    -------
    index : (n, nonzeros) int array
        The atoms of each sample, all different, in the order in which they were chosen.
    codes : (n, nonzeros) float32 array
        Their coefficients, the least-squares solution.
    """
    gram = (atoms @ atoms.T).astype(np.float64) + RIDGE * np.eye(len(atoms))
    index = np.empty((len(samples), nonzeros), np.intp)
    codes = np.empty((len(samples), nonzeros), np.float32)
    for first in range(0, len(samples), _BLOCK):
        part = slice(first, first + _BLOCK)
        _pursue_block(samples[part], atoms, gram, index[part], codes[part])
    return index, codes


def reconstruct(index: NDArray[np.intp], codes: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the coded rows for each sample.

    Parameters
    ----------
    index : (n, nonzeros) int array
        The atoms of each sample.
    codes : (n, nonzeros) float32 array
        Their coefficients.
    rows : (n_atoms, n_values) float32 array
        Atoms, or their details.

    Returns
    -------
    (n, n_values) float32 array
        Row by row, what the codes stand for.
    """
    out = codes[:, :1] * rows[index[:, 0]]
    for k in range(1, index.shape[1]):
        out += codes[:, k : k + 1] * rows[index[:, k]]
    return out


def users_of(index: NDArray[np.intp], n_atoms: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """For each atom in turn, the samples whose code holds it.

    Parameters
    ----------
    index : (n, nonzeros) int array
        The atoms of each sample.
    n_atoms : int
        Above all of ``index``.

    Yields
    ------
    users : int array
        The samples, in ascending order; none for an atom without users.
    slots : int array of the same length
        Where in their code.
    """
    flat = index.ravel()
    order = np.argsort(flat, kind="stable")
    ends = np.cumsum(np.bincount(flat, minlength=n_atoms))
    for first, end in zip(np.concatenate(([0], ends[:-1])), ends, strict=True):
        users, slots = np.divmod(order[first:end], index.shape[1])
        yield users, slots


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


def _update(
    atoms: NDArray[np.float32], residual: NDArray[np.float32], index: NDArray[np.intp], codes: NDArray[np.float32]
) -> None:
    """One round over all atoms, in place: each moves to where its users' residuals want it,
    their coefficients follow.
    """
    unused = []
    for atom, (users, slots) in enumerate(users_of(index, len(atoms))):
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
