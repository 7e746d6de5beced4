"""Quantisers of lossy WebP files."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from srcnn.files.vp8 import COARSEST, quantiser_of
from srcnn.files.webp import webp_layout


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:96, :112]
    shade = 128 + 60 * np.sin(rows / 9) * np.cos(columns / 7)
    noise = np.random.default_rng(0).normal(0, 6, (96, 112, 3))
    return np.asarray(np.clip(shade[..., None] + noise, 0, 255), np.uint8)


def saved(pixels: NDArray[np.uint8], **settings: Any) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "WEBP", **settings)
    return target.getvalue()


@pytest.mark.parametrize("method", [0, 4, 6])
def test_a_lower_quality_is_coarser(pixels: NDArray[np.uint8], method: int) -> None:
    found = [webp_layout(saved(pixels, quality=quality, method=method)).quantiser for quality in (0, 30, 60, 90, 100)]
    assert all(index is not None for index in found)
    assert found == sorted(found, reverse=True)  # type: ignore[type-var]
    # As libwebp derives them from a quality: 127 for 0, 0 for 100, less for segments that bear less.
    assert found[-1] == 0
    assert found[0] in range(90, COARSEST + 1)


def test_exif_and_animation_do_not_hide_it(pixels: NDArray[np.uint8]) -> None:
    plain = webp_layout(saved(pixels, quality=40)).quantiser
    assert webp_layout(saved(pixels, quality=40, icc_profile=b"x" * 200)).quantiser == plain
    target = io.BytesIO()
    frames = [Image.fromarray(pixels), Image.fromarray(pixels[::-1])]
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], quality=40)
    assert webp_layout(target.getvalue()).quantiser is not None


def test_lossless_files_have_none(pixels: NDArray[np.uint8]) -> None:
    assert webp_layout(saved(pixels, lossless=True)).quantiser is None


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_give_an_index_or_none(data: bytes, begins_well: bool) -> None:
    found = quantiser_of((b"\x10\x02\x00\x9d\x01\x2a\x20\x00\x20\x00" if begins_well else b"") + data)
    assert found is None or 0 <= found <= COARSEST
