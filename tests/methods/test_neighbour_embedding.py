"""NE+LLE against its definition, window by window, and the contract of a method."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from srcnn import weights
from srcnn.degrade import enlarge
from srcnn.errors import WeightsError
from srcnn.image.arrays import Floats
from srcnn.methods.base import Options
from srcnn.methods.dictionary import Dictionary
from srcnn.methods.features import Projection, to_grid
from srcnn.methods.neighbour_embedding import NeighbourEmbedding, embedding_weights, load, read
from srcnn.weights import npz
from srcnn.weights.card import Card


def small_dictionary(scale: int, n_atoms: int = 40, width: int = 10, seed: int = 0) -> Dictionary:
    rng = np.random.default_rng(seed)
    atoms = rng.standard_normal((n_atoms, width))
    matrix = np.linalg.qr(rng.standard_normal((36 * scale**2, width)))[0]
    return Dictionary(
        Projection(np.rint(matrix * 2**15).astype(np.int16)),
        to_grid(0.99 * atoms / np.linalg.norm(atoms, axis=1, keepdims=True), 15),
        (0.1 * rng.standard_normal((n_atoms, 9 * scale**2))).astype(np.float16).astype(np.float64),
    )


def image(rows: int, columns: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def by_definition(y: Floats, dictionary: Dictionary, neighbours: int, ridge: float) -> Floats:
    nearest = np.argsort(-np.abs(dictionary.atoms @ y))[:neighbours]
    z = (dictionary.atoms[nearest] - y).T
    c = z.T @ z
    u = np.linalg.solve(c + ridge * np.trace(c) * np.eye(neighbours), np.ones(neighbours))
    return np.asarray((u / u.sum()) @ dictionary.details[nearest])


def test_predictions_are_those_of_the_definition() -> None:
    method = NeighbourEmbedding(small_dictionary(2), 2, neighbours=6)
    features = to_grid(0.3 * np.random.default_rng(1).standard_normal((30, 10)), 20)
    wanted = [by_definition(y, method.dictionary, 6, 1e-4) for y in features]
    np.testing.assert_allclose(method.predict(features), wanted, atol=1e-5)


def test_weights_sum_to_one_and_do_not_break_where_a_point_is_an_atom() -> None:
    differences = np.random.default_rng(0).standard_normal((5, 4, 3))
    differences[1, 2] = 0
    differences[2] = 0
    u = embedding_weights(differences, 1e-4)
    np.testing.assert_allclose(u.sum(axis=1), 1)
    assert u[1].argmax() == 2
    assert u[1, 2] > 0.99
    np.testing.assert_allclose(u[2], 0.25)


@pytest.mark.parametrize("block", [1, 7, 30])
def test_the_block_changes_no_bit(block: int) -> None:
    dictionary = small_dictionary(3, n_atoms=100, width=30)
    lr = image(14, 11)
    whole = NeighbourEmbedding(dictionary, 3).upscale(lr)
    assert whole.tobytes() == NeighbourEmbedding(dictionary, 3, block=block).upscale(lr).tobytes()


def test_a_flat_image_stays_flat() -> None:
    sr = NeighbourEmbedding(small_dictionary(3), 3, neighbours=6).upscale(np.full((9, 9), 0.3, np.float32))
    np.testing.assert_allclose(sr, 0.3, atol=1e-6)


def test_it_is_a_method() -> None:
    method = NeighbourEmbedding(small_dictionary(4), 4, neighbours=6)
    lr = image(7, 9)
    assert (method.name, method.scale, method.channels) == ("ne-lle", 4, "luma")
    assert method(lr).shape == (28, 36)
    assert method(lr).tobytes() == method.upscale(lr).tobytes()


def test_a_file_of_another_method_is_refused(tmp_path: Path) -> None:
    card = Card(name="ne-lle", scale=2, architecture="", parameters=0)
    entry = weights.write(npz.pack({"anything": np.zeros(3)}, card), card, "npz", tmp_path)
    with pytest.raises(WeightsError, match="projection"):
        read(entry)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_shipped_model_sharpens(scale: int) -> None:
    """A blurred edge becomes steeper than bicubic makes it."""
    lr = np.full((16, 16), 0.2, np.float32)
    lr[:, 8:] = 0.8
    lr[:, 7], lr[:, 8] = 0.3, 0.7
    method = load("ne-lle", scale, Options(tile=8))
    row = method.upscale(lr)[8 * scale]
    ilr = enlarge(lr, scale)[8 * scale]
    assert np.abs(np.diff(row)).max() > 1.05 * np.abs(np.diff(ilr)).max()
