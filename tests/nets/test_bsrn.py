"""The teacher gives its authors' output: the golden pair in the folder beside the images."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from srcnn.errors import WeightsError
from srcnn.files.io import read_image
from srcnn.nets.bsrn import Bsrn, load_bsrn

TEACHERS = Path(os.environ.get("SRCNN_DATA", "/nowhere")).parent / "teachers"
needs_teacher = pytest.mark.skipif(
    not TEACHERS.is_dir(), reason="the teacher's weights are not below the parent of $SRCNN_DATA"
)


@needs_teacher
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_golden_pair(scale: int) -> None:
    x = torch.from_numpy(np.moveaxis(read_image(TEACHERS / "golden_in.png").pixels, 2, 0).astype(np.float32) / 255)[
        None
    ]
    with torch.no_grad():
        found = load_bsrn(TEACHERS, scale)(x)[0].numpy()
    np.testing.assert_allclose(found, np.load(TEACHERS / "golden_out.npz")[f"x{scale}"], atol=2e-5)


def test_missing_or_foreign_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"bsrn_x3\.npz"):
        load_bsrn(tmp_path, 3)
    np.savez(tmp_path / "bsrn_x2.npz", a=np.zeros(3, np.float32))
    with pytest.raises(WeightsError, match=r"bsrn_x2\.npz"):
        load_bsrn(tmp_path, 2)


def test_size() -> None:
    with torch.no_grad():
        assert Bsrn(2).eval()(torch.rand(1, 3, 24, 30)).shape == (1, 3, 48, 60)
