"""The sample image is what its script draws."""

import importlib.util
from pathlib import Path

import numpy as np

from srcnn.files.io import read_image

ROOT = Path(__file__).parent.parent


def test_the_sample_image_is_what_its_script_draws(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_chart", ROOT / "scripts" / "make_chart.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path / "chart.png")
    drawn, kept = (read_image(path).pixels for path in (tmp_path / "chart.png", ROOT / "examples" / "chart.png"))
    # Another version of Pillow may draw letters a little differently.
    assert np.abs(drawn.astype(int) - kept).mean() < 0.3  # another word in it makes 0.5
    assert (ROOT / "examples" / "chart.png").stat().st_size < 60_000
