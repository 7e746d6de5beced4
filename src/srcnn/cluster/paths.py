"""Paths that mean the same on all machines of a cluster."""

import os

from srcnn.methods.base import TTA
from srcnn.methods.model_file import is_file


def everywhere(model: str) -> str:
    """A model as other machines are told of it, where there is another current folder.

    Parameters
    ----------
    model : str
        A name or a file, perhaps with the ending for TTA.

    Returns
    -------
    str
        A name as it was; an absolute path of a file.
    """
    return os.path.abspath(model) if is_file(model.removesuffix(TTA)) else model  # noqa: PTH100 - TTA belongs to it
