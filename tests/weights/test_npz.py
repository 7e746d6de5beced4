"""Fitted models from strangers: plain arrays of finite numbers, of a size known before anything is unpacked."""

import contextlib
import io
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn import weights
from srcnn.errors import WeightsError
from srcnn.methods import anchored, kernel_regression, neighbour_embedding, sparse_coding
from srcnn.weights import npz
from srcnn.weights.card import Card

CARD = Card(name="mine", scale=3, architecture="arrays", parameters=4)
READERS: dict[str, Any] = {
    "a+": anchored.read,
    "anr": anchored.read,
    "ne-lle": neighbour_embedding.read,
    "kk": kernel_regression.read,
    "sc": sparse_coding.read,
}


def packed(**members: bytes) -> bytes:
    """An NPZ file with these members, as they are, and a card."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, "card": npy(np.frombuffer(CARD.to_json().encode(), np.uint8))}.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(array: Any, **changes: str) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), allow_pickle=True)
    content = stream.getvalue()
    for old, new in changes.items():
        content = content.replace(old.encode(), new.encode())
    return content


def test_arrays_come_back_as_they_were() -> None:
    arrays = {
        "a": np.arange(6.0).reshape(2, 3),
        "b": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)),
        "c": np.array(3.5),
    }
    found, card = npz.unpack(npz.pack(arrays, CARD))
    assert card == CARD
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    columns, _ = npz.unpack(packed(b=npy(arrays["b"])))
    np.testing.assert_array_equal(columns["b"], arrays["b"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (npy(np.array([{"a": 1}], dtype=object)), "not numbers"),
        (pickle.dumps([1, 2]), "not an NPZ file"),
        (npy(np.array(["text"])), "not numbers"),
        (npy(np.zeros(3, [("a", "f4"), ("b", "i4")])), "not numbers"),
        (npy(np.array([1, np.nan], np.float16)), "NaN or infinite"),
        (npy(np.array([[np.inf]])), "NaN or infinite"),
        (npy(np.zeros(100)).replace(b"(100,)", b"(999,)"), r"claims the shape \(999,\)"),
        (npy(np.zeros(100)).replace(b"(100,)", b"(9e9,)"), "not an NPZ file"),
        (npy(np.zeros((10, 10))).replace(b"(10, 10)", b"(-1,-10)"), "claims the shape|not an NPZ file"),
        (npy(np.zeros(100))[:-8], "claims the shape"),
        (b"", "not an NPZ file"),
    ],
)
def test_what_is_no_plain_array_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(WeightsError, match=told):
        npz.unpack(packed(a=content))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(a=npy(np.zeros(npz.LARGEST, np.int8)))
    assert len(data) < npz.LARGEST / 500
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *a: pytest.fail("it was unpacked"))
    with pytest.raises(WeightsError, match="MB allowed"):
        npz.unpack(data)


def test_arrays_without_end_are_refused() -> None:
    with pytest.raises(WeightsError, match="holds 41 arrays"):
        npz.unpack(packed(**{f"a{i}": npy(0) for i in range(40)}))


def stored(folder: Path, name: str, **changed: Any) -> weights.Entry:
    """The shipped model at x2 with other arrays."""
    arrays, card = npz.unpack(weights.find(name, 2).read())
    return weights.write(
        npz.pack({key: value for key, value in {**arrays, **changed}.items() if value is not None}, card),
        card,
        "npz",
        folder,
    )


@pytest.mark.parametrize("name", READERS)
def test_every_array_of_a_model_is_checked(name: str, tmp_path: Path) -> None:
    arrays, card = npz.unpack(weights.find(name, 2).read())
    assert READERS[name](stored(tmp_path, name)).name == name
    for key, array in arrays.items():
        wrong: list[Any] = [None, array.astype(np.complex64), array[None], array.astype(np.uint8)]
        wrong += [array[..., :-1]] if array.ndim == 2 else []
        wrong += [np.full_like(array, np.nan), np.full_like(array, 60_000)] if array.dtype.kind == "f" else []
        for other in wrong:
            with pytest.raises(WeightsError):
                READERS[name](stored(tmp_path, name, **{key: other}))
    with pytest.raises(WeightsError, match="its card says"):
        READERS[name](weights.write(npz.pack(arrays, replace(card, name="another")), card, "npz", tmp_path))


@pytest.mark.parametrize(("name", "rows"), [("a+", "atoms"), ("anr", "atoms"), ("kk", "basis"), ("sc", "low")])
def test_more_rows_than_memory_has_room_for_are_refused(name: str, rows: str, tmp_path: Path) -> None:
    arrays, _ = npz.unpack(weights.find(name, 2).read())
    times = 8192 // len(arrays[rows]) + 1
    many = {
        key: np.repeat(value, times, axis=0)
        for key, value in arrays.items()
        if value.ndim and len(value) == len(arrays[rows])
    }
    with pytest.raises(WeightsError, match="8192"):
        READERS[name](stored(tmp_path, name, **many))


@given(data=st.data())
def test_damaged_bytes_give_arrays_or_an_error_of_the_weights(data: st.DataObject) -> None:
    bad = bytearray(npz.pack({"a": np.arange(20.0), "b": np.zeros((3, 4), np.int8)}, CARD))
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WeightsError):
        npz.unpack(bytes(bad[: data.draw(st.integers(1, len(bad)))]))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"\x93NUMPY", bytes(100)])
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(WeightsError, match="NPZ"):
        npz.unpack(data)


def test_pickled_objects_are_refused() -> None:
    file = io.BytesIO()
    np.savez(file, card=np.array([{"name": "a+"}], dtype=object))
    with pytest.raises(WeightsError, match="plain arrays"):
        npz.unpack(file.getvalue())


def test_a_file_without_card_is_refused_and_none_can_be_overwritten() -> None:
    file = io.BytesIO()
    np.savez(file, atoms=np.zeros(3))
    with pytest.raises(WeightsError, match="no 'card'"):
        npz.unpack(file.getvalue())
    with pytest.raises(WeightsError, match="taken"):
        npz.pack({"card": np.zeros(3)}, Card(name="x", scale=2, architecture="", parameters=0))


def test_a_single_number_stays_one() -> None:
    arrays, _ = npz.unpack(npz.pack({"ridge": np.array(0.5)}, Card(name="x", scale=2, architecture="", parameters=0)))
    assert arrays["ridge"].shape == ()
