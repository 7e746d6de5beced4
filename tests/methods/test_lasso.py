"""Sparse codes of many signals at once, and the walk along their path."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from srcnn.image.arrays import Floats
from srcnn.methods.codes import Codes
from srcnn.methods.lasso import follow, lasso


def unit_rows(n: int, width: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def path(signal: Floats, atoms: Floats) -> list[tuple[float, NDArray[Any]]]:
    """Least angle regression with the lasso's modification for codes >= 0: penalty and code at every breakpoint."""
    signal, atoms = signal.astype(float), atoms.astype(float)
    code = np.zeros(len(atoms))
    correlation = atoms @ signal
    active = [int(correlation.argmax())]
    penalty = float(correlation.max())
    found = [(penalty, code)]
    while penalty > 1e-9:
        direction = np.zeros(len(atoms))
        direction[active] = np.linalg.solve(atoms[active] @ atoms[active].T, np.ones(len(active)))
        correlation = atoms @ (signal - code @ atoms)
        slope = atoms @ (direction @ atoms)
        ends = {penalty: (-1, False)}
        for k in range(len(atoms)):
            if k in active and direction[k] < 0:
                ends[code[k] / -direction[k]] = (k, False)
            elif k not in active and slope[k] < 1 - 1e-9:
                ends[(penalty - correlation[k]) / (1 - slope[k])] = (k, True)
        length = min(ends)
        k, joins = ends[length]
        code = code + length * direction
        penalty -= length
        if joins:
            active.append(k)
        elif k >= 0:
            active.remove(k)
            code[k] = 0
        found.append((penalty, code))
        if not active:
            break
    return found


def stopped(signal: Floats, atoms: Floats, penalty: float) -> NDArray[Any]:
    """Where a solver stops that compares the penalty at which a piece begins with its limit."""
    breakpoints = path(signal, atoms)
    if breakpoints[0][0] < penalty:
        return np.zeros(len(atoms))
    for (begins, _), (_, code) in pairwise(breakpoints):
        if begins <= penalty:
            return code
    return breakpoints[-1][1]


def test_codes_meet_the_conditions_of_the_lasso() -> None:
    atoms, penalty = unit_rows(60, 20, 0), 0.3
    signals = np.random.default_rng(0).normal(size=(30, 20)).astype(np.float32)
    dense = lasso(signals, atoms, penalty, positive=True).dense(60)
    gradient = (dense @ atoms - signals) @ atoms.T + penalty
    assert (dense >= 0).all()
    assert np.abs(gradient[dense > 0]).max() < 2e-3
    assert gradient.min() > -2e-3


def test_codes_of_either_sign_meet_the_conditions_of_the_lasso_from_any_start() -> None:
    atoms, penalty = unit_rows(60, 20, 0), 0.3
    signals = np.random.default_rng(0).normal(size=(1100, 20)).astype(np.float32)
    before = lasso(signals, unit_rows(60, 20, 1), penalty)
    for start in (None, before):
        dense = lasso(signals, atoms, penalty, start=start).dense(60)
        gradient = (signals - dense @ atoms) @ atoms.T
        assert (dense < 0).any()
        np.testing.assert_allclose(gradient[dense != 0], penalty * np.sign(dense[dense != 0]), atol=2e-3)
        assert np.abs(gradient).max() < penalty + 2e-3


def test_weak_signals_have_empty_codes() -> None:
    atoms = np.eye(5, dtype=np.float32)
    weak = np.full((3, 5), 0.09, np.float32)
    assert not lasso(weak, atoms, 0.1, positive=True).dense(5).any()
    assert not follow(weak, atoms, 0.1).dense(5).any()


def test_codes_are_taken_and_put() -> None:
    codes = Codes(np.array([[0, 1], [2, 0], [1, 0]]), np.array([[1, 2], [3, 0], [4, 0]], np.float32))
    other = Codes(np.array([[0, 1, 2]]), np.array([[5, 6, 7]], np.float32))
    np.testing.assert_array_equal(codes.take(np.array([2, 0])).dense(3), [[0, 4, 0], [1, 2, 0]])
    np.testing.assert_array_equal(codes.put(np.array([1]), other).dense(3), [[1, 2, 0], [5, 6, 7], [0, 4, 0]])
    np.testing.assert_array_equal(
        codes.put(np.array([0]), codes.take(np.array([2]))).dense(3), [[0, 4, 0], [0, 0, 3], [0, 4, 0]]
    )


def test_path_of_a_small_case() -> None:
    # Orthogonal atoms: a coefficient is its correlation less the penalty.
    # 0.5 and 0.3 are above 0.2; then 0.15 is the first breakpoint and 0.1 the second.
    signal = np.array([[0.5, 0.3, 0.15, 0.1, 0.05]], np.float32)
    code = follow(signal, np.eye(5, dtype=np.float32), 0.2).dense(5)
    np.testing.assert_allclose(code, [[0.4, 0.2, 0.05, 0, 0]], atol=1e-5)


def test_path_ends_at_penalty_0() -> None:
    signal = np.array([[0.5, 0.3, 0.15]], np.float32)
    np.testing.assert_allclose(follow(signal, np.eye(3, dtype=np.float32), 0.2).dense(3), signal, atol=1e-5)
    np.testing.assert_allclose(follow(signal, np.eye(3, dtype=np.float32), 0.12).dense(3), signal, atol=1e-5)


@pytest.mark.parametrize("penalty", [0.1, 0.3, 0.6])
def test_follow_stops_where_least_angle_regression_does(penalty: float) -> None:
    atoms = unit_rows(80, 20, 2)
    signals = np.concatenate((unit_rows(1100, 20, 3)[:60] * 1.5, np.zeros((1, 20), np.float32)))
    found = follow(signals, atoms, penalty).dense(80)
    for signal, code in zip(signals, found, strict=True):
        expected = stopped(signal, atoms, penalty) if signal.any() else np.zeros(80)
        np.testing.assert_allclose(code, expected, atol=2e-4)


def test_a_block_is_followed_as_each_signal_alone() -> None:
    atoms, signals = unit_rows(80, 20, 2), unit_rows(1100, 20, 3)
    together = follow(signals, atoms, 0.3).dense(80)
    for row in (0, 500, 1023, 1024, 1099):
        np.testing.assert_allclose(together[row], follow(signals[row : row + 1], atoms, 0.3).dense(80)[0], atol=1e-5)


@given(seed=st.integers(0, 2**32 - 1), penalty=st.floats(0.05, 0.8))
def test_followed_codes_lie_on_the_path_below_the_penalty(seed: int, penalty: float) -> None:
    atoms, signals = unit_rows(30, 12, seed), unit_rows(20, 12, seed + 1) * 1.3
    dense = follow(signals, atoms, penalty).dense(30)
    correlation = (signals - dense @ atoms) @ atoms.T
    assert (dense >= 0).all()
    for code, values in zip(dense, correlation, strict=True):
        if code.any():
            reached = values[code > 0].mean()
            assert reached <= penalty + 1e-4
            np.testing.assert_allclose(
                values[code > 0], reached, atol=1e-3
            )  # a code of the lasso, for a penalty of `reached`
            assert values.max() <= reached + 1e-3
        else:
            assert values.max() <= penalty * 1.001


def test_copies_of_an_atom_do_not_stop_the_walk() -> None:
    atoms, signals = unit_rows(20, 12, 0), unit_rows(30, 12, 1) * 1.3
    alone = follow(signals, atoms, 0.2).dense(20) @ atoms
    doubled = np.concatenate((atoms, atoms))
    np.testing.assert_allclose(follow(signals, doubled, 0.2).dense(40) @ doubled, alone, atol=2e-3)
