"""One tree of errors: catch ``SrcnnError`` for everything this package raises on purpose."""


class SrcnnError(Exception):
    """Base of every error that srcnn raises on purpose; its text is fit to be shown to a user."""


class ShapeError(SrcnnError, ValueError):
    """Arrays whose shapes do not fit each other or the operation."""


class RangeError(SrcnnError, ValueError):
    """Values that are not finite or lie outside the range that was promised."""


class OptionError(SrcnnError, ValueError):
    """A setting, name or recipe key that does not exist or has no such value."""


class ImageError(SrcnnError, OSError):
    """An image that cannot be read or written."""


class WeightsError(SrcnnError, ValueError):
    """A weight file that is missing, damaged or of another kind."""


class DataError(SrcnnError, OSError):
    """A folder of images or a file of records that is missing or unusable."""


class MissingExtraError(SrcnnError, ImportError):
    """An optional dependency that is not installed; the text names the pip line that installs it."""


def missing_extra(purpose: str, package: str, extra: str) -> MissingExtraError:
    """Make the error for an absent optional dependency, e.g. ``missing_extra("training", "PyTorch", "train")``.

    Parameters
    ----------
    purpose : str
        What needs it.
    package : str
        What is absent.
    extra : str
        Of srcnn, that installs it.

    Returns
    -------
    MissingExtraError
        To be raised.
    """
    return MissingExtraError(f"{purpose} needs {package}: pip install 'srcnn[{extra}]'")


def reason(error: Exception) -> str:
    """Why the system refused a file, as the end of a line: "there is no such file or folder", "permission denied", …

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    str
        One line in lower case, without the file's name.
    """
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "permission denied"
    text = error.strerror if isinstance(error, OSError) else None
    return (text or " ".join(str(error).split())[:200] or type(error).__name__).lower()
