"""The hash of files, as it stands on cards."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def files_sha256(paths: Iterable[Path]) -> str:
    """SHA-256 over the bytes of files in the given order, whatever their names: a card's ``training_data_sha256``.

    Cards of networks that were exported before this function was the only one keep a hash over names and bytes.

    Parameters
    ----------
    paths : iterable of path
        The files.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
