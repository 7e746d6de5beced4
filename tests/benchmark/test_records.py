"""Scores survive being saved, and a file that is no table says so."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.benchmark.records import RUN, SCORES, Key, Records, Score, mean, read, read_scores, save, write_scores
from srcnn.errors import DataError

SCORE = Score(
    Key("a+", "Set5", 3, 'ha, "ha" é'),
    {"psnr": 1 / 3, "ssim": math.inf},
    0.25,
    0.5,
    (12, 9),
    123,
    ("ms-ssim needs 161 pixels",),
)
METRICS = ("psnr", "ssim", "ms-ssim")


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    records = Records(METRICS, (SCORE,), {"settings": {"threads": None}})
    save(records, tmp_path / "new" / "folder")
    assert read(tmp_path / "new" / "folder") == records


def test_records_print_in_one_line() -> None:
    assert repr(Records(METRICS, (SCORE,), {})) == "Records(1 scores, 1 methods on Set5 x3: psnr, ssim, ms-ssim)"


def test_the_table_has_the_columns_that_were_promised(tmp_path: Path) -> None:
    write_scores([SCORE], METRICS, tmp_path / SCORES)
    lines = (tmp_path / SCORES).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "method,dataset,scale,image,psnr,ssim,ms-ssim,seconds,cpu_seconds"
    assert lines[1].endswith(f",{1 / 3!r},inf,,0.250000,0.500000")


@given(st.floats(allow_nan=False))
def test_numbers_are_exact(tmp_path_factory: pytest.TempPathFactory, value: float) -> None:
    path = tmp_path_factory.getbasetemp() / "exact.csv"
    write_scores([Score(SCORE.key, {"psnr": value}, 1.0)], ["psnr"], path)
    _, (score,) = read_scores(path)
    assert score.values == {"psnr": value}


def test_saving_again_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    for scores in ((SCORE, SCORE), (SCORE,)):
        save(Records(METRICS, scores, {}), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [RUN, SCORES]
    assert len(read(tmp_path).scores) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a table of scores"),
        ("a,b,c\n", "not a table of scores"),
        ("method,dataset,scale,image,seconds,cpu_seconds\nbicubic,Set5,2,x,1,1\n", "not a table of scores"),
        (
            "method,dataset,scale,image,psnr,seconds\nbicubic,Set5,2,x,30,1\n",
            "measure again if an older version wrote it",
        ),
        ("method,dataset,scale,image,psnr,seconds,cpu_seconds\nbicubic,Set5,two,x,30,1,1\n", "line 2"),
        ("method,dataset,scale,image,psnr,seconds,cpu_seconds\nbicubic,Set5,2,x,1\n", "line 2"),
        (
            "method,dataset,scale,image,psnr,seconds,cpu_seconds\nbicubic,Set5,2,x,nan,1,1\n",
            "line 2: expected a number",
        ),
        (
            "method,dataset,scale,image,psnr,seconds,cpu_seconds\nbicubic,Set5,2,x,30,1,1\nbicubic,Set5,2,x,31,1,1\n",
            "line 3: bicubic x2 on Set5/x stands in an earlier line",
        ),
    ],
)
def test_another_file_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / SCORES).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_scores(tmp_path / SCORES)


def test_a_missing_or_damaged_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the scores"):
        read(tmp_path)
    save(Records(METRICS, (SCORE,), {}), tmp_path)
    (tmp_path / RUN).write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="description of a benchmark run"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"multiplications": [1]}, r"expected values by names, got \[1\]"),
        ({"multiplications": {"a+ x3": "many"}}, r"a\+ x3: expected a number, got 'many'"),
        ({"multiplications": {"a+ x3": math.nan}}, "expected a number, got nan"),
        ({"engines": 3}, "expected values by names, got 3"),
        ({"machine": 5}, "expected values by names, got 5"),
        ({"images": 5}, "expected a list, got 5"),
        ({"images": [5]}, "expected values by names, got 5"),
        ({"images": [{"method": "a+"}]}, "'dataset' is missing"),
        ({"notes": 3}, "expected a list, got 3"),
        ({"notes": [3]}, "expected a text, got 3"),
        ({"shape": 5}, "expected a list, got 5"),
        ({"shape": [5]}, "expected height and width"),
        ({"shape": ["a", "b"]}, "expected a whole number, got 'a'"),
        ({"peak_memory": "x"}, "expected a whole number, got 'x'"),
        ({"image": [1]}, "expected a text"),
    ],
)
def test_a_description_of_another_kind_is_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    save(Records(METRICS, (SCORE,), {}), tmp_path)
    run = json.loads((tmp_path / RUN).read_text(encoding="utf-8"))
    (name,) = change
    if name in run["images"][0]:
        run["images"][0] |= change
    else:
        run |= change
    (tmp_path / RUN).write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(DataError, match=rf"run\.json, the description of a benchmark run: .*{said}"):
        read(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot write"):
        save(Records(METRICS, (SCORE,), {}), tmp_path / "file" / "below")


def test_mean_of_a_perfect_image_is_infinite() -> None:
    assert mean([30.0, math.inf]) == math.inf
    assert mean([0.1] * 10) == 0.1


def test_infinite_values_of_both_signs_have_no_mean() -> None:
    assert math.isnan(mean([math.inf, 30.0, -math.inf]))
    assert mean([30.0, -math.inf]) == -math.inf
