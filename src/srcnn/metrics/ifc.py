"""Information fidelity criterion."""

import math

import numpy as np
from numpy.typing import NDArray

from srcnn.image.arrays import Image
from srcnn.metrics.checks import Plane, prepare_planes
from srcnn.metrics.pyramid import steerable_bands

SMALLEST = 2  # the padding's corners take the pixel one step inside
LEVELS = 4
ORIENTATIONS = (0, 3)  # the two of six bands per level that the authors' release compares
_BLOCK = 3  # coefficients are modelled in blocks of 3x3
_SHIFTS = tuple((row, column) for row in range(_BLOCK) for column in range(_BLOCK))
_STRIP = 32  # rows at a time, to stay in the processor's cache
_TINY = 1e-15
_NOISE = 1e-10  # the release's stand-in for the visual system's own noise


def ifc(hr: Image, sr: Image, *, data_range: float = 1.0) -> float:
    """Information fidelity criterion: the mutual information between two images' wavelet coefficients under a
    scale-mixture model.

    This is the variant of the authors' release, which the super-resolution papers report: eight subbands of a steerable
    pyramid, windows that depend on the scale, both images padded to multiples of 32 (at least 128).

    Parameters
    ----------
    hr, sr : (H, W) array
        Ground truth and estimate, in ``[0, data_range]``. The order matters: the criterion is not symmetric.
    data_range : float
        White minus black: 1.0 for floats, 255.0 for 8-bit values. Never guessed from the data.

    Returns
    -------
    float
        Bits per pixel of the padded image, higher is better.
        Finite (about 50 to 75) for equal images, where it rests on rounding; 0 where the ground truth is flat.

    Raises
    ------
    ShapeError
        If the shapes differ, or a side has fewer than 2 pixels.
    RangeError
        If a value is not finite or lies outside ``[0, data_range]``.

    References
    ----------
    Sheikh, Bovik, de Veciana, An information fidelity criterion for image quality assessment using natural scene
    statistics, TIP 2005.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> hr = np.random.default_rng(0).random((64, 64))
    >>> round(srcnn.ifc(hr, 0.9 * hr), 1)
    63.1
    """
    x, y = prepare_planes("IFC", hr, sr, data_range, SMALLEST)
    x, y = pad(x), pad(y)
    pairs = zip(steerable_bands(x, LEVELS, ORIENTATIONS), steerable_bands(y, LEVELS, ORIENTATIONS), strict=True)
    return sum(_band_information(reference, distorted, level) for (level, reference), (_, distorted) in pairs) / x.size


def pad(plane: Plane) -> Plane:
    """Bring both sides to a multiple of 32, at least 128: mirrored bands around the image, constant corners.

    The corners are a quirk of the padding that the published figures went through; each repeats the one pixel
    diagonally inside it.

    Parameters
    ----------
    plane : (H, W) float64 array
        Values.

    Returns
    -------
    (H, W) float64 array
        The plane with its frame.
    """
    sides = []
    for n in plane.shape:
        extra = max(128, 32 * math.ceil(n / 32)) - n
        before = (extra + 1) // 2  # half away from zero
        sides.append((before, extra - before))
    (top, bottom), (left, right) = sides
    height, width = plane.shape
    rows = _mirror(height, top, bottom)
    columns = _mirror(width, left, right)
    out = plane[np.ix_(rows, columns)]
    out[:top, :left] = plane[1, 1]
    out[:top, left + width :] = plane[1, -2]
    out[top + height :, :left] = plane[-2, 1]
    out[top + height :, left + width :] = plane[-2, -2]
    return out


def _mirror(n: int, before: int, after: int) -> NDArray[np.intp]:
    """Which pixel lies at each padded position: mirrored without the edge pixel, the offset clamped to the last one
    there is.
    """
    position = np.arange(-before, n + after)
    inside = np.where(position < 0, np.minimum(-position, n - 1), position)
    return np.where(position >= n, np.maximum(2 * (n - 1) - position, 0), inside)


def _band_information(reference: Plane, distorted: Plane, level: int) -> float:
    """Bits that the distorted band holds about the reference band."""
    height, width = (n - n % _BLOCK for n in reference.shape)
    y, z = reference[:height, :width], distorted[:height, :width]
    window = 2 ** (LEVELS + 1 - level) + 1
    gain, noise = _channel(y, z, window)
    energy, eigenvalues = _source(y)
    drop = math.ceil((window - 1) / 2 / _BLOCK)
    inner = (slice(drop, height // _BLOCK - drop), slice(drop, width // _BLOCK - drop))
    ratio = gain[inner] ** 2 * energy[inner] / (noise[inner] + _NOISE)
    return float(sum(np.log2(1 + ratio * eigenvalue).sum() for eigenvalue in eigenvalues))


def _channel(y: Plane, z: Plane, window: int) -> tuple[Plane, Plane]:
    """Gain and residual variance of ``z = gain * y + noise`` around the centre of every block."""
    count = window**2
    sum_y, sum_z = _box_sums(y, window), _box_sums(z, window)
    covariance = _box_sums(y * z, window) - sum_y * sum_z / count
    variance_y = np.maximum(_box_sums(y * y, window) - sum_y**2 / count, 0)
    variance_z = np.maximum(_box_sums(z * z, window) - sum_z**2 / count, 0)
    gain = covariance / (variance_y + _TINY)
    noise = (variance_z - gain * covariance) / count
    # Repairs in the release's order. Its variance_z is not divided by the count here, and neither is ours.
    flat = variance_y < _TINY
    gain[flat] = 0
    noise[flat] = variance_z[flat]
    lost = variance_z < _TINY
    gain[lost] = 0
    noise[lost] = 0
    inverted = gain < 0
    noise[inverted] = variance_z[inverted]
    gain[inverted] = 0
    return gain, np.maximum(noise, _TINY)


def _box_sums(band: Plane, window: int) -> Plane:
    """Sums over a square window at the centre of every block, mirrored edges: (H, W) gives (H/3, W/3)."""
    # Plain sums, not differences of running sums: what cancels there would show in the residual variance of close
    # images.
    reach = window // 2
    for axis in (0, 1):
        blocks = band.shape[0] // _BLOCK
        padded = np.pad(band, ((reach, reach), (0, 0)), mode="reflect")
        total = np.zeros((blocks, band.shape[1]))
        for offset in range(1, 1 + window):
            total += padded[offset : offset + _BLOCK * blocks : _BLOCK][:blocks]
        band = np.ascontiguousarray(total.T) if axis == 0 else total.T
    return band


def _source(y: Plane) -> tuple[Plane, NDArray[np.float64]]:
    """Energy of every block after whitening, (H/3, W/3), and the nine eigenvalues of the blocks' covariance."""
    eigenvalues, vectors = np.linalg.eigh(_block_covariance(y))
    # A flat or striped image has directions without any energy; they carry no information and are left out of the
    # inverse.
    kept = eigenvalues > max(eigenvalues[-1], 0) * _TINY + np.finfo(float).tiny
    eigenvalues, vectors = eigenvalues[kept], vectors[:, kept]
    blocks = np.stack([y[row::_BLOCK, column::_BLOCK] for row, column in _SHIFTS])
    whitened = np.tensordot(vectors.T, blocks, axes=1) ** 2 / eigenvalues[:, None, None]
    return whitened.sum(axis=0) / _BLOCK**2, eigenvalues


def _block_covariance(y: Plane) -> NDArray[np.float64]:
    """Covariance (9, 9) of all overlapping blocks of a band, divided by their count."""
    y = y - y.mean()  # leaves almost nothing for the means below to cancel
    height, width = y.shape[0] - _BLOCK + 1, y.shape[1] - _BLOCK + 1
    products = np.zeros((_BLOCK**2, _BLOCK**2))
    sums = np.zeros(_BLOCK**2)
    # Strip by strip: nine shifted copies of the whole band would be the largest arrays of the metric.
    for top in range(0, height, _STRIP):
        rows = min(_STRIP, height - top)
        blocks = np.stack([y[top + row : top + row + rows, column : column + width] for row, column in _SHIFTS])
        blocks = blocks.reshape(_BLOCK**2, -1)
        products += blocks @ blocks.T
        sums += blocks.sum(axis=1)
    mean = sums / (height * width)
    return np.asarray(products / (height * width) - np.outer(mean, mean))
