"""Learning curves: read from a run's log, drawn with baselines."""

import re
from pathlib import Path

import pytest

from srcnn.errors import DataError
from srcnn.visualise.curve import draw_learning_curve
from srcnn.weights.log import LogRow, read_log

LOG = (
    "step,minutes,learning_rate,train_loss,val_psnr\n"
    "100,1.5,0.001,0.02,29.5\n200,3.0,0.0005,0.01,30.25\n300,4.5,0.0001,0.009,30.2\n"
)


def test_a_log_is_read(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    rows = read_log(tmp_path / "log.csv")
    assert rows[1] == LogRow(200, 3.0, 0.0005, 0.01, 30.25)
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "must have the columns"),
        (LOG.replace("29.5", "good"), "not the log"),
        (LOG.splitlines()[0], "no validation yet"),
        ("", "columns"),
    ],
)
def test_what_is_no_log_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_log(tmp_path / "log.csv")


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read the log .*log\.csv"):
        read_log(tmp_path / "log.csv")


def test_the_best_validation_and_the_baselines_are_named(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    svg = draw_learning_curve(
        read_log(tmp_path / "log.csv"), "my run", baselines={"bicubic": 28.09, "a+": 29.9}, kind="svg"
    ).decode()
    said = re.findall(r"<!-- (.*?) -->", svg)
    for text in ("my run", "best: 30.25 dB", "bicubic 28.09 dB", "a+ 29.90 dB", "steps (4 minutes in all)"):
        assert text in said


def test_a_single_row_can_be_drawn() -> None:
    png = draw_learning_curve([LogRow(1, 0.1, 1e-3, float("nan"), 28.0)])
    assert png.startswith(b"\x89PNG")
