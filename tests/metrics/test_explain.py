import numpy as np
import pytest

from srcnn.errors import ShapeError
from srcnn.image.arrays import Bytes
from srcnn.image.resize import imresize
from srcnn.metrics import psnr
from srcnn.metrics.explain import Convention, _sharp_cubic, explain
from srcnn.metrics.protocol import measure


def make_colour(height: int = 60, width: int = 72) -> Bytes:
    rng = np.random.default_rng(0)
    coarse = rng.random((height // 6, width // 6, 3))
    return np.clip(imresize(coarse, 6) * 255 + rng.normal(scale=4, size=(height, width, 3)), 0, 255).astype(np.uint8)


def make_estimate(hr: Bytes) -> Bytes:
    return np.clip(hr + np.random.default_rng(1).normal(scale=6, size=hr.shape), 0, 255).astype(np.uint8)


def by_name(rows: tuple[Convention, ...], group: str) -> dict[str, float]:
    return {row.name: row.values["psnr"] for row in rows if row.group == group}


def test_colour_pair_under_every_convention() -> None:
    hr = make_colour()
    sr = make_estimate(hr)
    rows = explain(hr, sr, metrics="psnr,ssim", border=2)
    found = by_name(rows, "pair")
    assert list(found) == [
        "protocol",
        "unrounded luma",
        "full-range luma",
        "JPEG luma",
        "BT.709 grey",
        "RGB",
        "no border cut",
    ]
    # The studio range is 219 of 255 levels wide: stretched, every error counts 255/219 times.
    assert found["protocol"] - found["full-range luma"] == pytest.approx(20 * np.log10(255 / 219), abs=1e-6)
    assert found["full-range luma"] == pytest.approx(found["JPEG luma"], abs=0.1)
    assert found["RGB"] == psnr(hr[2:-2, 2:-2], sr[2:-2, 2:-2], data_range=255.0)
    assert found["unrounded luma"] > found["protocol"]  # rounding adds its own noise
    assert all(row.changed for row in rows)


def test_grey_pair_knows_no_colour_conventions() -> None:
    grey = make_colour()[..., 0]
    rows = explain(grey, make_estimate(grey), metrics="psnr", border=3)
    assert list(by_name(rows, "pair")) == ["protocol", "no border cut"]
    assert rows[0].values == measure(grey, make_estimate(grey), "psnr", border=3)


def test_scale_brings_other_borders_and_other_bicubics() -> None:
    hr = make_colour()
    rows = explain(hr, make_estimate(hr), metrics="psnr", border=0, scale=3)
    assert list(by_name(rows, "pair"))[-2:] == ["border of scale", "border of scale + 6"]
    found = by_name(rows, "bicubic")
    assert list(found) == ["protocol", "mirrored edges", "8-bit LR", "RGB, 8-bit LR", "no antialiasing"]
    assert len(set(found.values())) == 5
    assert found["no antialiasing"] != pytest.approx(found["protocol"], abs=0.05)


def test_borders_that_leave_too_little_are_not_tried() -> None:
    hr = make_colour(30, 30)[..., 0]
    names = list(by_name(explain(hr, make_estimate(hr), metrics="psnr,ssim", border=3, scale=4), "pair"))
    assert names == ["protocol", "no border cut", "border of scale"]  # scale + 6 would leave 10 pixels, SSIM needs 11


def test_grey_beside_colour_and_errors() -> None:
    hr = make_colour()
    rows = explain(hr, hr[..., 0], metrics="psnr")
    assert "RGB" in by_name(rows, "pair")
    with pytest.raises(ShapeError, match="same shape"):
        explain(hr, hr[1:])


def test_sharp_kernel_is_keys_with_a_of_three_quarters() -> None:
    np.testing.assert_allclose(_sharp_cubic(np.array([0.0, 1.0, 2.0, -1.0, 2.5])), [1, 0, 0, 0, 0], atol=1e-15)
    t = np.linspace(0, 1, 11)[:-1]
    np.testing.assert_allclose(sum(_sharp_cubic(t + shift) for shift in (-2, -1, 0, 1)), 1, atol=1e-12)
    step = 1e-6
    assert (_sharp_cubic(np.array([1 + step])) / step)[0] == pytest.approx(-0.75, abs=1e-4)  # its slope at 1 is a
