"""Sparse codes of many signals at once: ``argmin 1/2 |x - D w|^2 + penalty |w|_1``, with ``w >= 0`` if asked.

An active-set method: the atoms that violate the optimality conditions most join the support, the equations of the
support are solved exactly, a coefficient that would change its sign leaves at 0, until no condition is violated.
All work is matrix products and small batched solves over a block of signals; no decision about one signal looks at
another. (A product's last bit may still depend on a row's place in its block: who needs equal bytes keeps the blocks
equal, as the fixed `BLOCK` does.)

References
----------
Lee, Battle, Raina, Ng: Efficient sparse coding algorithms, NIPS 2006 (feature-sign search).
Lawson, Hanson: Solving Least Squares Problems, 1974, chapter 23 (the case w >= 0).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Floats

BLOCK = 1024  # signals solved together
_JOINING = 4  # atoms that join a support in a round
_CAUTIOUS = 12  # rounds after which only one joins, which cannot stall
_ROUNDS = 200  # limits that are not met in practice
_STEPS = 100
_RIDGE = 1e-6  # keeps the equations solvable when two atoms are equal


@dataclass(frozen=True)
class Codes:
    """Sparse codes: signal ``i`` is ``sum_k value[i, k] * atoms[index[i, k]]``; unused places hold value 0."""

    index: NDArray[np.intp]  # (n_signals, n_places)
    value: NDArray[np.float32]  # (n_signals, n_places)

    def dense(self, n_atoms: int) -> NDArray[np.float32]:
        """All coefficients, shape (n_signals, n_atoms)."""
        out = np.zeros((len(self.index), n_atoms), np.float32)
        rows, places = np.nonzero(self.value)
        out[rows, self.index[rows, places]] = self.value[rows, places]
        return out


def lasso(
    signals: Floats,
    atoms: Floats,
    penalty: float,
    *,
    positive: bool = False,
    start: Codes | None = None,
    tolerance: float = 1e-3,
) -> Codes:
    """Sparse codes of a block of signals.

    Parameters
    ----------
    signals : (n_signals, n_features) float32 array
    atoms : (n_atoms, n_features) float32 array
        Rows of norm at most 1; a row of zeros is never used.
    penalty : float
        Weight of the l1 norm. A signal whose largest correlation with an atom is below it gets the code 0.
    positive : bool
        Allow no negative coefficients.
    start : Codes, optional
        Codes to start from, e.g. of the same signals before the atoms moved.
    tolerance : float
        Optimality is reached to this fraction of ``penalty``.

    Returns
    -------
    Codes
        In the order of ``signals``.
    """
    n_signals = len(signals)
    index: NDArray[np.intp] = np.zeros((n_signals, 1), np.intp)
    value: NDArray[np.float32] = np.zeros((n_signals, 1), np.float32)
    if start is not None:
        index, value = start.index, start.value
    solved = [
        _solve(
            signals[first : first + BLOCK],
            atoms,
            penalty,
            positive,
            tolerance,
            *_trim(index[first : first + BLOCK], value[first : first + BLOCK]),
        )
        for first in range(0, n_signals, BLOCK)
    ]
    width = max((part.index.shape[1] for part in solved), default=1)
    index = np.zeros((n_signals, width), np.intp)
    value = np.zeros((n_signals, width), np.float32)
    for block, part in enumerate(solved):
        rows = slice(block * BLOCK, block * BLOCK + len(part.index))
        index[rows, : part.index.shape[1]] = part.index
        value[rows, : part.value.shape[1]] = part.value
    return Codes(index, value)


def _solve(
    signals: Floats,
    atoms: Floats,
    penalty: float,
    positive: bool,
    tolerance: float,
    index: NDArray[np.intp],
    value: NDArray[np.float32],
) -> Codes:
    n_atoms, n_signals = len(atoms), len(signals)
    correlation = signals @ atoms.T
    gram = atoms @ atoms.T
    done: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]] = []
    rows = np.arange(n_signals)
    if value.any():  # the atoms may have moved since: make the start optimal on its own support
        index, value = _settle(gram, correlation, index, value, np.sign(value), penalty)
    for round_ in range(_ROUNDS):
        code = Codes(index, value).dense(n_atoms)
        # Through the residual: cheaper than the Gram matrix, since there are more atoms than features.
        gradient = (signals - code @ atoms) @ atoms.T
        violation = gradient.copy() if positive else np.abs(gradient)
        violation[code != 0] = 0  # settled already
        worst = violation.max(axis=1)
        open_ = worst > penalty * (1 + tolerance)
        if not open_.all():
            done.append((rows[~open_], index[~open_], value[~open_]))
            rows, signals, correlation, index, value = (
                rows[open_],
                signals[open_],
                correlation[open_],
                index[open_],
                value[open_],
            )
            gradient, violation, worst = gradient[open_], violation[open_], worst[open_]
        if not len(rows):
            break
        index, value = _trim(index, value)
        n_joining = _JOINING if round_ < _CAUTIOUS else 1
        joining = np.argpartition(violation, n_atoms - n_joining, axis=1)[:, n_atoms - n_joining :]
        # Sorted, so that the order inside a support does not rest on how argpartition leaves it.
        joining.sort(axis=1)
        # An atom joins only if it is nearly as urgent as the worst: those that merely resemble that one would leave
        # again.
        strength = np.take_along_axis(violation, joining, axis=1)
        sign = np.sign(np.take_along_axis(gradient, joining, axis=1))
        sign[(strength <= penalty * (1 + tolerance)) | (strength < worst[:, None] * 0.7)] = 0
        sign = np.concatenate((np.sign(value), sign), axis=1)
        index = np.concatenate((index, joining), axis=1)
        value = np.concatenate((value, np.zeros(joining.shape, np.float32)), axis=1)
        index, value = _settle(gram, correlation, index, value, sign, penalty)
    if len(rows):
        done.append((rows, index, value))
    width = max(part.shape[1] for _, part, _ in done)
    out = Codes(np.zeros((n_signals, width), np.intp), np.zeros((n_signals, width), np.float32))
    for rows, part, values in done:
        out.index[rows, : part.shape[1]] = part
        out.value[rows, : part.shape[1]] = values
    return Codes(*_trim(out.index, out.value))


def _trim(index: NDArray[np.intp], value: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Move the used places of every row to the left, in order, and drop the columns that no row uses."""
    order = np.argsort(value == 0, axis=1, kind="stable")
    width = max(1, int((value != 0).sum(axis=1).max(initial=0)))
    order = order[:, :width]
    return np.take_along_axis(index, order, axis=1), np.take_along_axis(value, order, axis=1)


def _settle(
    gram: Floats, correlation: Floats, index: NDArray[np.intp], value: NDArray[np.float32], sign: Floats, penalty: float
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Make every code optimal on the places with a sign, none of which may change; a place that would reaches 0 and is
    given up.
    """
    width = index.shape[1]
    out_index, out = index.copy(), np.zeros_like(value)
    rows = np.arange(len(index))
    small = gram[index[:, :, None], index[:, None, :]]
    right = np.take_along_axis(correlation, index, axis=1)
    for _ in range(_STEPS):
        used = sign != 0
        system = np.where(used[:, :, None] & used[:, None, :], small, np.float32(0))
        system[:, np.arange(width), np.arange(width)] += np.where(used, np.float32(_RIDGE), np.float32(1))
        goal = np.linalg.solve(system, np.where(used, right - np.float32(penalty) * sign, 0)[:, :, None])[:, :, 0]
        wrong = used & (goal * sign <= 0)
        fine = ~wrong.any(axis=1)
        if fine.any():
            out[rows[fine]] = goal[fine]
            keep = ~fine
            rows, small, right, sign, value, goal, wrong = (
                a[keep] for a in (rows, small, right, sign, value, goal, wrong)
            )
        if not len(rows):
            break
        # Walk towards the goal until the first place reaches 0.
        share = np.where(wrong, value / np.where(wrong, value - goal, 1), np.inf)
        step = share.min(axis=1, keepdims=True)
        leaving = wrong & (share <= step)
        value = np.where(leaving | (sign == 0), 0, value + step * (goal - value)).astype(np.float32)
        sign = np.where(leaving, 0, sign)
    if len(rows):
        out[rows] = value
    return out_index, out
