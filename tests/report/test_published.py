"""The printed figures: complete, with their digits, and each with the paper that it is from."""

import csv
from pathlib import Path

import pytest

from srcnn.report.published import published, published_image

METRICS = ("psnr", "ssim", "ifc", "nqm", "wpsnr", "ms-ssim")


@pytest.mark.parametrize(
    ("method", "scale", "metric", "text"),
    [
        ("bicubic", 2, "psnr", "33.66"),
        ("bicubic", 2, "ifc", "6.10"),
        ("sc", 3, "psnr", "31.42"),
        ("srcnn-9-5-5", 4, "ssim", "0.8628"),
    ],
)
def test_figures_keep_the_digits_of_the_paper(method: str, scale: int, metric: str, text: str) -> None:
    figure = published(method, "Set5", scale, metric)
    assert figure is not None
    assert figure.text == text
    assert figure.value == float(text)


def test_what_was_not_printed_is_absent() -> None:
    assert published("sc", "Set5", 2, "psnr") is None
    assert published("sc", "Set14", 4, "psnr") is None
    assert published("kk", "BSDS500_test200", 2, "psnr") is None  # in luma, the paper printed nothing


def test_the_table_of_set5_is_complete() -> None:
    methods = ("bicubic", "sc", "ne-lle", "kk", "anr", "a+", "srcnn-9-5-5")
    found = [
        published(method, "Set5", scale, metric) for method in methods for metric in METRICS for scale in (2, 3, 4)
    ]
    assert sum(figure is not None for figure in found) == 114
    assert {figure.source for figure in found if figure is not None} == {"Dong et al., TPAMI 2016"}


def test_every_figure_equals_the_list_that_was_compared_with_the_paper(data_dir: Path) -> None:
    listed = data_dir.parent / "published_set5.csv"
    if not listed.exists():
        pytest.skip(f"{listed} is not there")
    with listed.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        method = "srcnn-9-5-5" if row["method"] == "srcnn" else row["method"]
        figure = published(method, "Set5", int(row["scale"]), row["metric"])
        assert (figure.text if figure else "") == row["value"], row
    assert len(rows) == 126


@pytest.mark.parametrize(("dataset", "metrics"), [("Set14", METRICS), ("BSDS500_test200 grey", ("psnr", "ssim"))])
def test_tables_of_other_sets_are_complete_and_say_that_they_were_not_compared(
    dataset: str, metrics: tuple[str, ...]
) -> None:
    methods = ("bicubic", "sc", "ne-lle", "kk", "anr", "a+", "srcnn-9-5-5")
    found = [
        published(method, dataset, scale, metric) for method in methods for metric in metrics for scale in (2, 3, 4)
    ]
    assert sum(figure is not None for figure in found) == 19 * len(metrics)
    assert all("without a copy" in figure.source for figure in found if figure is not None)


@pytest.mark.parametrize(
    ("method", "scale", "text"), [("bicubic", 3, "27.54"), ("a+", 2, "32.28"), ("srcnn-9-5-5", 4, "27.50")]
)
def test_set14_says_which_paper(method: str, scale: int, text: str) -> None:
    figure = published(method, "Set14", scale, "psnr")
    assert figure is not None
    assert figure.text == text
    assert "20" in figure.source


@pytest.mark.parametrize("image", ["butterfly", "butterfly_GT"])
def test_single_images(image: str) -> None:
    figure = published_image("bicubic", "Set5", 3, image, "psnr")
    assert figure is not None
    assert figure.text == "24.04"
    assert published_image("bicubic", "Set5", 2, image, "psnr") is None
