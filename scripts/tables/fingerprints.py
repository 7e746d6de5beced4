"""Fingerprints of models: of what they compute, whatever is said about them.

Entering scores or a log on a model's card changes its file, and nothing that was measured with it.
"""

import hashlib
from functools import cache

from srcnn import weights
from srcnn.engine import protobuf as pb
from srcnn.weights import npz

_SHOWN = 16  # digits that are kept


@cache
def fingerprints() -> dict[tuple[str, int], str]:
    """By name and scale, of all models that are shipped."""
    return {(entry.card.name, entry.card.scale): _of(entry) for entry in weights.entries()}


def of_models(models: tuple[str, ...], scale: int) -> str:
    """Of several models at one scale; one without weights is its name."""
    known = fingerprints()
    return " ".join(known.get((name, scale), name) for name in models)


def _of(entry: weights.Entry) -> str:
    """The hash of a network's graph or of a fitted model's arrays, and of the card as far as it says how to compute."""
    card = entry.card
    found = hashlib.sha256(repr((card.scale, card.channels, card.wear, card.input_size, card.halo)).encode())
    if entry.kind == "onnx":
        for number, _, value in pb.fields_of(entry.read()):
            if number == pb.MODEL_GRAPH:
                found.update(pb.as_bytes(value))
    else:
        arrays, _ = npz.unpack(entry.read())
        for name, array in sorted(arrays.items()):
            found.update(name.encode() + array.tobytes())
    return found.hexdigest()[:_SHOWN]
