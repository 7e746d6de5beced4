"""pyvips, imported when it is first needed."""

from typing import Any


def vips_library() -> Any:
    """The module, which takes messages of libvips in any encoding.

    They hold names as a file has them: a PNG names its profile in Latin-1. pyvips takes all text for UTF-8; where it
    fails while it logs a warning, Python prints the traceback of an error that nothing can catch.

    Returns
    -------
    module
        ``pyvips``.
    """
    import pyvips

    pyvips._to_string = pyvips.error._to_string = _text
    return pyvips


def _text(message: Any) -> str:
    from pyvips import ffi

    found = b"NULL" if message == ffi.NULL else ffi.string(message)
    return found.decode("utf-8", "backslashreplace") if isinstance(found, bytes) else str(found)
