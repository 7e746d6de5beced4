"""The trained models that come with the package: list, open, verify.

``index.json`` holds, for every file, its SHA-256 and its card, so that listing models opens none of them.
A file is checked against its hash whenever it is opened; nothing here is ever unpickled.
"""

import hashlib
import json
import stat
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from srcnn.errors import OptionError, WeightsError, reason
from srcnn.weights.card import Card

FOLDER = Path(__file__).parent / "files"
INDEX = "index.json"
FITTED_SUFFIX = ".npz"
LARGEST_FILE = 2**29  # bytes; the largest shipped one has 5 MB


@dataclass(frozen=True)
class Entry:
    """One weight file: where it is, what is in it."""

    path: Path
    sha256: str
    card: Card

    @property
    def kind(self) -> Literal["onnx", "npz"]:
        """A network is an ONNX file, an example-based model an NPZ."""
        return "onnx" if self.path.suffix == ".onnx" else "npz"

    def read(self) -> bytes:
        """The file's bytes, verified against the hash of the index.

        Raises
        ------
        WeightsError
            If the file is missing or its bytes are not those that were shipped.
        """
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise WeightsError(f"cannot read the weights {self.path}: {error.strerror}") from error
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise WeightsError(
                f"{self.path} is damaged: its SHA-256 is {found}, expected {self.sha256}; reinstall srcnn"
            )
        return data


@cache
def entries(folder: Path = FOLDER) -> tuple[Entry, ...]:
    """All models below ``folder``, sorted by name and scale; read once a process.

    Parameters
    ----------
    folder : path
        Holds ``index.json``.

    Returns
    -------
    tuple of Entry
        Empty where there is no index.

    Raises
    ------
    WeightsError
        If the index is damaged.
    """
    index = folder / INDEX
    if not index.exists():
        return ()
    try:
        rows = json.loads(index.read_text(encoding="utf-8"))
        found = [Entry(folder / row["file"], row["sha256"], Card.from_json(json.dumps(row["card"]))) for row in rows]
    except WeightsError as error:
        raise WeightsError(f"the index of models {index} cannot be used: {error}") from error
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"the index of models {index} cannot be read: {error}") from error
    return tuple(sorted(found, key=lambda entry: (entry.card.name, entry.card.scale)))


def find(name: str, scale: int, folder: Path = FOLDER) -> Entry:
    """The entry of a model at a scale; ``name`` may be the path of an example-based model's ``.npz`` file.

    Parameters
    ----------
    name : str
        The model's name, or a path.
    scale : int
        Upscaling factor.
    folder : path
        Holds ``index.json``.

    Returns
    -------
    Entry
        The line of the index.

    Raises
    ------
    OptionError
        If there is no such model, or not at that scale; the text names those there are.
    WeightsError
        If the file cannot be read, or is no model.
    """
    if is_fitted_file(name):
        from srcnn.weights.npz import entry_of

        entry = entry_of(Path(name))
        if entry.card.scale != scale:
            raise OptionError(f"the model {name} enlarges {entry.card.scale} times, not {scale} times")
        return entry
    scales = [entry.card.scale for entry in entries(folder) if entry.card.name == name]
    if scale in scales:
        return next(e for e in entries(folder) if e.card.name == name and e.card.scale == scale)
    if scales:
        raise OptionError(f"model {name!r} exists for scale {', '.join(map(str, scales))}, not for {scale}")
    names = dict.fromkeys(entry.card.name for entry in entries(folder))
    raise OptionError(f"no trained model named {name!r}; there are: {', '.join(names) or 'none'}")


def is_fitted_file(name: str) -> bool:
    """Whether a model's name is the path of an example-based model's file.

    Parameters
    ----------
    name : str
        What the user gave.

    Returns
    -------
    bool
        By its suffix alone.
    """
    return Path(name).suffix.lower() == FITTED_SUFFIX


def read_file(path: Path) -> bytes:
    """The bytes of a model's file, which may come from a stranger.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    WeightsError
        If it cannot be read, is no regular file, or is larger than any model.
    """
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode) and status.st_size > LARGEST_FILE:
            raise WeightsError(
                f"cannot use {path}: it has {status.st_size / 1e6:.0f} MB, more than the {LARGEST_FILE / 1e6:.0f} "
                f"allowed"
            )
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise WeightsError(f"cannot use {path}: it is not a file")
        return path.read_bytes()
    except WeightsError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise WeightsError(f"cannot read the model {path}: {reason(error)}") from error


def write(data: bytes, card: Card, kind: Literal["onnx", "npz"], folder: Path) -> Entry:
    """Store a weight file and enter it into the index, replacing the one of the same name and scale.

    Parameters
    ----------
    data : bytes
        The file.
    card : Card
        Of the model.
    kind : Literal[onnx, npz]
        Suffix of the file.
    folder : path
        Made when it is not there.

    Returns
    -------
    Entry
        The new line of the index.
    """
    from srcnn.files.atomic import write_bytes

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{card.name}_x{card.scale}.{kind}"
    entry = Entry(path, hashlib.sha256(data).hexdigest(), card)
    entries.cache_clear()  # another process may have added a model since the index was read
    kept = [e for e in entries(folder) if (e.card.name, e.card.scale) != (card.name, card.scale)]
    rows = [
        {"file": e.path.name, "sha256": e.sha256, "card": asdict(e.card)}
        for e in sorted([*kept, entry], key=lambda e: (e.card.name, e.card.scale))
    ]
    write_bytes(path, data)
    write_bytes(folder / INDEX, (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode())
    entries.cache_clear()
    return entry
