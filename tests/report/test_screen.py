"""The tables of means: what stands in them and what is said below."""

from srcnn.benchmark.records import Key, Score
from srcnn.report.screen import legend, mean_tables


def score(method: str, scale: int, image: str, dataset: str = "Set5", **values: float) -> Score:
    return Score(Key(method, dataset, scale, image), values, 0.5, 0.75)


def test_means_stand_beside_the_published_figures() -> None:
    scores = [score("bicubic", 2, "a", psnr=33.0, ssim=0.93), score("bicubic", 2, "b", psnr=34.32, ssim=0.92976)]
    table = mean_tables(scores, ["psnr", "ssim"])
    title, header, row = table.splitlines()
    assert title == "Set5 x2, mean of 2 images"
    assert header.split() == ["method", "PSNR", "SSIM", "seconds", "CPU", "seconds"]
    assert row.split() == ["bicubic", "33.66", "(33.66)", "0.9299", "(0.9299)", "0.500", "0.750"]
    assert legend(table) == "In brackets: published figures."


def test_nothing_published_leaves_the_figure_alone() -> None:
    table = mean_tables([score("bicubic", 8, "a", dataset="mine", psnr=25.0)], ["psnr"])
    assert table.splitlines()[-1].split() == ["bicubic", "25.00", "0.500", "0.750"]
    assert legend(table) == ""


def test_a_mean_over_fewer_images_says_so() -> None:
    scores = [
        Score(Key("bicubic", "mine", 2, "a"), {"ms-ssim": 0.9}, 1.0),
        Score(Key("bicubic", "mine", 2, "b"), {}, 1.0),
    ]
    table = mean_tables(scores, ["ms-ssim", "ifc"])
    assert "0.9000" in table
    assert "ms-ssim of bicubic: computed on 1 of 2 images" in table
    assert "ifc of bicubic: computed on 0 of 2 images" in table


def test_a_table_for_every_dataset_and_scale_with_all_its_methods() -> None:
    scores = [
        score(method, scale, "a", dataset, psnr=30.0)
        for method in ("bicubic", "a+")
        for dataset in ("Set5", "Set14")
        for scale in (2, 3)
    ]
    tables = mean_tables(scores, ["psnr"]).split("\n\n")
    assert [table.splitlines()[0].split(",")[0] for table in tables] == ["Set5 x2", "Set5 x3", "Set14 x2", "Set14 x3"]
    assert all([line.split()[0] for line in table.splitlines()[2:]] == ["bicubic", "a+"] for table in tables)
