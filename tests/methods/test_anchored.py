"""ANR and A+ against their definitions, and the contract of a method."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from srcnn import methods
from srcnn.degrade import enlarge, make_pair
from srcnn.fitting.images import read_luma
from srcnn.image.arrays import Floats, to_integers
from srcnn.image.resize import shave
from srcnn.methods.anchored import (
    AnchoredRegressor,
    anr_regressors,
    load,
    ridge_regressors,
    round_regressors,
)
from srcnn.methods.base import Options
from srcnn.methods.dictionary import Dictionary
from srcnn.methods.features import Projection, to_grid
from srcnn.metrics.psnr import psnr


def image(rows: int, columns: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def some_projection(scale: int, width: int, seed: int = 0) -> Projection:
    matrix = np.linalg.qr(np.random.default_rng(seed).standard_normal((36 * scale**2, width)))[0]
    return Projection(np.rint(matrix * 2**15).astype(np.int16))


def some_regressor(scale: int, n_anchors: int = 40, width: int = 30, *, block: int = 16_384) -> AnchoredRegressor:
    rng = np.random.default_rng(1)
    atoms = rng.standard_normal((n_anchors, width))
    anchors = to_grid(atoms / np.linalg.norm(atoms, axis=1, keepdims=True), 11).T.astype(np.float32)
    whole = rng.integers(-127, 128, (n_anchors, width, 9 * scale**2)).astype(np.float32)
    factors = rng.uniform(0.001, 0.01, n_anchors).astype(np.float32)
    return AnchoredRegressor(
        some_projection(scale, width), np.ascontiguousarray(anchors), whole, factors, scale, block=block
    )


def test_every_window_meets_the_regressor_of_its_anchor() -> None:
    method = some_regressor(2)
    features = to_grid(0.3 * np.random.default_rng(2).standard_normal((300, 30)), 20)
    found = method.predict(features)
    for y, details in zip(features, found, strict=True):
        anchor = np.abs(y @ method.anchors).argmax()
        np.testing.assert_allclose(details, y @ method.regressors[anchor] * method.factors[anchor], atol=5e-3)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 90), seed=st.integers(0, 5))
def test_a_windows_details_do_not_depend_on_its_company(n: int, seed: int) -> None:
    method = some_regressor(3)
    features = to_grid(np.random.default_rng(seed).standard_normal((90, 30)), 20)
    order = np.random.default_rng(seed + 1).permutation(90)[:n]
    assert method.predict(features)[order].tobytes() == method.predict(features[order]).tobytes()


def test_the_negative_of_a_window_has_the_negative_details() -> None:
    method = some_regressor(3)
    features = to_grid(np.random.default_rng(0).standard_normal((50, 30)), 20)
    np.testing.assert_array_equal(method.predict(-features), -method.predict(features))


@pytest.mark.parametrize("block", [1, 8, 40])
def test_the_block_changes_no_bit(block: int) -> None:
    lr = image(17, 13)
    assert some_regressor(3).upscale(lr).tobytes() == some_regressor(3, block=block).upscale(lr).tobytes()


def test_a_flat_image_stays_flat() -> None:
    sr = some_regressor(3).upscale(np.full((9, 9), 0.3, np.float32))
    np.testing.assert_allclose(sr, 0.3, atol=1e-5)


def test_flat_windows_have_no_details() -> None:
    assert not some_regressor(3).predict(np.zeros((4, 30))).any()


def test_ridge_regression_is_the_dual_forms_too() -> None:
    rng = np.random.default_rng(0)
    sources, targets = rng.standard_normal((40, 6)), rng.standard_normal((40, 5))
    dual = sources.T @ np.linalg.solve(sources @ sources.T + 0.1 * np.eye(40), targets)
    np.testing.assert_allclose(ridge_regressors(sources, targets, 0.1), dual, atol=1e-10)


def test_anr_solves_from_the_atoms_of_largest_absolute_correlation() -> None:
    rng = np.random.default_rng(0)
    atoms = rng.standard_normal((20, 5))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    details = rng.standard_normal((20, 36))
    regressors = anr_regressors(Dictionary(some_projection(2, 5), atoms, details), 7, 0.01)
    for k in (0, 13):
        near = np.argsort(-np.abs(atoms @ atoms[k]))[:7]
        assert k in near
        low, high = atoms[near].T, details[near].T  # columns, as in the paper
        wanted = 1.01 * high @ np.linalg.inv(low.T @ low + 0.01 * np.eye(7)) @ low.T
        np.testing.assert_allclose(regressors[k].T, wanted, atol=1e-9)


def test_rounding_keeps_regressors_within_half_a_step() -> None:
    regressors = np.random.default_rng(0).standard_normal((5, 4, 9)) * np.array([1e-6, 0.1, 1, 10, 0])[:, None, None]
    whole, factors = round_regressors(regressors)
    assert whole.dtype == np.int8
    assert (factors > 0).all()
    assert np.abs(whole).max() == 127
    step = factors[:, None, None]
    assert (np.abs(whole * step - regressors) <= 0.501 * step).all()


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", ["anr", "a+"])
def test_the_shipped_models_sharpen(name: str, scale: int) -> None:
    """A blurred edge becomes steeper than bicubic makes it, and the tile changes no bit."""
    lr = np.full((16, 16), 0.2, np.float32)
    lr[:, 8:] = 0.8
    lr[:, 7], lr[:, 8] = 0.3, 0.7
    sr = load(name, scale, Options(tile=8)).upscale(lr)
    ilr: Floats = enlarge(lr, scale)
    assert np.abs(np.diff(sr[8 * scale])).max() > 1.05 * np.abs(np.diff(ilr[8 * scale])).max()
    assert sr.tobytes() == load(name, scale, Options()).upscale(lr).tobytes()


@pytest.mark.parametrize(
    # Mean PSNR on Set5, Timofte et al. 2013 and 2014 as the table of Dong et al. 2016 has them.
    ("name", "scale", "published"),
    [
        ("ne-lle", 2, 35.77), ("ne-lle", 3, 31.84), ("ne-lle", 4, 29.61),
        ("anr", 2, 35.83), ("anr", 3, 31.92), ("anr", 4, 29.69),
        ("a+", 2, 36.54), ("a+", 3, 32.59), ("a+", 4, 30.28),
    ],
)  # fmt: skip
def test_the_shipped_models_reach_the_published_score(name: str, scale: int, published: float, data_dir: Path) -> None:
    method = methods.load(name, scale)
    scores = []
    for path in sorted((data_dir / "Set5").glob("*.bmp")):
        hr, lr, _ = make_pair(read_luma(path), scale)
        cut = [shave(to_integers(luma), scale) for luma in (hr, method.upscale(lr))]
        scores.append(psnr(cut[0], cut[1], data_range=255.0))
    assert len(scores) == 5
    assert np.mean(scores) >= published - 0.05


def test_a_method_can_be_a_key() -> None:
    method = some_regressor(2)
    assert {method: 1}[method] == 1
