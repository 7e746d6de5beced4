"""Example-based models as NPZ files: plain arrays, and the card among them."""

import hashlib
import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError
from srcnn.weights import Entry, read_file
from srcnn.weights.card import Card

CARD = "card"
LARGEST = 2**28  # bytes of all arrays together; those of the largest shipped model are 5 MB
MOST_ARRAYS = 32
LARGEST_NUMBER = 100  # that a model may hold; the shipped ones stay below 2
SCALES = (2, 3, 4)


def pack(arrays: Mapping[str, NDArray[Any]], card: Card) -> bytes:
    """Bytes of an NPZ file: the arrays in order of their names, then the card as JSON in UTF-8.

    Equal input gives equal bytes.

    Parameters
    ----------
    arrays : mapping of str to array
        By name.
    card : Card
        Of the model.

    Returns
    -------
    bytes
        Equal for equal arguments.

    Raises
    ------
    WeightsError
        If an array is of a kind that is not stored.
    """
    if CARD in arrays:
        raise WeightsError(f"the array name {CARD!r} is taken by the model's card")
    stored = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    stored[CARD] = np.frombuffer(card.to_json().encode(), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **stored)
    return file.getvalue()


def unpack(data: bytes) -> tuple[dict[str, NDArray[Any]], Card]:
    """The arrays and the card of an NPZ file. Nothing is unpickled, and nothing is unpacked before its size is known
    and allowed.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    (dict of str to array, Card)
        Arrays by name, and the card.

    Raises
    ------
    WeightsError
        If the bytes are no NPZ file, hold anything but plain arrays of finite numbers or too much of them, or have no
        card.
    """
    arrays = _arrays(data)
    return arrays, _card(arrays)


def entry_of(path: Path) -> Entry:
    """The entry of a file by itself, which no index lists; of its arrays the card alone is unpacked.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Entry
        With the card inside the file, and the hash of the bytes there.

    Raises
    ------
    WeightsError
        If the file cannot be read, is no NPZ file, or has no card.
    """
    data = read_file(path)
    try:
        card = _card(_arrays(data, only=CARD))
    except WeightsError as error:
        raise WeightsError(f"cannot use {path}: {error}") from error
    return Entry(path, hashlib.sha256(data).hexdigest(), card)


def open_model(entry: Entry) -> tuple[dict[str, NDArray[Any]], Card]:
    """The arrays and the card of a fitted model, which must be the one that the entry says.

    Parameters
    ----------
    entry : Entry
        Line of the index.

    Returns
    -------
    (dict of str to array, Card)
        Arrays by name, and the card.

    Raises
    ------
    WeightsError
        If the file cannot be read or is another one; and as `unpack`.
    """
    try:
        arrays, card = unpack(entry.read())
    except WeightsError as error:
        raise WeightsError(f"cannot use {entry.path}: {error}") from error
    if (card.name, card.scale) != (entry.card.name, entry.card.scale) or card.scale not in SCALES:
        raise WeightsError(
            f"cannot use {entry.path}: its card says {card.name!r} x{card.scale}, expected {entry.card.name!r} "
            f"x{entry.card.scale}; such models exist for x{', x'.join(map(str, SCALES))}"
        )
    return arrays, card


def _arrays(data: bytes, only: str | None = None) -> dict[str, NDArray[Any]]:
    """All arrays of an NPZ file, or the one of this name."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            entries = file.infolist()
            size = sum(entry.file_size for entry in entries)
            if len(entries) > MOST_ARRAYS or size > LARGEST:
                allowed = f"more than the {MOST_ARRAYS} and {LARGEST / 1e6:.0f} MB allowed"
                raise WeightsError(f"this NPZ file holds {len(entries)} arrays and {size / 1e6:.0f} MB, {allowed}")
            named = {entry.filename.removesuffix(".npy"): entry for entry in entries}
            return {name: _array(file, entry) for name, entry in named.items() if only in (None, name)}
    except WeightsError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise a dozen kinds for damaged bytes
        raise WeightsError(f"these bytes are not an NPZ file of plain arrays: {error}") from error


def _card(arrays: dict[str, NDArray[Any]]) -> Card:
    """The card among the arrays of a file, which is taken out of them."""
    if CARD not in arrays or arrays[CARD].dtype != np.uint8:
        raise WeightsError(f"this NPZ file has no {CARD!r}; models are written by srcnn.weights.npz.pack")
    return Card.from_json(arrays.pop(CARD).tobytes())


def _array(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[Any]:
    """One array. NumPy's own reader believes the size in an array's header before it has seen a byte of it."""
    with file.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_columns, dtype = read(stream)
        content = stream.read()
    if dtype.kind not in "iuf" or dtype.subdtype is not None:
        raise ValueError(f"{entry.filename} holds {dtype}, not numbers")
    if any(side < 0 for side in shape) or len(content) != dtype.itemsize * math.prod(shape):
        raise ValueError(f"{entry.filename} claims the shape {shape}, but holds {len(content)} bytes")
    array = np.frombuffer(content, dtype).reshape(shape, order="F" if by_columns else "C")
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise WeightsError(f"{entry.filename.removesuffix('.npy')!r} in the model's file holds NaN or infinite values")
    return array


def take(
    arrays: Mapping[str, NDArray[Any]], name: str, dtype: type[Any], shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """One array of a model, checked.

    Parameters
    ----------
    arrays : mapping
        What `unpack` gave.
    name : str
        Which of them.
    dtype : type
        What it must hold, e.g. ``np.int16``.
    shape : tuple of int or None
        What shape it must have; None is any size but 0.

    Returns
    -------
    array
        The array.

    Raises
    ------
    WeightsError
        If it is not there, is another array, or holds numbers beyond `LARGEST_NUMBER`, of which no pixel can be made.
    """
    if name not in arrays:
        raise WeightsError(f"the model's file has no array {name!r}, only {', '.join(sorted(arrays)) or 'none'}")
    found = arrays[name]
    fits = found.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, found.shape, strict=True))
    if found.dtype != dtype or not fits or found.size == 0:
        raise WeightsError(
            f"{name!r} in the model's file must be {dtype.__name__} of shape {shape}, got {found.dtype} {found.shape}"
        )
    if not np.isfinite(found).all():
        raise WeightsError(f"{name!r} in the model's file holds NaN or infinite values")
    if found.dtype.kind == "f" and np.abs(found).max() > LARGEST_NUMBER:
        raise WeightsError(f"{name!r} in the model's file holds numbers beyond ±{LARGEST_NUMBER}")
    return found
