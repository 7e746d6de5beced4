"""What models make of patterns that are no photographs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.visualise.stability import PATTERNS, SIDE, stability_of, stability_table

RUNNER = CliRunner()


def test_patterns_are_many_different_and_in_range() -> None:
    assert len(PATTERNS) >= 25
    grid = np.mgrid[:SIDE, :SIDE]
    made = {name: pattern(*grid) for name, pattern in PATTERNS.items()}
    for name, values in made.items():
        assert values.shape == (SIDE, SIDE), name
        assert values.min() >= 0, name
        assert values.max() <= 1, name
    assert len({values.tobytes() for values in made.values()}) == len(PATTERNS)
    # Dithering keeps the mean of what it shows.
    for name in ("ordered dither", "error diffusion"):
        assert made[name].mean() == pytest.approx(made["ramp"].mean(), abs=0.03)
        assert set(np.unique(made[name])) == {0.0, 1.0}


def test_bicubic_is_its_own_measure() -> None:
    for row in stability_of("bicubic", 3):
        assert row.consistency == row.bicubic
        assert max(row.below, row.above) < 0.4
        assert (row.below, row.above) == (0, 0) or row.pattern not in ("black", "white", "grey")


def test_a_network_without_training_is_found_out(make_network: Any, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(make_network((3, 3), (4,), scale=2))
    rows = {row.pattern: row for row in stability_of(str(tmp_path / "net.onnx"))}
    assert max(max(row.below, row.above) for row in rows.values()) > 0.2
    assert rows["binary noise"].consistency < rows["binary noise"].bicubic - 3


def test_the_table_ends_with_the_worst() -> None:
    rows = stability_of("fast", 2, threads=1)
    lines = stability_table(rows).split("\n")
    assert len(lines) == len(PATTERNS) + 2
    worst = min(row.consistency - row.bicubic for row in rows)
    assert lines[-1].split() == [
        "worst",
        f"{max(row.below for row in rows):.3f}",
        f"{max(row.above for row in rows):.3f}",
        f"{worst:+.2f}",
    ]


def test_command() -> None:
    done = RUNNER.invoke(main, ["inspect", "fast", "-s", "2", "--stability", "-j", "1"])
    assert done.exit_code == 0
    assert done.output.startswith("pattern")
    assert "halftone" in done.output
    assert RUNNER.invoke(main, ["inspect", "fast"]).exit_code != 0
