"""The numbers of a network as few bytes: whole numbers of some bits, and a factor for each filter.

A float spends its bits on a range that filters do not have.
As whole numbers of 19 bits, weights are as exact as floats of 24, and as 14 bits twice as exact as floats of 16, by
what they change in a result.
"""

import numpy as np

from srcnn.image.arrays import Floats


def packed(rows: Floats, bits: int) -> bytes:
    """Rows of numbers, each row with a factor of its own.

    Parameters
    ----------
    rows : (n, m) float array
        A filter, or what makes one number, a row.
    bits : int
        Of a number, 2 to 24, the sign included.

    Returns
    -------
    bytes
        The factors as 32-bit floats, then the whole numbers bit by bit, the least significant bit first, filled up to
        whole bytes.
    """
    most = 2 ** (bits - 1) - 1
    factors = (np.abs(rows).max(1, keepdims=True) / most).astype("<f4")
    factors[factors == 0] = 1
    whole = np.clip(np.round(rows / factors.astype(np.float64)), -most, most).astype(np.int64) & (2**bits - 1)
    each = (whole.reshape(-1, 1) >> np.arange(bits)) & 1
    return bytes(factors.tobytes() + np.packbits(each.astype(np.uint8).ravel(), bitorder="little").tobytes())


def as_floats(numbers: Floats) -> bytes:
    """Numbers as they are.

    Parameters
    ----------
    numbers : float array
        Biases: few, and each of them counts.

    Returns
    -------
    bytes
        32-bit floats, the least significant byte first.
    """
    return np.ascontiguousarray(numbers, "<f4").tobytes()
