"""The report of a run: its files, what the page says, and that it fetches nothing."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from srcnn.benchmark.config import BenchmarkConfig
from srcnn.benchmark.records import Key, Records, Score, read, save
from srcnn.benchmark.run import run_benchmark
from srcnn.errors import DataError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.report import images
from srcnn.report.means import tables
from srcnn.report.page import make_page
from srcnn.report.tables import latex, markdown
from srcnn.report.write import PAGE, write_report


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two methods on two images, one with a name that HTML would trip over."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "data" / "Set5").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (48, 60), np.uint8)
    write_image(folder / "data" / "Set5" / "butterfly.png", Picture(noise))
    write_image(folder / "data" / "Set5" / "a&b.png", Picture(noise[::-1].copy()))
    config = BenchmarkConfig(
        methods=("bicubic", "srcnn-9-1-5"), scales=(2, 3), metrics=("psnr", "ssim", "ifc"), threads=1
    )
    run_benchmark(config, folder / "run", data=folder / "data")
    return folder / "run"


def test_the_page_and_single_files(run: Path, tmp_path: Path) -> None:
    files = write_report(run, tmp_path / "out")
    assert files[0].name == PAGE
    names = {path.relative_to(tmp_path / "out").as_posix() for path in files}
    assert {
        "means.md",
        "means.tex",
        "means.csv",
        "images.md",
        "figures/time_Set5_x3.png",
        "figures/scale_Set5_psnr.svg",
    } <= names
    assert all(path.stat().st_size > 100 for path in files)
    assert not list((tmp_path / "out").rglob("*.part"))


def test_the_page_holds_everything_and_fetches_nothing(run: Path, tmp_path: Path) -> None:
    page = write_report(run, tmp_path)[0].read_text(encoding="utf-8")
    assert "{{" not in page
    assert not re.search(r"src=\"(?!data:)", page)
    targets = re.findall(r"href=\"#([\w-]+)\"", page)
    assert page.count("href=") == len(targets) + 1, "links stay on the page; the icon is none"
    assert set(targets) <= set(re.findall(r"id=\"([\w-]+)\"", page))
    with (tmp_path / "means.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["metric"] == "psnr":
                assert f"{float(row['mean']):.2f}" in page
    assert "a&amp;b" in page
    assert "(24.04)" in page  # what the paper gives for butterfly, beside ours
    for said in ("8-bit BT.601 luma", "threads", "numpy", "processor", "srcnn-9-1-5 x3"):
        assert said in page
    assert re.search(r"<td>[0-9a-f]{64}</td>", page)  # hashes of weights and images


def test_tables_can_be_read_aloud_and_sorted(run: Path, tmp_path: Path) -> None:
    page = write_report(run, tmp_path)[0].read_text(encoding="utf-8")
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) > 6
    for table in tables:
        assert "<caption>" in table
        assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", table))
    means = tables[0]
    assert 'data-better="high">PSNR' in means
    assert 'data-better="low">seconds' in means
    value = re.search(r'data-value="([\d.]+)"', means)
    assert value is not None
    assert f"{float(value[1]):.2f}" in means


def test_methods_link_to_their_sections(run: Path, tmp_path: Path) -> None:
    page = write_report(run, tmp_path)[0].read_text(encoding="utf-8")
    assert '<a href="#method-2">srcnn-9-1-5</a>' in page
    section = page.partition('id="method-2"')[2].partition("</section>")[0]
    assert "Dong et al. 2014" in section
    assert "8,032" in section  # multiplications


def test_nothing_is_empty_below_a_figure(run: Path, tmp_path: Path) -> None:
    page = write_report(run, tmp_path)[0].read_text(encoding="utf-8")
    assert "&nbsp;" not in page
    assert "<small></small>" not in page


def test_images_that_the_run_saved_are_shown(run: Path, tmp_path: Path) -> None:
    assert 'class="crop"' not in write_report(run, tmp_path / "without")[0].read_text(encoding="utf-8")
    config = BenchmarkConfig(methods=("bicubic", "srcnn-9-1-5"), scales=(3,), metrics=("psnr",), save_images=True)
    run_benchmark(config, tmp_path / "run", data=run.parent / "data")
    page = write_report(tmp_path / "run")[0].read_text(encoding="utf-8")
    assert page.count('class="crop"') == 3  # the original and two results of one image
    assert write_report(tmp_path / "run", images_shown=2)[0].read_text(encoding="utf-8").count('class="crop"') == 6
    assert 'class="crop"' not in write_report(tmp_path / "run", images_shown=0)[0].read_text(encoding="utf-8")


def test_equal_records_make_equal_files(run: Path, tmp_path: Path) -> None:
    first, second = write_report(run, tmp_path / "a"), write_report(run, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scores\.csv"):
        write_report(tmp_path)


NASTY = "a|b`<i>_&$"


def test_names_stay_names_in_every_format(tmp_path: Path) -> None:
    scores = [Score(Key(NASTY, NASTY, 2, NASTY), {"psnr": value}, 0.1, 0.1) for value in (30.0,)]
    scores.append(Score(Key("bicubic", NASTY, 2, NASTY), {"psnr": 29.0}, 0.1, 0.1))
    save(Records(("psnr",), tuple(scores), {"weights": {NASTY: NASTY}}), tmp_path / "run")
    records = read(tmp_path / "run")
    means = tables(records.scores, records.metrics)
    page = make_page(records, means, {"f": (NASTY, b"<svg/>")})
    assert NASTY not in page
    assert "<i>" not in page
    assert page.count("a|b`&lt;i&gt;_&amp;$") >= 8  # summary, both tables' heads and rows, figure, weights
    tex = latex(means)
    assert NASTY not in tex
    assert r"a|b`<i>\_\&\$ & " in tex
    for text in (markdown(means), images.markdown(records)):
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        columns = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
        assert len(columns) == 1, "a name cannot add a column"
        assert r"a\|b" in text


def test_figures_stay_in_their_folder_whatever_a_dataset_is_called(tmp_path: Path) -> None:
    key = Key("bicubic", "../../A", 2, "i")
    run = Records(("psnr",), (Score(key, {"psnr": 29.0}, 0.1, 0.1),), {"weights": {}})
    save(run, tmp_path / "run")
    for path in write_report(tmp_path / "run", tmp_path / "report"):
        assert path.is_file()
        assert path.parent in (tmp_path / "report", tmp_path / "report" / "figures")
