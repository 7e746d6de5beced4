"""Self-ensemble: a method of eight, by the name's suffix."""

import numpy as np
import pytest

from srcnn.image.arrays import Floats
from srcnn.methods import load, resolve
from srcnn.methods.ensemble import self_ensemble
from srcnn.upscale import upscale


def test_mean_over_the_eight_is_that_of_numpy() -> None:
    rng = np.random.default_rng(0)
    weights = rng.random((14, 14)).astype(np.float32)

    def enlarge(lr: Floats) -> Floats:  # depends on where a pixel lies, so that every orientation gives another result
        return np.kron(lr, np.ones((2, 2), np.float32)) * weights[: 2 * lr.shape[0], : 2 * lr.shape[1]]

    lr = rng.random((7, 7), np.float32)
    orientations = [weights if not flip else weights[:, ::-1] for flip in (False, True)]
    expected = np.kron(lr, np.ones((2, 2))) * np.mean([np.rot90(o, k) for o in orientations for k in range(4)], axis=0)
    np.testing.assert_allclose(self_ensemble(enlarge)(lr), expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(9, 13), (9, 13, 3)])
def test_what_commutes_with_turning_is_left_alone(shape: tuple[int, ...]) -> None:
    lr = np.random.default_rng(1).random(shape, np.float32)
    single = load("bicubic", 3)
    if lr.ndim == 2:
        np.testing.assert_allclose(load("bicubic+tta", 3)(lr), single(lr), atol=1e-6)
    np.testing.assert_allclose(
        self_ensemble(lambda x: np.repeat(np.repeat(x, 2, 0), 2, 1))(lr),
        np.repeat(np.repeat(lr, 2, 0), 2, 1),
        atol=1e-6,
    )


def test_suffix_makes_a_method_equivariant() -> None:
    lr = np.random.default_rng(2).uniform(0.1, 0.9, (20, 27)).astype("f")
    method = load("fast+tta", 3, threads=1)
    assert method.name == resolve("fast") + "+tta"
    assert (method.scale, method.channels) == (3, "luma")
    sr = method(lr)
    np.testing.assert_allclose(method(np.ascontiguousarray(np.rot90(lr))), np.rot90(sr), atol=2e-6)
    assert np.abs(sr - load("fast", 3, threads=1)(lr)).max() > 1e-4


def test_upscale_takes_the_suffix() -> None:
    image = np.random.default_rng(3).integers(0, 256, (12, 15, 3), np.uint8)
    assert upscale(image, 2, "fast+tta").shape == (24, 30, 3)
