"""Tables as Markdown, LaTeX and CSV."""

import csv
import io
import math

import pytest

from srcnn.benchmark.records import Key, Score
from srcnn.report.means import Table, tables
from srcnn.report.tables import best, escaped, latex, markdown, means_csv


def made(**psnr: float) -> tuple[Table, ...]:
    names = {name.replace("_", "-"): value for name, value in psnr.items()}
    return tables(
        [Score(Key(name, "Set5", 3, "a"), {"psnr": value, "ssim": 0.9}, 0.25, 0.5) for name, value in names.items()],
        ["psnr", "ssim"],
    )


def test_a_cell_gives_the_published_figure_and_the_difference() -> None:
    text = markdown(made(bicubic=30.394, srcnn_9_5_5=32.861))
    assert "| `bicubic` | 30.39 (30.39, ±0.00) |" in text
    assert "| `srcnn-9-5-5` | **32.86** (32.75, +0.11) |" in text
    assert "0.9000** (0.9090, −0.0090) | 0.250 | 0.500 |" in text


def test_one_image_is_one_image_everywhere() -> None:
    table = made(bicubic=30.394)
    for text in (markdown(table), latex(table)):
        assert "mean of 1 image" in text
        assert "1 images" not in text


def test_the_best_of_a_column_is_what_prints_best() -> None:
    (table,) = made(bicubic=30.39, anr=31.894, kk=31.886)
    assert best(table) == {("anr", "psnr"), ("kk", "psnr"), *((m, "ssim") for m in ("bicubic", "anr", "kk"))}


def test_one_method_alone_is_not_the_best() -> None:
    assert best(made(bicubic=30.0)[0]) == frozenset()


def test_latex_is_balanced_and_escaped() -> None:
    scores = [Score(Key(name, "my_set", 2, "a"), {"psnr": 30.0}, math.nan) for name in ("a_b&c", "bicubic")]
    text = latex(tables(scores, ["psnr"]))
    assert r"a\_b\&c & \textbf{30.00} & - & - \\" in text
    assert r"\caption{my\_set, scale 2" in text
    for part in ("table", "tabular"):
        assert text.count(rf"\begin{{{part}}}") == text.count(rf"\end{{{part}}}") == 1
    assert text.count("{") == text.count("}")
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {line.count(" & ") for line in rows} == {3}


@pytest.mark.parametrize(("plain", "tex"), [("50%", r"50\%"), ("−0.01", "$-$0.01"), ("a\\b", r"a\textbackslash{}b")])
def test_special_characters(plain: str, tex: str) -> None:
    assert escaped(plain) == tex


def test_csv_holds_every_mean_exactly() -> None:
    value = 32.5700000001234
    rows = list(
        csv.DictReader(
            io.StringIO(
                means_csv(
                    made(a_plus=30.0) + tables([Score(Key("a+", "Set5", 3, "a"), {"psnr": value}, 0.1)], ["psnr"])
                )
            )
        )
    )
    row = rows[-1]
    assert float(row["mean"]) == value
    assert (row["method"], row["scale"], row["metric"], row["published"]) == ("a+", "3", "psnr", "32.59")
    assert row["source"] == "Dong et al., TPAMI 2016"
    assert float(row["difference"]) == pytest.approx(value - 32.59, rel=1e-5)
    assert rows[0]["published"] == ""
