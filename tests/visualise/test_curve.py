"""Learning curves: read from a run's log, drawn with baselines."""

import re
from pathlib import Path

import pytest

from srcnn.errors import DataError
from srcnn.visualise.curve import draw_learning_curve
from srcnn.weights.log import LogRow, end_to_end, log_text, read_log

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


STAGES = (
    LogRow(100, 1.5, 1e-3, 0.02, 29.5),
    LogRow(200, 3.0, 1e-4, 0.01, 30.0),
    LogRow(50, 1.0, 1e-3, 0.02, 29.9, 1),
    LogRow(80, 2.0, 1e-4, 0.01, 30.25, 1),
    LogRow(10, 0.5, 1e-4, 0.01, 30.5, 2),
)


def test_stages_follow_one_another(tmp_path: Path) -> None:
    joined = end_to_end(STAGES)
    assert [row.step for row in joined] == [100, 200, 250, 280, 290]
    assert [row.minutes for row in joined] == [1.5, 3.0, 4.0, 5.0, 5.5]
    assert [row.val_psnr for row in joined] == [row.val_psnr for row in STAGES]
    (tmp_path / "log.csv").write_text(log_text(STAGES))
    assert read_log(tmp_path / "log.csv") == STAGES


def test_the_curve_of_stages_has_a_line_where_each_begins() -> None:
    one, three = (draw_learning_curve(rows, kind="svg").decode() for rows in (end_to_end(STAGES[:2]), STAGES))
    assert "steps (6 minutes in all)" in three
    begins = 'stroke: #888888"'
    assert (one.count(begins), three.count(begins)) == (0, 4)  # two of them, above and below


def test_a_single_row_can_be_drawn() -> None:
    png = draw_learning_curve([LogRow(1, 0.1, 1e-3, float("nan"), 28.0)])
    assert png.startswith(b"\x89PNG")
