"""Metadata in the file of a network: its card, and the log of its training."""

from srcnn.engine import protobuf as pb
from srcnn.engine.protobuf import fields_of
from srcnn.errors import WeightsError
from srcnn.weights.card import Card

CARD_KEY = "srcnn.card"
LOG_KEY = "srcnn.log"  # the run's log.csv, as text
BASELINES_KEY = (
    "srcnn.baselines"  # PSNR of other methods on the images that the log was validated on: {"bicubic": 28.09} as JSON
)


def read_metadata(data: bytes) -> dict[str, str]:
    """The metadata texts of an ONNX file, by name.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    dict of str to str
        By their names.

    Raises
    ------
    WeightsError
        If the file is not ONNX.
    """
    entries = [
        {n: pb.as_bytes(v) for n, _, v in fields_of(value)}
        for number, _, value in fields_of(data)
        if number == pb.MODEL_METADATA
    ]
    return {entry.get(1, b"").decode(errors="replace"): entry.get(2, b"").decode(errors="replace") for entry in entries}


def read_card(data: bytes) -> Card:
    """The card inside an ONNX file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Card
        With every value checked.

    Raises
    ------
    WeightsError
        If the file is not ONNX or has no card.
    """
    card = read_metadata(data).get(CARD_KEY)
    if card is None:
        raise WeightsError(
            f"the network has no card: an ONNX file for srcnn carries one as metadata {CARD_KEY!r} (see "
            f"srcnn.training.export)"
        )
    return Card.from_json(card)
