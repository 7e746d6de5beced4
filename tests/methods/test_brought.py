"""Methods that other packages bring by an entry point."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from srcnn import methods
from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.run import plan, run_benchmark
from srcnn.errors import OptionError
from srcnn.files import write_image
from srcnn.files.picture import Picture

MODULE = """
from dataclasses import dataclass
from srcnn.errors import OptionError

@dataclass(frozen=True)
class Nearest:
    name: str
    scale: int
    channels: str = "luma"
    def upscale(self, lr):
        return lr.repeat(self.scale, 0).repeat(self.scale, 1).astype("float32")
    __call__ = upscale

def load(name, scale, options):
    if scale > 3:
        raise OptionError(f"{name} knows scales up to 3, got {scale}")
    return Nearest(name, scale)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package that brings "nearest", a method that cannot be imported, and one by a name that is taken."""
    info = tmp_path / "site" / "other-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[srcnn.methods]\nnearest = other_nearest\nbroken = other_broken\nbicubic = other_nearest\n"
    )
    (tmp_path / "site" / "other_nearest.py").write_text(MODULE)
    (tmp_path / "site" / "other_broken.py").write_text("import no_such_package_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    methods.plugins.cache_clear()
    yield tmp_path
    methods.plugins.cache_clear()
    sys.modules.pop("other_nearest", None)


@pytest.mark.usefixtures("package")
def test_a_brought_method_is_a_method_like_any_other() -> None:
    sr = methods.load("nearest", 2).upscale(np.eye(3, dtype=np.float32))
    assert sr.shape == (6, 6)
    assert methods.plugins()["nearest"].package == "other 1.2"
    assert (
        methods.load("bicubic", 2).__class__.__module__ == "srcnn.methods.bicubic"
    )  # a name that is taken stays srcnn's


@pytest.mark.usefixtures("package")
def test_what_cannot_be_imported_says_who_brought_it() -> None:
    with pytest.raises(
        OptionError, match=r"'broken' of other 1\.2 cannot be imported: No module named 'no_such_package_anywhere'"
    ):
        methods.load("broken", 2)


def test_it_stands_in_the_benchmark(package: Path) -> None:
    folder = package / "data" / "set"
    folder.mkdir(parents=True)
    write_image(folder / "a.png", Picture(np.random.default_rng(0).integers(0, 256, (30, 30), np.uint8)))
    config = BenchmarkConfig(methods=("bicubic", "nearest"), datasets=("set",), scales=(2,))
    records = run_benchmark(config, package / "out", data=folder.parent)
    assert [score.key.method for score in records.scores] == ["bicubic", "nearest"]
    assert records.run["weights"]["nearest x2"] == "other 1.2"


@pytest.mark.usefixtures("package")
def test_all_takes_brought_methods_at_the_scales_they_know() -> None:
    jobs = plan(BenchmarkConfig(methods=("all",), scales=(3, 4)))
    assert ("nearest", 3) in jobs
    assert ("nearest", 4) not in jobs
    with pytest.raises(OptionError, match="up to 3"):
        plan(BenchmarkConfig(methods=("nearest",), scales=(4,)))
