"""Durations in the whole units of a file format."""

from __future__ import annotations

import math
from fractions import Fraction


class Clock:
    """Rounds the moments at which frames change, not their durations, so that errors do not add up.

    Parameters
    ----------
    unit : int
        Milliseconds of a unit.
    most : int
        Units that a frame can be seen for.
    """

    def __init__(self, unit: int, most: int) -> None:
        self._unit = unit
        self._most = most
        self._now = Fraction(0)

    def units(self, milliseconds: Fraction) -> int:
        """The duration of the next frame.

        Parameters
        ----------
        milliseconds : Fraction
            How long it should be seen.

        Returns
        -------
        int
            In units.
        """
        start = _rounded(self._now / self._unit)
        self._now += milliseconds
        return min(_rounded(self._now / self._unit) - start, self._most)


def _rounded(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
