"""The report of a study: its table, its curves, its page."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from srcnn.benchmark.study_records import RESULTS, StudyRecords, read_study_records
from srcnn.errors import DataError
from srcnn.report.study import study_table, write_study
from srcnn.report.write import write_report

BICUBIC = {"Y": 30.39, "Cb": 45.26, "Cr": 45.27, "YCbCr": 34.56, "RGB": 28.63}
NETWORK = {name: value + 1 for name, value in BICUBIC.items()} | {
    "parameters": 8129,
    "steps": 1000,
    "minutes": 2.5,
    "validation": 29.75,
    "seconds": 0.0834,
}
RECORDS = StudyRecords(
    study="filter_size",
    dataset="Set5",
    scale=3,
    rows={"bicubic": BICUBIC, "9-1-5": NETWORK, "9-<5>-5": NETWORK | {"Y": 31.5}},
    paper={"9-1-5": "32.52"},
    levels={"bicubic": 30.39, "a+": 32.57},
    curves={"9-1-5": [(0, 30.39), (1600, 31.2)], "9-<5>-5": [(0, 30.39), (1600, 31.5)]},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    RECORDS.save(tmp_path)
    return tmp_path


def test_records_come_back_as_they_were_saved(folder: Path) -> None:
    assert read_study_records(folder) == RECORDS
    assert RECORDS.title == "filter size, Set5 x3"


def test_the_table_has_quality_cost_and_time() -> None:
    lines = study_table(RECORDS).splitlines()
    assert lines[0] == (
        "| variant | parameters | Y | Cb | Cr | YCbCr | RGB | CPU seconds | minutes trained | the paper |"
    )
    assert lines[2].startswith("| bicubic | 0 | 30.39 |")
    assert lines[3] == "| 9-1-5 | 8,129 | 31.39 | 46.26 | 46.27 | 35.56 | 29.63 | 0.083 | 2.5 | 32.52 |"


def test_a_bar_in_a_name_is_no_end_of_a_cell() -> None:
    barred = replace(RECORDS, rows={"bicubic": BICUBIC, "9|1|5": NETWORK}, paper={"9|1|5": "32|52"})
    line = study_table(barred).splitlines()[3]
    assert line.startswith("| 9\\|1\\|5 | 8,129 |")
    assert line.endswith("| 32\\|52 |")


def test_planes_that_were_not_measured_are_left_out() -> None:
    grey = StudyRecords(
        study="a", dataset="b grey", scale=3, rows={"bicubic": {"Y": 25.94}}, paper={}, levels={}, curves={}
    )
    assert study_table(grey).splitlines()[0].startswith("| variant | parameters | Y | CPU seconds |")


def test_srcnn_report_makes_all_of_a_study(folder: Path) -> None:
    files = write_report(folder)
    assert [path.name for path in files] == ["index.html", "table.md", "curves.csv", "curves.png", "curves.svg"]
    page = files[0].read_text()
    assert "Study: filter size, Set5 x3" in page
    assert "2 networks on Set5 at ×3. 9-&lt;5&gt;-5 has the best mean PSNR of luma, 31.50 dB, 1.11 dB above" in page
    assert "9-<5>" not in page
    rows = list(csv.reader((folder / "curves.csv").read_text().splitlines()))
    assert rows[1:4] == [["bicubic", "", "30.390"], ["a+", "", "32.570"], ["9-1-5", "0", "30.390"]]
    svg = (folder / "curves.svg").read_text()
    assert "<!-- a+ 32.57 dB -->" in svg
    first = {path.name: path.read_bytes() for path in files}
    assert {path.name: path.read_bytes() for path in write_report(folder, folder / "again")} == first


def test_without_weights_kept_on_the_way_there_are_no_curves(tmp_path: Path) -> None:
    StudyRecords(**{**vars(RECORDS), "curves": {}}).save(tmp_path)
    assert [path.name for path in write_study(tmp_path)] == ["index.html", "table.md"]
    assert "Curves" not in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("text", ["{", "[]", '{"study": "a"}', '{"curves": {"a": [1]}}'])
def test_what_holds_no_study_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text(text)
    with pytest.raises(DataError, match="does not hold the results of a study"):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": {"9-1-5": NETWORK}}, "rows: there is no 'bicubic'"),
        ({"rows": {}}, "rows: there is no 'bicubic'"),
        ({"rows": []}, r"expected values by names, got \[\]"),
        ({"rows": {"bicubic": [1]}}, r"bicubic: expected values by names, got \[1\]"),
        ({"rows": {"bicubic": {"Y": "31"}}}, "bicubic: Y: expected a number, got '31'"),
        ({"rows": {"bicubic": {"Y": math.nan}}}, "bicubic: Y: expected a number, got nan"),
        ({"rows": {"bicubic": BICUBIC, "a": {"Y": 1.0}}}, "rows: a lacks Cb, Cr, RGB, YCbCr"),
        ({"rows": {"bicubic": BICUBIC, "a": BICUBIC | {"seconds": 1.0}}}, "rows: a lacks minutes"),
        ({"curves": {"a": [[1, math.nan]]}}, "a: expected a number, got nan"),
        ({"curves": {"a": [[1, math.inf]]}}, "a: expected a finite number, got inf"),
        ({"curves": {"a": [[1]]}}, "a: expected backpropagations and PSNR"),
        ({"curves": {"a": [3]}}, "a: expected backpropagations and PSNR"),
        ({"levels": [1]}, "expected values by names"),
        ({"levels": {"a+": 10**400}}, r"a\+: expected a number"),
        ({"scale": "2"}, "expected a whole number, got '2'"),
        ({"paper": {"a": 5}}, "a: expected a text, got 5"),
    ],
)
def test_a_study_of_another_kind_is_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text(json.dumps({**vars(RECORDS), **change}))
    with pytest.raises(DataError, match=rf"results\.json does not hold the results of a study: .*{said}"):
        write_report(tmp_path)
