"""What a teacher makes of an image is computed once, in parts that fit together, as luma in half precision."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from srcnn.degrade import degrade, enlarge
from srcnn.errors import OptionError
from srcnn.image.arrays import to_floats
from srcnn.image.colour import luma_bytes
from srcnn.training import teaching
from srcnn.training.teaching import Taught, load_taught


class Nearest(torch.nn.Module):
    """A teacher that sees no further than a pixel, so parts must fit exactly."""

    calls = 0

    def forward(self, x: Tensor) -> Tensor:
        Nearest.calls += 1
        return torch.nn.functional.interpolate(x, scale_factor=2, mode="nearest")


@pytest.mark.parametrize("grey", [False, True])
def test_parts_fit_and_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grey: bool) -> None:
    monkeypatch.setattr(teaching, "_LARGEST_PART", 40)
    rng = np.random.default_rng(0)
    small = rng.random((65, 50, 3))
    image = np.clip(enlarge(small, 2) * 255, 0, 255).astype(np.uint8)
    image = image[..., 0] if grey else image
    taught = Taught(Nearest(), 2, tmp_path)
    first = np.array(taught(image))
    expected = degrade(to_floats(image), 2)
    expected = expected if grey else (16 + expected @ np.array([65.481, 128.553, 24.966])) / 255
    np.testing.assert_allclose(first, expected.repeat(2, 0).repeat(2, 1), atol=1e-3)
    calls = Nearest.calls
    np.testing.assert_array_equal(taught(image), first)
    assert Nearest.calls == calls
    assert abs(float(first.mean()) - luma_bytes(image).mean() / 255) < 0.01


def test_an_unknown_teacher_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="bsrn"):
        load_taught("edsr", 2, tmp_path, tmp_path)
