"""The card inside a network's file: an ONNX file for srcnn carries one as metadata."""

from srcnn.engine import protobuf as pb
from srcnn.engine.protobuf import fields_of
from srcnn.errors import WeightsError
from srcnn.weights.card import Card

CARD_KEY = "srcnn.card"


def read_card(data: bytes) -> Card:
    """The card inside an ONNX file.

    Raises
    ------
    WeightsError
        If the file is not ONNX or has no card.
    """
    for number, _, value in fields_of(data):
        if number == pb.MODEL_METADATA:
            entry = {n: pb.as_bytes(v) for n, _, v in fields_of(value)}
            if entry.get(1) == CARD_KEY.encode():
                return Card.from_json(entry.get(2, b""))
    raise WeightsError(f"the network has no card: an ONNX file for srcnn carries one as metadata {CARD_KEY!r} (see srcnn.training.export)")
