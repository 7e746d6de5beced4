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

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Floats
from srcnn.methods.codes import Codes

BLOCK = 1024  # signals solved together
_JOINING = 4  # atoms that join a support in a round
_CAUTIOUS = 12  # rounds after which only one joins, which cannot stall
_ROUNDS = 200  # limits that are not met in practice
_STEPS = 100
_SIZES = 6  # groups of supports of like size that a block is solved in
_RIDGE = 1e-6  # keeps the equations solvable when two atoms are equal
_ON_THE_PATH = 1e-4  # tolerance of the code that `follow` starts from
_PIECES = 2  # of the path that `follow` walks below its penalty
_CLOSING = 1e-5  # an atom that falls as fast as the active ones do, such as a copy of one, does not join


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


def follow(signals: Floats, atoms: Floats, penalty: float) -> Codes:
    """Non-negative sparse codes at the second breakpoint of the path at or below ``penalty``.

    From the largest correlation downwards, the code of a signal is a piecewise linear function of the penalty; at its
    breakpoints an atom joins or leaves.
    SparseLab's ``SolveLasso``, which SC was published with, compares with its limit the penalty at which a piece
    begins, not the one at which it ends: it walks on to the second breakpoint at or below the limit.
    The path down to ``penalty`` itself need not be walked: `lasso` gives the code there.

    Parameters
    ----------
    signals : (n_signals, n_features) float32 array
    atoms : (n_atoms, n_features) float32 array
        Rows of norm at most 1; a row of zeros is never used.
    penalty : float
        A signal whose largest correlation with an atom is below it gets the code 0.
        All others walk two pieces more, as far as these lie above penalty 0.

    Returns
    -------
    Codes
        In the order of ``signals``.

    References
    ----------
    Efron, Hastie, Johnstone, Tibshirani: Least angle regression, Annals of Statistics 2004.
    """
    start = lasso(signals, atoms, penalty, positive=True, tolerance=_ON_THE_PATH)
    width = start.index.shape[1] + _PIECES - 1
    index, value = np.zeros((len(signals), width), np.intp), np.zeros((len(signals), width), np.float32)
    begun = np.flatnonzero(start.value.any(axis=1))
    for first in range(0, len(begun), BLOCK):
        rows = begun[first : first + BLOCK]
        index[rows], value[rows] = _walk(signals[rows], atoms, penalty, start.index[rows], start.value[rows])
    return Codes(*_trim(index, value))


def _walk(
    signals: Floats, atoms: Floats, penalty: float, index: NDArray[np.intp], code: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Go on along the path from the non-empty codes at ``penalty``; every piece but the last adds a place."""
    n_atoms, n_signals = len(atoms), len(signals)
    gram = atoms @ atoms.T
    active = code > 0
    reached = np.full((n_signals, 1), penalty, np.float32)
    correlation = (signals - Codes(index, code).dense(n_atoms) @ atoms) @ atoms.T
    for piece in range(_PIECES):
        # On a piece the active correlations fall together, one for one with the penalty.
        direction = _direction(gram, index, active)
        slope = (Codes(index, direction).dense(n_atoms) @ atoms) @ atoms.T
        closing = 1 - slope
        until = np.maximum(reached - correlation, 0)
        np.copyto(until, np.inf, where=closing <= _CLOSING)
        until /= np.maximum(closing, _CLOSING)
        until[np.nonzero(active)[0], index[active]] = np.inf
        joining = until.argmin(axis=1)[:, None]
        joins = np.take_along_axis(until, joining, axis=1)
        lasting = np.full(code.shape, np.inf, np.float32)
        np.divide(code, -direction, out=lasting, where=active & (direction < 0))
        length = np.minimum(np.minimum(joins, lasting.min(axis=1, keepdims=True)), reached)
        code = np.where(active, np.maximum(code + length * direction, 0), np.float32(0))
        if piece < _PIECES - 1:
            reached = reached - length
            correlation -= length * slope
            active = np.concatenate((active & (lasting > length), joins <= length), axis=1)
            code = np.concatenate((code, np.zeros((n_signals, 1), np.float32)), axis=1)
            index = np.concatenate((index, joining), axis=1)
    return index, code


def _direction(gram: Floats, index: NDArray[np.intp], active: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How the active coefficients grow while the penalty falls by 1."""
    width = index.shape[1]
    both = active[:, :, None] & active[:, None, :]
    system = np.where(both, gram[index[:, :, None], index[:, None, :]], np.float32(0))
    system[:, np.arange(width), np.arange(width)] += np.where(active, np.float32(_RIDGE), np.float32(1))
    return np.asarray(np.linalg.solve(system, active.astype(np.float32)[:, :, None])[:, :, 0], np.float32)


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
        violation *= code == 0  # others are settled already
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
        joining, strength = _largest(violation, n_joining)
        # An atom joins only if it is nearly as urgent as the worst: those that merely resemble that one would leave
        # again.
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


def _largest(values: Floats, n: int) -> tuple[NDArray[np.intp], Floats]:
    """Places, ascending, and values of the ``n`` largest in each row of ``values``, which is overwritten."""
    places = np.empty((len(values), n), np.intp)
    found = np.empty((len(values), n), values.dtype)
    rows = np.arange(len(values))
    for k in range(n):  # a few maxima are found faster than a partition
        places[:, k] = values.argmax(axis=1)
        found[:, k] = values[rows, places[:, k]]
        values[rows, places[:, k]] = -np.inf
    order = places.argsort(axis=1)
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(found, order, axis=1)


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
    out_index, out = index.copy(), np.zeros_like(value)
    # The equations of all rows are solved at one size, so rows of like size go together.
    sizes = (sign != 0).sum(axis=1)
    for rows in np.array_split(np.argsort(sizes, kind="stable"), min(_SIZES, len(index))):
        places = np.argsort(sign[rows] == 0, axis=1, kind="stable")[:, : max(1, int(sizes[rows].max()))]
        out_index[rows, : places.shape[1]] = part = np.take_along_axis(index[rows], places, axis=1)
        out[rows, : places.shape[1]] = _settle_alike(
            gram,
            correlation[rows],
            part,
            np.take_along_axis(value[rows], places, axis=1),
            np.take_along_axis(sign[rows], places, axis=1),
            penalty,
        )
    return out_index, out


def _settle_alike(
    gram: Floats, correlation: Floats, index: NDArray[np.intp], value: NDArray[np.float32], sign: Floats, penalty: float
) -> NDArray[np.float32]:
    """As `_settle`, for supports of about the same size: the values at ``index``."""
    width = index.shape[1]
    out = np.zeros_like(value)
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
    return out
