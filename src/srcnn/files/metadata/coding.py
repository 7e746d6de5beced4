"""Colour coding that a file declares without a colour profile, and the equivalent profile.

Sources: ITU-T H.273 (2021), tables 2 and 3 (code points); W3C, *PNG Specification (Third Edition)*, 11.3.2; ICC.1:2022
(profiles).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["srgb", "bt709", "gamma", "linear", "pq", "hlg"]

SRGB_PRIMARIES = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
# White, red, green and blue in CIE xy, by code point.
_PRIMARIES: dict[int, tuple[float, ...]] = {
    1: SRGB_PRIMARIES,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (0.3127, 0.3290, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_TRANSFERS: dict[int, tuple[Transfer, float]] = {
    1: ("bt709", 0), 6: ("bt709", 0), 14: ("bt709", 0), 15: ("bt709", 0), 4: ("gamma", 2.2), 5: ("gamma", 2.8),
    8: ("linear", 1), 13: ("srgb", 0), 16: ("pq", 0), 18: ("hlg", 0),
}  # fmt: skip
_HDR: dict[str, str] = {"pq": "PQ", "hlg": "HLG"}
_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_CURVE = 4096  # points of a sampled curve
_UNIT = 100_000


@dataclass(frozen=True, kw_only=True)
class ColourCoding:
    """How to interpret the values of an image that may have no colour profile.

    A CICP code takes precedence over a profile, and a profile over everything else (PNG, 4.3).
    """

    cicp: tuple[int, int] | None = None  # colour primaries and transfer characteristics of H.273; values are RGB
    full_range: bool = True  # of the code; else black and white are 16 and 235 of 255, which PNG alone can say
    intent: int | None = None  # the image is sRGB, to be rendered with this intent
    gamma: int | None = None  # exponent of the encoder times 100,000, as PNG stores it: 45455 for 1 / 2.2
    primaries: tuple[int, ...] | None = None  # CIE x and y of white, red, green, blue, times 100,000
    mastering: bytes | None = None  # the content of PNG's mDCV chunk
    light_level: bytes | None = None  # of its cLLI chunk

    @property
    def hdr(self) -> str | None:
        """The name of an HDR transfer function, which no ordinary profile can express."""
        return None if self.cicp is None else _HDR.get(_TRANSFERS.get(self.cicp[1], ("", 0))[0])


def is_srgb(coding: ColourCoding) -> bool:
    """Whether the values mean what they would mean without any declaration.

    Parameters
    ----------
    coding : ColourCoding
        What a file says.

    Returns
    -------
    bool
        True for sRGB.
    """
    if coding.cicp is not None:
        return coding.cicp == (1, 13) and coding.full_range
    if coding.intent is not None:
        return True
    near = coding.primaries is None or np.allclose(coding.primaries, np.array(SRGB_PRIMARIES) * _UNIT, atol=100)
    # Encoders have always declared "as on a screen" as gamma 1/2.2; decoders treat it as sRGB.
    return bool(near) and (coding.gamma is None or abs(coding.gamma - 45455) < 200)


def profile_of(coding: ColourCoding, *, grey: bool) -> bytes | None:
    """An equivalent ICC profile.

    Parameters
    ----------
    coding : ColourCoding
        What a file says.
    grey : bool
        Whether the image is grey.

    Returns
    -------
    bytes or None
        A matrix and curve profile (for grey: one curve).
        It also carries a CICP code, so that a reader that knows it can show a high dynamic range.
        None if a file without a profile means the same, or the code is unknown or not of full range.
    """
    if is_srgb(coding) or not coding.full_range:
        return None
    primaries: tuple[float, ...] | None
    if coding.cicp is not None:
        primaries, (transfer, gamma) = _PRIMARIES.get(coding.cicp[0]), _TRANSFERS.get(coding.cicp[1], ("srgb", -1.0))
        if primaries is None or gamma < 0:
            return None
    else:
        primaries = SRGB_PRIMARIES if coding.primaries is None else tuple(value / _UNIT for value in coding.primaries)
        # Primaries without a gamma leave the curve open; that of a screen is usual.
        transfer, gamma = ("srgb", 0.0) if coding.gamma is None else ("gamma", _UNIT / max(coding.gamma, 1))
    curve = _curve(transfer, gamma)
    white = _xyz(primaries[0], primaries[1])
    tags = {b"desc": _text("colours of the image"), b"cprt": _text("no copyright"), b"wtpt": _numbers(b"XYZ ", _D50)}
    if grey:
        tags[b"kTRC"] = curve
    else:
        adapted = _adaptation(white)
        try:
            columns = np.matmul(adapted, _matrix(primaries, white))
        except np.linalg.LinAlgError:
            return None
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True):
            tags[name] = _numbers(b"XYZ ", column)
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve, b"chad": _numbers(b"sf32", adapted.ravel())}
    if coding.cicp is not None and not grey:
        tags[b"cicp"] = b"cicp" + bytes(4) + bytes([*coding.cicp, 0, 1])
    return _profile(tags, grey=grey)


def _curve(transfer: Transfer, gamma: float) -> bytes:
    """From values to light, as a parametric curve or as samples."""
    match transfer:
        case "linear":
            return _parametric(0, 1.0)
        case "gamma":
            return _parametric(0, gamma)
        case "srgb":
            return _parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        case "bt709":
            return _parametric(3, 1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
    values = np.linspace(0, 1, _CURVE)
    if transfer == "pq":  # SMPTE ST 2084, where 1 is 10,000 cd/m²
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        power = values ** (1 / m2)
        light = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    else:  # ARIB STD-B67, scene light
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    samples = np.floor(np.clip(light, 0, 1) * 65535 + 0.5).astype(">u2").tobytes()
    return b"curv" + bytes(4) + struct.pack(">I", _CURVE) + samples


def _parametric(kind: int, *parameters: float) -> bytes:
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + _fixed(parameters)


def _matrix(primaries: tuple[float, ...], white: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix from linear RGB to XYZ; its columns add up to white."""
    columns = np.column_stack([_xyz(*primaries[i : i + 2]) for i in (2, 4, 6)])
    return np.asarray(columns * np.linalg.solve(columns, white))


def _adaptation(white: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Bradford adaptation from one white point to that of profiles (ICC.1, annex E)."""
    gains = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white)
    return np.asarray(np.linalg.inv(_BRADFORD) @ (gains[:, None] * _BRADFORD))


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    y = max(y, 1e-6)
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(values: tuple[float, ...] | NDArray[np.float64]) -> bytes:
    limit = 2**31 - 1
    return b"".join(struct.pack(">i", int(max(-limit, min(limit, round(float(v) * 65536))))) for v in values)


def _numbers(kind: bytes, values: tuple[float, ...] | NDArray[np.float64]) -> bytes:
    return kind + bytes(4) + _fixed(values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _profile(tags: dict[bytes, bytes], *, grey: bool) -> bytes:
    """A display profile of version 4.4; nothing in it depends on the time."""
    at = 128 + 4 + 12 * len(tags)
    table, contents = [struct.pack(">I", len(tags))], []
    places: dict[bytes, int] = {}
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        if content not in places:
            places[content] = at
            contents.append(padded)
            at += len(padded)
        table.append(struct.pack(">4sII", name, places[content], len(content)))
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQI12s4s",
        at, b"", 0x04400000, b"mntr", b"GRAY" if grey else b"RGB ", b"XYZ ", struct.pack(">6H", 2000, 1, 1, 0, 0, 0),
        b"acsp", b"", 0, 0, 0, 0, 1, _fixed(_D50), b"",
    )  # fmt: skip
    return header.ljust(128, b"\0") + b"".join([*table, *contents])
