"""One hierarchy of errors: ``SrcnnError`` covers everything that this package raises on purpose."""


class SrcnnError(Exception):
    """Base of every error that srcnn raises on purpose; its message can be shown to a user.

    Examples
    --------
    >>> import srcnn
    >>> try:
    ...     srcnn.read_image("nowhere.png")
    ... except srcnn.SrcnnError as error:
    ...     print(error)
    cannot read nowhere.png: there is no such file or folder
    """


class ShapeError(SrcnnError, ValueError):
    """Arrays whose shapes do not match each other or the operation.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.psnr(np.zeros((4, 5)), np.zeros((4, 4)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    srcnn.errors.ShapeError: hr and sr must have the same shape, got (4, 5) and (4, 4); ...
    """


class RangeError(SrcnnError, ValueError):
    """Values that are not finite or lie outside the range that was promised.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> srcnn.psnr(np.zeros((4, 5)), np.full((4, 5), 2.0))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    srcnn.errors.RangeError: sr must lie in [0, 1], got values from 2 to 2; ...
    """


class OptionError(SrcnnError, ValueError):
    """A setting, name or recipe key that does not exist, or an invalid value.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.load("bicubik", 3)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    srcnn.errors.OptionError: no model named 'bicubik'; did you mean 'bicubic'? ...
    """


class ImageError(SrcnnError, OSError):
    """An image that cannot be read or written.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.read_image("nowhere.png")
    Traceback (most recent call last):
        ...
    srcnn.errors.ImageError: cannot read nowhere.png: there is no such file or folder
    """


class WeightsError(SrcnnError, ValueError):
    """A weight file that is missing, damaged or of another kind.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.load("mine.onnx", 3)
    Traceback (most recent call last):
        ...
    srcnn.errors.WeightsError: cannot read the model mine.onnx: there is no such file or folder
    """


class DataError(SrcnnError, OSError):
    """A folder of images or a file of records that is missing or unusable.

    Examples
    --------
    >>> import srcnn
    >>> srcnn.benchmark("bicubic", "Set6", data=".")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    srcnn.errors.DataError: no dataset 'Set6' in .; ...
    """


class ClusterError(SrcnnError, RuntimeError):
    """A cluster that cannot be reached, or on which nothing runs.

    Examples
    --------
    >>> import srcnn
    >>> try:
    ...     raise srcnn.ClusterError("cannot reach the cluster ray://head:10001: ray client connection timeout")
    ... except srcnn.SrcnnError as error:
    ...     print(error)
    cannot reach the cluster ray://head:10001: ray client connection timeout
    """


class CancelledError(SrcnnError):
    """Work that was stopped by the one who had asked for it.

    Examples
    --------
    >>> import threading
    >>> import numpy as np
    >>> import srcnn
    >>> stop = threading.Event()
    >>> stop.set()  # by another thread, in earnest
    >>> srcnn.upscale(np.zeros((8, 8), np.uint8), 2, "fast", cancel=stop)
    Traceback (most recent call last):
        ...
    srcnn.errors.CancelledError: cancelled with 0 of 1 blocks done
    """


class MissingExtraError(SrcnnError, ImportError):
    """An optional dependency that is not installed; the message has the pip command for it.

    Examples
    --------
    >>> from srcnn.errors import missing_extra
    >>> print(missing_extra("training", "PyTorch", "train"))
    training needs PyTorch: pip install 'srcnn[train]'
    """


def missing_extra(purpose: str, package: str, extra: str) -> MissingExtraError:
    """The error for a missing optional dependency, e.g. ``missing_extra("training", "PyTorch", "train")``.

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
    """Why the system refused a file, as the end of a line: "permission denied", for one.

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


def interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C, or the signal that stands for it, is behind an error.

    A library in C that is interrupted while it is being imported, or calls back, may report an error of its own.
    Who carries on after any error, with another engine or with the next file, must not carry on after that one.

    Parameters
    ----------
    error : BaseException or None
        What was raised.

    Returns
    -------
    bool
        True for a `KeyboardInterrupt` and for what was raised because of one.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
