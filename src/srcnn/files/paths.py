"""Paths given by the user, checked early: a URL or an empty text would become a path with another meaning."""

import os
import re
from pathlib import Path

from srcnn.errors import OptionError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # a single letter is a Windows drive


def is_address(text: str) -> bool:
    """Whether a text is a URL such as ``https://…`` or ``s3://…``, and no local file has that name.

    Parameters
    ----------
    text : str
        What a user gave.

    Returns
    -------
    bool
        False for the paths of Windows.
    """
    return _ADDRESS.match(text) is not None and not os.path.lexists(text)


def local_path(given: str | os.PathLike[str], name: str = "path") -> Path:
    """The path of a local file.

    Parameters
    ----------
    given : str or path
        A URL is refused: `Path` would turn its two slashes into one and look for a file of that name.
    name : str
        The name of the argument.

    Returns
    -------
    path
        Not checked for being there.

    Raises
    ------
    OptionError
        If it is a URL, empty, or not a path.
    """
    if not isinstance(given, (str, os.PathLike)):
        raise OptionError(f"{name} must be the path of a file, got {given!r}")
    text = os.fspath(given)
    if not isinstance(text, str):
        raise OptionError(f"{name} must be a text path, got {given!r}")
    if not text:
        raise OptionError(f"{name} is empty; give the path of a file")
    if is_address(text):
        raise OptionError(
            f"{text} is a URL, and only local files can be read and written; download it first, or mount its storage"
        )
    return Path(text)


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file exists; False also for invalid or unreachable names, where `Path.is_file` raises.

    Parameters
    ----------
    path : str or path
        What a user gave.

    Returns
    -------
    bool
        Links are followed.
    """
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder exists; False also for invalid or unreachable names, where `Path.is_dir` raises.

    Parameters
    ----------
    path : str or path
        What a user gave.

    Returns
    -------
    bool
        Links are followed.
    """
    return os.path.isdir(path)  # noqa: PTH112
