"""A table of plain text whose columns are aligned: the one for every command."""

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> str:
    """Put cells under each other.

    Parameters
    ----------
    rows : sequence of sequences of str
        Of equal length, headings first; at least one row.
    left : collection of int
        Columns that are aligned to the left; the others are to the right.

    Returns
    -------
    str
        One line a row, two spaces between columns, none at the end of a line.

    Raises
    ------
    ValueError
        If a row is of another length than the first.

    Examples
    --------
    >>> print(aligned([("model", "dB"), ("a+", "32.57"), ("bicubic", "30.39")]))
    model       dB
    a+       32.57
    bicubic  30.39
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number in left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
