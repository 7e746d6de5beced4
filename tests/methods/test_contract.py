"""What every method promises, whatever it is."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from srcnn.errors import OptionError, RangeError, ShapeError, SrcnnError
from srcnn.methods import ALIASES, METHODS, available, load, resolve
from srcnn.weights import entries

MODELS = [("bicubic", 2), ("bicubic", 3)] + [(e.card.name, e.card.scale) for e in entries()]


@pytest.mark.parametrize(("name", "scale"), MODELS)
def test_method_keeps_the_contract(name: str, scale: int) -> None:
    method = load(name, scale, threads=1)
    assert (method.name, method.scale) == (name, scale)
    assert method.channels in ("luma", "rgb")
    lr = (
        np.random.default_rng(0)
        .uniform(16 / 255, 235 / 255, (24, 19) if method.channels == "luma" else (24, 19, 3))
        .astype("f")
    )
    kept = lr.copy()
    sr = method.upscale(lr)
    assert sr.shape == (24 * scale, 19 * scale, *lr.shape[2:])
    assert sr.dtype == np.float32
    assert np.isfinite(sr).all()
    np.testing.assert_array_equal(lr, kept)
    np.testing.assert_array_equal(method(lr), sr)
    with pytest.raises((FrozenInstanceError, AttributeError)):
        method.scale = 5  # type: ignore[misc]


@pytest.mark.parametrize(("name", "scale"), [*MODELS, ("fast+tta", 2)])
def test_method_prints_in_one_line(name: str, scale: int) -> None:
    method = load(name, scale, threads=1)
    assert repr(method).endswith(f"({resolve(name)!r}, scale={scale}, channels={method.channels!r})")


@pytest.mark.parametrize(("name", "scale"), MODELS)
def test_method_refuses_nan(name: str, scale: int) -> None:
    method = load(name, scale, threads=1)
    with pytest.raises(SrcnnError):
        method(np.full((24, 19) if method.channels == "luma" else (24, 19, 3), np.nan, np.float32))


@pytest.mark.parametrize(("name", "scale"), [*MODELS, ("fast+tta", 2), ("bicubic+tta", 2)])
def test_method_refuses_what_is_no_image_of_floats(name: str, scale: int) -> None:
    method = load(name, scale, threads=1)
    shape = (9, 8) if method.channels == "luma" else (9, 8, 3)
    for dtype in (np.uint8, np.uint16, np.int64, bool):
        with pytest.raises(RangeError, match=rf"lr must hold floats in \[0, 1\], got {np.dtype(dtype)}"):
            method(np.ones(shape, dtype))
    for value in (128.0, -3.0, 1e39):  # the last is infinite in float32
        with pytest.raises(RangeError, match=r"lr must lie in \[0, 1\]"):
            method(np.full(shape, value))
    with pytest.raises(ShapeError, match="lr must be a NumPy array"):
        method([[0.5]])  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "scale"), [*MODELS, ("fast+tta", 2), ("bicubic+tta", 2)])
def test_method_is_equal_to_itself_alone(name: str, scale: int) -> None:
    method, other = load(name, scale, threads=1), load(name, scale, threads=1)
    assert method == method  # noqa: PLR0124
    assert method != other
    assert len({method, other, method}) == 2


@pytest.mark.parametrize(("name", "scale"), [*MODELS, ("fast+tta", 2), ("bicubic+tta", 2)])
def test_method_can_be_pickled(name: str, scale: int) -> None:
    method = load(name, scale, threads=1)
    data = pickle.dumps(method)
    assert len(data) < 1000  # a name, not the weights: pools send it with every task
    again = pickle.loads(data)
    assert (again.name, again.scale, again.channels) == (method.name, scale, method.channels)
    lr = (
        np.random.default_rng(1)
        .uniform(16 / 255, 235 / 255, (9, 8) if method.channels == "luma" else (9, 8, 3))
        .astype("f")
    )
    np.testing.assert_array_equal(again(lr), method(lr))


def test_table_is_keyed_by_name() -> None:
    assert all(name == known.name for name, known in METHODS.items())
    assert set(ALIASES.values()) <= set(METHODS)


def test_bicubic_is_always_there() -> None:
    assert available()[0] == available(7)[0] == "bicubic"


@pytest.mark.parametrize(
    ("typed", "meant"), [("bicubc", "bicubic"), ("srcn-9-5-5", "srcnn-9-5-5"), ("SRCNN-9-1-5", "srcnn-9-1-5")]
)
def test_unknown_name_brings_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(OptionError, match=f"did you mean '{meant}'"):
        resolve(typed)


def test_nonsense_names_the_models_there_are() -> None:
    with pytest.raises(OptionError, match="bicubic"):
        load("xyzzy", 3)


@pytest.mark.parametrize("settings", [{"threads": 0}, {"tile": 0}, {"engine": "cuda"}])
def test_impossible_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        load("bicubic", 2, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0, -2, 1.5, True])
def test_scale_of_a_method_is_whole(scale: object) -> None:
    with pytest.raises(OptionError, match="whole number"):
        load("bicubic", scale)  # type: ignore[arg-type]
