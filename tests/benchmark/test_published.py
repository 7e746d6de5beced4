"""The printed figures: complete, with their digits, and honest about what nobody has confirmed."""

import pytest

from srcnn.benchmark.published import published, published_picture

METRICS = ("psnr", "ssim", "ifc", "nqm", "wpsnr", "ms-ssim")


@pytest.mark.parametrize(
    ("method", "scale", "metric", "text"),
    [("bicubic", 2, "psnr", "33.66"), ("bicubic", 2, "ifc", "6.10"), ("sc", 3, "psnr", "31.42"), ("srcnn-9-5-5", 4, "ssim", "0.8628")],
)
def test_figures_keep_the_digits_of_the_paper(method: str, scale: int, metric: str, text: str) -> None:
    figure = published(method, "Set5", scale, metric)
    assert figure is not None
    assert figure.text == text
    assert figure.value == float(text)


def test_what_was_not_printed_is_absent() -> None:
    assert published("sc", "Set5", 2, "psnr") is None
    assert published("bicubic", "Set14", 2, "psnr") is None


def test_only_kk_and_srcnn_hold_unconfirmed_figures() -> None:
    unconfirmed = {
        (method, metric)
        for method in ("bicubic", "sc", "ne-lle", "kk", "anr", "a+", "srcnn-9-5-5")
        for metric in METRICS
        for scale in (2, 3, 4)
        if (figure := published(method, "Set5", scale, metric)) is not None and not figure.confirmed
    }
    assert unconfirmed == {(method, metric) for method in ("kk", "srcnn-9-5-5") for metric in METRICS if metric != "psnr"}


@pytest.mark.parametrize("image", ["butterfly", "butterfly_GT"])
def test_single_pictures(image: str) -> None:
    figure = published_picture("bicubic", "Set5", 3, image, "psnr")
    assert figure is not None
    assert figure.text == "24.04"
    assert published_picture("bicubic", "Set5", 2, image, "psnr") is None
