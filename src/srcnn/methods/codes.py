"""Sparse codes: which atoms each signal is a sum of, and how much of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Codes:
    """Sparse codes: signal ``i`` is ``sum_k value[i, k] * atoms[index[i, k]]``; unused places hold value 0."""

    index: NDArray[np.intp]  # (n_signals, n_places)
    value: NDArray[np.float32]  # (n_signals, n_places)

    def dense(self, n_atoms: int) -> NDArray[np.float32]:
        """All coefficients.

        Parameters
        ----------
        n_atoms : int
            Above all of `index`.

        Returns
        -------
        (n_signals, n_atoms) float32 array
            0 for atoms that a signal does not use.
        """
        out = np.zeros((len(self.index), n_atoms), np.float32)
        rows, places = np.nonzero(self.value)
        out[rows, self.index[rows, places]] = self.value[rows, places]
        return out

    def take(self, rows: NDArray[np.intp]) -> "Codes":
        """The codes of some of the signals.

        Parameters
        ----------
        rows : (n,) int array
            Which signals.

        Returns
        -------
        Codes
            In the order of ``rows``.
        """
        return Codes(self.index[rows], self.value[rows])

    def put(self, rows: NDArray[np.intp], codes: "Codes") -> "Codes":
        """These codes, with others for some of the signals.

        Parameters
        ----------
        rows : (n,) int array
            Which signals, each at most once.
        codes : Codes
            Theirs, in the order of ``rows``.

        Returns
        -------
        Codes
            New arrays, as wide as the wider of the two.
        """
        width = max(self.index.shape[1], codes.index.shape[1])
        padding = ((0, 0), (0, width - self.index.shape[1]))
        index, value = np.pad(self.index, padding), np.pad(self.value, padding)
        value[rows] = 0
        index[rows, : codes.index.shape[1]] = codes.index
        value[rows, : codes.value.shape[1]] = codes.value
        return Codes(index, value)
