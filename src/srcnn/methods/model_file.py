"""Models given as files: a network as ONNX, an example-based model as NPZ, each with its card inside."""

from pathlib import Path

from srcnn import weights
from srcnn.weights.card import Card

SUFFIXES = (".onnx", weights.FITTED_SUFFIX)


def is_file(name: str) -> bool:
    """Whether a model's name is the path of a file.

    Parameters
    ----------
    name : str
        What the user gave.

    Returns
    -------
    bool
        By its suffix alone.
    """
    return Path(name).suffix.lower() in SUFFIXES


def card_of(path: str) -> Card:
    """The card inside a model's file, which may come from a stranger.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    Card
        With every value checked.

    Raises
    ------
    WeightsError
        If the file cannot be read, or is no model.
    """
    if weights.is_fitted_file(path):
        from srcnn.weights.npz import entry_of

        return entry_of(Path(path)).card
    from srcnn.engine.onnx_file import read_card
    from srcnn.methods.network import read_file

    return read_card(read_file(Path(path)))
