"""What a user gives as the path of a file: checked at the door, for an address or an empty text makes a path of another
meaning.
"""

import os
import re
from pathlib import Path

from srcnn.errors import OptionError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # a single letter is a drive of Windows


def is_address(text: str) -> bool:
    """Whether a text is an address such as ``https://…`` or ``s3://…``, and no local file is called so.

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
    """The path that was given.

    Parameters
    ----------
    given : str or path
        An address is no path: `Path` would make one slash of two, and a file of that name would be looked for.
    name : str
        What the caller calls this argument.

    Returns
    -------
    path
        Not checked for being there.

    Raises
    ------
    OptionError
        If it is an address, empty, or no path at all.
    """
    if not isinstance(given, (str, os.PathLike)):
        raise OptionError(f"{name} must be the path of a file, got {given!r}")
    text = os.fspath(given)
    if not isinstance(text, str):
        raise OptionError(f"{name} must be a path of text, got {given!r}")
    if not text:
        raise OptionError(f"{name} is empty; give the path of a file")
    if is_address(text):
        raise OptionError(
            f"{text} is an address, and only local files are read and written; copy it here first, or mount it"
        )
    return Path(text)


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether there is a file; False as well for what cannot be reached or be a name, where `Path.is_file` raises.

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
    """Whether there is a folder; False as well for what cannot be reached or be a name, where `Path.is_dir` raises.

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
