"""Example-based models as NPZ files: plain arrays, and the card among them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srcnn.errors import WeightsError
from srcnn.weights.card import Card

CARD = "card"


def pack(arrays: Mapping[str, NDArray[Any]], card: Card) -> bytes:
    """Bytes of an NPZ file: the arrays in order of their names, then the card as JSON in UTF-8. Equal input gives equal bytes."""
    if CARD in arrays:
        raise WeightsError(f"the array name {CARD!r} is taken by the model's card")
    stored = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    stored[CARD] = np.frombuffer(card.to_json().encode(), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **stored)
    return file.getvalue()


def unpack(data: bytes) -> tuple[dict[str, NDArray[Any]], Card]:
    """The arrays and the card of an NPZ file. Nothing is unpickled: the file may come from a stranger.

    Raises
    ------
    WeightsError
        If the bytes are no NPZ file, hold anything but plain arrays, or have no card.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise WeightsError(f"these bytes are not an NPZ file of plain arrays: {error}") from error
    if CARD not in arrays or arrays[CARD].dtype != np.uint8:
        raise WeightsError(f"this NPZ file has no {CARD!r}; models are written by srcnn.weights.npz.pack")
    return arrays, Card.from_json(arrays.pop(CARD).tobytes())
