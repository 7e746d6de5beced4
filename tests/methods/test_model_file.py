"""Fitted models given as files: as good as names everywhere, and never a traceback where they are no models."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import srcnn
from srcnn import weights
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.cost import cost
from srcnn.benchmark.run import run_benchmark
from srcnn.errors import OptionError, WeightsError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.methods import load, resolve
from srcnn.methods.base import Method
from srcnn.methods.model_file import card_of
from srcnn.visualise.comparison import compare_methods
from srcnn.weights import npz

FITTED = ("sc", "ne-lle", "kk", "anr", "a+")


def model(folder: Path, name: str = "a+", scale: int = 3) -> Path:
    """The file that fitting leaves: the shipped model under another name."""
    path = folder / "model.npz"
    path.write_bytes(weights.find(name, scale).read())
    return path


def image(rows: int = 12, columns: int = 10) -> np.ndarray:
    return np.random.default_rng(0).random((rows, columns), np.float32)


@pytest.mark.parametrize("name", FITTED)
def test_the_card_says_which_method_opens_a_file(name: str, tmp_path: Path) -> None:
    path = model(tmp_path, name)
    opened = srcnn.load(path, 3)
    assert (opened.name, opened.scale, card_of(str(path)).name) == (name, 3, name)
    shipped = load(name, 3)
    assert type(opened) is type(shipped)
    assert opened(image()).tobytes() == shipped(image()).tobytes()
    assert cost(str(path), 3) == cost(name, 3)


@pytest.mark.parametrize("name", FITTED)
def test_a_method_of_a_file_survives_a_pickle(name: str, tmp_path: Path) -> None:
    path = model(tmp_path, name, 2)
    opened = load(path, 2)
    path.unlink()
    again: Method = pickle.loads(pickle.dumps(opened))
    assert again(image()).tobytes() == opened(image()).tobytes()


def test_the_suffix_may_be_in_capitals_and_the_ensemble_asked_for(tmp_path: Path) -> None:
    path = model(tmp_path).rename(tmp_path / "Mine.NPZ")
    assert resolve(f"{path}+tta") == f"{path}+tta"
    assert load(f"{path}+tta", 3)(image()).shape == (36, 30)


def test_another_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"model\.npz enlarges 3 times, not 2 times"):
        load(model(tmp_path), 2)


def test_upscale_takes_it_at_its_own_scale_and_notices_a_new_one(tmp_path: Path) -> None:
    path = model(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
    first = srcnn.upscale(pixels, 3, model=path)
    np.testing.assert_array_equal(first, srcnn.upscale(pixels, 3, model="a+"))
    path.write_bytes(weights.find("kk", 3).read())
    np.testing.assert_array_equal(srcnn.upscale(pixels, 3, model=path), srcnn.upscale(pixels, 3, model="kk"))


def test_it_stands_in_the_benchmark_and_in_a_comparison(tmp_path: Path) -> None:
    path = str(model(tmp_path, scale=2))
    (tmp_path / "set").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 36), np.uint8)
    write_image(tmp_path / "set" / "a.png", Picture(pixels))
    config = BenchmarkConfig(methods=(path, "a+"), datasets=("set",), scales=(2,))
    records = run_benchmark(config, tmp_path / "out", data=tmp_path)
    assert [score.key.method for score in records.scores] == [path, "a+"]
    assert records.scores[0].values == records.scores[1].values
    assert records.run["weights"][f"{path} x2"] == records.run["weights"]["a+ x2"]
    compared = compare_methods(pixels, [path, "bicubic"], 2, title="a")
    assert [result.name for result in compared.results] == ["a+", "bicubic"]


@pytest.mark.parametrize("name", ["bicubic", "srcnn-9-5-5", "mine"])
def test_a_card_that_names_no_example_based_method_is_refused(name: str, tmp_path: Path) -> None:
    path = model(tmp_path)
    arrays, card = npz.unpack(path.read_bytes())
    path.write_bytes(npz.pack(arrays, replace(card, name=name)))
    with pytest.raises(WeightsError, match=rf"model\.npz: its card says '{name}', which is no example-based method"):
        load(path, 3)


def test_arrays_of_another_method_are_refused(tmp_path: Path) -> None:
    path = model(tmp_path)
    arrays, card = npz.unpack(path.read_bytes())
    path.write_bytes(npz.pack(arrays, replace(card, name="kk")))
    with pytest.raises(WeightsError, match="basis"):
        load(path, 3)


def test_a_scale_that_no_method_has_is_refused(tmp_path: Path) -> None:
    path = model(tmp_path)
    arrays, card = npz.unpack(path.read_bytes())
    path.write_bytes(npz.pack(arrays, replace(card, scale=5)))
    with pytest.raises(WeightsError, match="x2, x3, x4"):
        load(path, 5)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", bytes(100)])
def test_what_is_no_model_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "stranger.npz"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=r"cannot use .*stranger\.npz: .*NPZ"):
        load(path, 3)
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(WeightsError, match=r"cannot use .*stranger\.npz: this NPZ file has no 'card'"):
        load(path, 3)


def test_a_file_that_is_missing_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot read the model .*none\.npz: there is no such file"):
        load(tmp_path / "none.npz", 3)
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(WeightsError, match="cannot read the model"):
        load(tmp_path / "folder.npz", 3)
    with pytest.raises(WeightsError, match="null"):
        load("a\0b.npz", 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(WeightsError, match="it is not a file"):
        load(tmp_path / "pipe.npz", 3)


def test_it_is_no_network_to_inspect(tmp_path: Path) -> None:
    from srcnn.visualise.layers import summarise

    with pytest.raises(OptionError, match="is not a network"):
        summarise(str(model(tmp_path)))
