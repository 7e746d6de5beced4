"""SC: super-resolution by sparse coding, the CVPR 2008 procedure that the paper's table shows.

A pair of dictionaries is learned jointly from features of the low-resolution image and from the patches of the large
one that belong to them; a patch is predicted from the non-negative sparse code of its features.

References
----------
Yang, Wright, Huang, Ma: Image super-resolution as sparse representation of raw image patches, CVPR 2008.
Yang, Wright, Huang, Ma: Image super-resolution via sparse representation, IEEE TIP 2010.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from srcnn import weights
from srcnn.degrade import degrade, enlarge
from srcnn.errors import DataError, WeightsError
from srcnn.image.arrays import Floats, check_plane
from srcnn.image.resize import modcrop
from srcnn.methods.base import Channels, Options, one_line
from srcnn.methods.dictionary import MOST_ATOMS
from srcnn.methods.lasso import BLOCK, Codes, lasso
from srcnn.methods.recipe import Fitted, Progress, Recipe, silent
from srcnn.methods.reopening import Reopened
from srcnn.weights import Entry, npz

_WINDOW = 3  # LR pixels a side
# Both halves' atoms have norm 1 where the method was published, at x3: windows of 81 pixels beside 144 features.
# Where a window has more or fewer pixels, atoms of norm 1 would make each pixel fainter or stronger than it is; the
# norm goes with the window's side.
_PUBLISHED = 3
_ZOOM = 2  # features live on the LR image enlarged by 2, whatever the scale
_N_FEATURES = 4 * (_ZOOM * _WINDOW) ** 2


@dataclass(frozen=True, kw_only=True)
class ScRecipe(Recipe):
    """How SC is fitted."""

    atoms: int = 1024
    windows: int = 80_000
    penalty: float = 0.05  # of the joint code: half of the published lambda = 0.1
    passes: int = 6
    batch: int = 5000
    least_contrast: float = 1.0  # windows whose joint vector, in grey levels, is shorter than this are not learned from
    code_penalty: float = 0.1  # when an image is enlarged


@dataclass(frozen=True, eq=False)
class SparseCoding(Reopened):
    """A pair of dictionaries, ready for use."""

    low: NDArray[np.float32]  # (n_atoms, 144), rows of norm 1
    high: NDArray[np.float32]  # (n_atoms, (3 scale)^2), rows of norm scale / 3
    scale: int
    penalty: float = 0.1
    name: str = "sc"
    channels: Channels = "luma"

    def upscale(self, lr: Floats) -> Floats:
        """Enlarge a plane of luma.

        Parameters
        ----------
        lr : (H, W) array
            Luma in [0, 1]: the range matters, since `penalty` acts as an absolute threshold of contrast.

        Returns
        -------
        (H * scale, W * scale) float32 array
            Not clipped. The outermost ``scale`` pixels, and images with a side below 5 pixels, are bicubic.

        Raises
        ------
        ShapeError, RangeError
            If ``lr`` is not a plane of finite numbers.
        """
        check_plane(lr, "lr")
        lr = lr.astype(np.float32, copy=False)
        ilr = enlarge(lr, self.scale)
        rows, columns = lr.shape[0] - _WINDOW - 1, lr.shape[1] - _WINDOW - 1
        if min(rows, columns) < 1:
            return ilr
        zoomed = enlarge(lr, _ZOOM)
        total = np.zeros_like(ilr)
        # Always the same runs of windows in reading order: the result does not depend on how much is in work at once.
        for first in range(0, rows * columns, BLOCK):
            run = np.arange(first, min(first + BLOCK, rows * columns))
            row, column = np.divmod(run, columns)
            self._add(total, self._predict(zoomed, row + 1, column + 1), row + 1, column + 1)
        inner = (slice(self.scale, self.scale * (rows + _WINDOW)), slice(self.scale, self.scale * (columns + _WINDOW)))
        counts = _cover(rows, self.scale)[:, None] * _cover(columns, self.scale)
        ilr[inner] = total[inner] / counts
        return ilr

    __call__ = upscale
    __repr__ = one_line

    def _predict(self, zoomed: Floats, row: NDArray[np.intp], column: NDArray[np.intp]) -> Floats:
        """HR windows, (n, 3 scale, 3 scale), of the LR windows at these corners."""
        top, bottom = int(row[0]) * _ZOOM - 2, (int(row[-1]) + _WINDOW) * _ZOOM + 2
        strip = zoomed[top:bottom]
        y, x = row * _ZOOM - top, column * _ZOOM
        features = window_features(strip, y, x)
        means = _windows(strip, _ZOOM * _WINDOW)[y, x].mean(axis=(1, 2))
        norm = np.maximum(np.sqrt((features * features).sum(axis=1)), np.float32(1))
        codes = lasso(features / norm[:, None], self.low, self.penalty, positive=True)
        sr = codes.dense(len(self.low)) @ self.high * norm[:, None] + means[:, None]
        return np.asarray(sr.reshape(len(row), _WINDOW * self.scale, _WINDOW * self.scale))

    def _add(self, total: Floats, windows: Floats, row: NDArray[np.intp], column: NDArray[np.intp]) -> None:
        s = self.scale
        for r in np.unique(row):
            here = row == r
            start, stop = int(column[here][0]), int(column[here][-1]) + 1
            for shift in range(_WINDOW):
                part = windows[here, :, shift * s : (shift + 1) * s]  # (n, 3s, s)
                total[r * s : (r + _WINDOW) * s, (start + shift) * s : (stop + shift) * s] += part.transpose(
                    1, 0, 2
                ).reshape(_WINDOW * s, -1)


def feature_planes(zoomed: Floats) -> Floats:
    """First and second differences of an image along both axes, shape (4, H, W); 0 where they would reach outside."""
    planes = np.zeros((4, *zoomed.shape), zoomed.dtype)
    planes[0, :, 1:-1] = zoomed[:, 2:] - zoomed[:, :-2]
    planes[1, 1:-1] = zoomed[2:] - zoomed[:-2]
    planes[2, :, 2:-2] = zoomed[:, 4:] + zoomed[:, :-4] - 2 * zoomed[:, 2:-2]
    planes[3, 2:-2] = zoomed[4:] + zoomed[:-4] - 2 * zoomed[2:-2]
    return planes


def window_features(zoomed: Floats, y: NDArray[np.intp], x: NDArray[np.intp]) -> Floats:
    """Features, (n, 144), of the windows of the zoomed image whose corners are at rows ``y`` and columns ``x``."""
    planes = feature_planes(zoomed)
    return np.concatenate([_windows(plane, _ZOOM * _WINDOW)[y, x].reshape(len(y), -1) for plane in planes], axis=1)


def _windows(plane: Floats, side: int) -> Floats:
    return sliding_window_view(plane, (side, side))


def _cover(n: int, scale: int) -> NDArray[np.float32]:
    """How many of ``n`` consecutive windows cover each HR pixel of an axis."""
    return np.repeat(np.convolve(np.ones(n), np.ones(_WINDOW)), scale).astype(np.float32)


def training_windows(images: Sequence[Floats], recipe: ScRecipe, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Features (n, 144) and mean-free HR windows (n, (3 scale)^2) at random places, in proportion to the sizes of the
    images.

    Every place is used twice: as it is and transposed.
    """
    side = _WINDOW * recipe.scale
    pairs = []
    for hr in images:
        cut = modcrop(hr.astype(np.float32, copy=False), recipe.scale)
        if min(cut.shape) >= 5 * recipe.scale:
            pairs.append((cut, enlarge(degrade(cut, recipe.scale), _ZOOM)))
    sizes = np.array([hr.size for hr, _ in pairs], float)
    if not len(sizes):
        raise DataError(
            f"no image has the {5 * recipe.scale} pixels a side that a window of scale {recipe.scale} needs"
        )
    features: list[Floats] = []
    targets: list[Floats] = []
    for (hr, zoomed), share in zip(pairs, sizes / sizes.sum(), strict=True):
        n = int(np.ceil(share * recipe.windows / 2))
        row = rng.integers(1, hr.shape[0] // recipe.scale - _WINDOW, n)
        column = rng.integers(1, hr.shape[1] // recipe.scale - _WINDOW, n)
        for h, z, y, x in ((hr, zoomed, row, column), (hr.T, zoomed.T, column, row)):
            features.append(window_features(z, y * _ZOOM, x * _ZOOM))
            window = _windows(h, side)[y * recipe.scale, x * recipe.scale].reshape(n, -1)
            targets.append(window - window.mean(axis=1, keepdims=True))
    order = rng.permutation(sum(len(part) for part in features))[: recipe.windows]
    return np.concatenate(features)[order], np.concatenate(targets)[order]


def fit_sc(images: Sequence[Floats], recipe: ScRecipe, progress: Progress = silent) -> Fitted:
    """Learn a pair of dictionaries from luma in [0, 1].

    The joint vectors [high / sqrt(81); features / sqrt(144)] of norm 1 are coded sparsely, by non-negative codes as an
    image is later; then each half's atoms are scaled to norm 1 by themselves, as published.
    Codes of either sign here and of one sign there cost 0.2 dB: half of what the atoms were made for is then never
    asked of them.

    Raises
    ------
    DataError
        If no image is large enough.
    """
    rng = np.random.default_rng(recipe.seed)
    progress(0.0, "preparing windows")
    features, targets = training_windows(images, recipe, rng)
    joint = np.concatenate(
        (targets / np.sqrt(targets.shape[1]), features / np.sqrt(_N_FEATURES)), axis=1, dtype=np.float32
    )
    norm = np.sqrt((joint * joint).sum(axis=1))
    kept = norm > max(recipe.least_contrast / 255, 1e-5)
    if not kept.any():
        raise DataError("the training images are flat: no window has the contrast that a dictionary is learned from")
    atoms = learn_dictionary(joint[kept] / norm[kept, None], recipe, rng, progress)
    high, low = atoms[:, : targets.shape[1]], atoms[:, targets.shape[1] :]
    used = (np.linalg.norm(high, axis=1) > 1e-4) & (np.linalg.norm(low, axis=1) > 1e-4)
    high, low = (half[used] / np.linalg.norm(half[used], axis=1, keepdims=True) for half in (high, low))
    return Fitted(
        arrays={
            "low": low.astype(np.float16),
            "high": high.astype(np.float16),
            "penalty": np.array(recipe.code_penalty),
        },
        architecture=f"{len(low)} pairs of atoms",
        parameters=low.size + high.size,
    )


def load(name: str, scale: int, options: Options) -> SparseCoding:
    """Make SC from the weights that come with srcnn.

    What is in work at once is small and fixed: the options change nothing.
    """
    return read(weights.find(name, scale))


def read(entry: Entry) -> SparseCoding:
    """Make SC from a weight file.

    Raises
    ------
    WeightsError
        If the file is damaged or holds no such model.
    """
    arrays, card = npz.open_model(entry)
    low = npz.take(arrays, "low", np.float16, (None, _N_FEATURES)).astype(np.float32)
    high = npz.take(arrays, "high", np.float16, (len(low), (_WINDOW * card.scale) ** 2)).astype(np.float32)
    penalty = float(npz.take(arrays, "penalty", np.float64, ()))
    if not penalty > 0 or len(low) > MOST_ATOMS:
        raise WeightsError(
            f"the model's file has {len(low)} atoms and a penalty of {penalty}; at most {MOST_ATOMS}, and above "
            f"0, make sense"
        )
    return SparseCoding(
        low=low, high=high * np.float32(card.scale / _PUBLISHED), scale=card.scale, penalty=penalty, name=card.name
    )


def learn_dictionary(
    signals: Floats, recipe: ScRecipe, rng: np.random.Generator, progress: Progress = silent
) -> NDArray[np.float32]:
    """Minimise ``1/2 |X - S D|^2 + penalty |S|_1`` over codes S >= 0 and atoms D of norm at most 1, in mini-batches.

    After each batch the atoms are moved by block coordinate descent on sums over about the last pass, so that no batch
    undoes what the others taught (Mairal et al., Online dictionary learning for sparse coding, ICML 2009).
    """
    n = len(signals)
    atoms = signals[rng.choice(n, recipe.atoms, replace=n < recipe.atoms)].astype(np.float32)
    second = np.zeros((recipe.atoms, recipe.atoms), np.float32)
    cross = np.zeros((recipe.atoms, signals.shape[1]), np.float32)
    memory: dict[int, Codes] = {}
    order = rng.permutation(n)
    starts = range(0, n, recipe.batch)
    for step in range(recipe.passes * len(starts)):
        batch = step % len(starts)
        x = signals[order[starts[batch] : starts[batch] + recipe.batch]]
        codes = lasso(x, atoms, recipe.penalty, positive=True, start=memory.get(batch), tolerance=1e-2)
        memory[batch] = codes
        dense = codes.dense(recipe.atoms)
        forget = np.float32(max(0.0, 1 - len(x) / n) if step >= len(starts) // 2 else 0.5)
        second = (second * forget + dense.T @ dense).astype(np.float32)
        cross = (cross * forget + dense.T @ x).astype(np.float32)
        _move_atoms(atoms, second, cross)
        progress((step + 1) / (recipe.passes * len(starts)), "learning the dictionary")
    return atoms


def _move_atoms(atoms: Floats, second: Floats, cross: Floats) -> None:
    for k in np.flatnonzero(np.diag(second) > 1e-6):
        moved = atoms[k] + (cross[k] - second[k] @ atoms) / second[k, k]
        atoms[k] = moved / max(float(np.sqrt(moved @ moved)), 1.0)
