"""The studies: every one can be read, trained and measured."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from srcnn.errors import OptionError
from srcnn.files.io import read_image

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("study", ROOT / "scripts" / "study.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules["study"] = script  # dataclasses look their module up
    spec.loader.exec_module(script)
    return script


@pytest.mark.parametrize("path", sorted((ROOT / "recipes" / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_variants_of_a_study_have_equal_budgets(study: ModuleType, path: Path) -> None:
    variants = {variant.name: variant for variant in study.read_study(path)}
    steps = {
        name: v.config.steps + (variants[v.after].config.steps if v.after else 0)
        for name, v in variants.items()
        if not v.hidden
    }
    assert len(set(steps.values())) == 1
    assert len(steps) >= 2


STUDY = """
[base]
net = "srcnn-5-1-3"
widths = [8, 4]
scale = 2
data = ["photos"]
patch = 20
batch = 4
steps = 6
holdout = 3
warm_up = 2

[[variant]]
label = "Y only"
paper = "32.39"

[[variant]]
label = "chroma first"
net = "srcnn-5-1-3-ycbcr"
loss = "mse-cbcr"
hidden = true

[[variant]]
label = "YCbCr"
net = "srcnn-5-1-3-ycbcr"
after = "chroma first"
"""


def test_a_study_is_trained_measured_and_told(study: ModuleType, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(STUDY)
    for name in ("photos", "Test"):
        (tmp_path / name).mkdir()
        for path in photos.glob("*.png"):
            Image.fromarray(read_image(path).pixels).save(tmp_path / name / path.name)
    study.main(tmp_path / "small.toml", tmp_path, tmp_path / "out", "Test")
    results = json.loads((tmp_path / "out" / "small" / "results.json").read_text())
    assert list(results) == ["bicubic", "Y only", "YCbCr"]
    assert results["Y only"]["Cb"] == pytest.approx(
        results["bicubic"]["Cb"], abs=0.05
    )  # a network on luma leaves chroma to bicubic
    table = (tmp_path / "out" / "small" / "table.md").read_text()
    assert f"| {results['Y only']['Y']:.2f} |" in table
    assert "32.39" in table
    made = sorted((tmp_path / "out" / "runs").glob("*/best.ckpt"))
    assert len(made) == 3
    stamps = [path.stat().st_mtime_ns for path in made]
    # Nothing is trained twice, not in another study either.
    (tmp_path / "other.toml").write_text(STUDY.replace("chroma first", "chroma before"))
    for name in ("small", "other"):
        study.main(tmp_path / f"{name}.toml", tmp_path, tmp_path / "out", "Test")
    assert [path.stat().st_mtime_ns for path in sorted((tmp_path / "out" / "runs").glob("*/best.ckpt"))] == stamps


def test_unknown_key_of_a_variant_is_named(study: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('[base]\nsteps = 3\n[[variant]]\nlabel = "a"\nnett = "srcnn-9-1-5"\n')
    with pytest.raises(OptionError, match="nett"):
        study.read_study(tmp_path / "wrong.toml")


def test_a_variant_cannot_take_the_name_of_the_baseline(study: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('[base]\nsteps = 3\n[[variant]]\nlabel = "bicubic"\n')
    with pytest.raises(OptionError, match="bicubic"):
        study.read_study(tmp_path / "wrong.toml")
