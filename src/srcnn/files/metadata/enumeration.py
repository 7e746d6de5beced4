"""Names in a note: the first few, and how many more there are, for a file may hold thousands."""

from __future__ import annotations

from collections.abc import Sequence


def enumerated(names: Sequence[str], most: int = 8) -> str:
    """List names in words.

    Parameters
    ----------
    names : sequence of str
        In the order of the list.
    most : int
        Names that are written out.

    Returns
    -------
    str
        Separated by commas; of the rest its number.

    Examples
    --------
    >>> enumerated(["EXIF", "XMP", "IPTC"], most=2)
    'EXIF, XMP and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
