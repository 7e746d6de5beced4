"""From file to file, strip by strip: the pixels of the image in memory, in bounded memory, whole or not at all."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import srcnn
from srcnn import enlargement, prepared
from srcnn.automatic import LIMITS
from srcnn.errors import ImageError, WeightsError
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Picture
from srcnn.methods import METHODS
from srcnn.output import WriteOptions
from srcnn.planning import Job
from srcnn.sizes import TargetSize
from srcnn.upscale import upscale
from srcnn.upscale_file import UpscaleFile, upscale_file


def values(height: int, width: int, bands: int, dtype: type = np.uint8) -> NDArray[Any]:
    rng = np.random.default_rng(height * width)
    smooth = np.clip(np.cumsum(rng.normal(0, 9, (height, width, bands)), axis=1) + 128, 0, 255)
    return (smooth * (257 if dtype == np.uint16 else 1)).astype(dtype)


def image(height: int, width: int, *, grey: bool = False, alpha: bool = False, dtype: type = np.uint8) -> Picture:
    bands = values(height, width, 4, dtype)
    opacity = np.where(bands[..., 3] < bands[..., 3].max() // 3, 0, bands[..., 3])
    pixels = bands[..., 0] if grey else bands[..., :3]
    return Picture(np.ascontiguousarray(pixels), np.ascontiguousarray(opacity) if alpha else None)


@pytest.fixture
def small_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strips of a few rows, blocks of a few pixels: every seam that a large image has."""
    for name, pixels in (("_STRIP", 900), ("_PART", 200), ("_SEEN", 2000)):
        monkeypatch.setattr(enlargement, name, pixels)


@pytest.mark.usefixtures("small_strips")
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("grey", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_file_has_the_pixels_of_the_image_in_memory(
    suffix: str, grey: bool, alpha: bool, dtype: type, tmp_path: Path
) -> None:
    small = image(37, 29, grey=grey, alpha=alpha, dtype=dtype)
    write_image(tmp_path / "a.png", small)
    upscale_file(tmp_path / "a.png", tmp_path / f"b{suffix}", 2.5, "fast")
    expected, made = upscale(read_image(tmp_path / "a.png"), 2.5, "fast"), read_image(tmp_path / f"b{suffix}")
    np.testing.assert_array_equal(made.bands, expected.bands)


@pytest.mark.usefixtures("small_strips")
@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".bmp", ".avif"])
def test_a_file_of_another_format_has_the_pixels_that_it_would_have_in_memory(suffix: str, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", image(30, 41))
    upscale_file(tmp_path / "a.png", tmp_path / f"b{suffix}", 3, "fast", provenance=False)
    write_image(tmp_path / f"c{suffix}", upscale(read_image(tmp_path / "a.png"), 3, "fast"))
    assert (tmp_path / f"b{suffix}").read_bytes() == (tmp_path / f"c{suffix}").read_bytes()


MODELS = [name for name in METHODS if name not in ("srcnn-9-3-5", "srcnn-9-5-5", "fsrcnn", "espcn")]
CASES = [
    *((model, {"scale": 2}) for model in (*MODELS, "fast+tta", "a++tta")),
    *((model, {"width": 50}) for model in ("bicubic", "kk", "a+", "fast", "srcnn-9-5-5-rgb")),
    *((model, {"scale": 6}) for model in ("fast", "a+", "bicubic+tta")),
]


@pytest.mark.parametrize(("model", "settings"), CASES)
def test_strips_of_every_model_make_up_the_whole(
    model: str, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = image(13, 17)
    whole = upscale(small, model=model, threads=1, **settings)
    for name, pixels in (("_STRIP", 170), ("_PART", 60), ("_SEEN", 40)):
        monkeypatch.setattr(enlargement, name, pixels)
    write_image(tmp_path / "a.png", small)
    upscale_file(tmp_path / "a.png", tmp_path / "b.tif", model=model, threads=2, tile=8, **settings)
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").pixels, whole.pixels)


@pytest.mark.parametrize("block", [(8, 16), (24, 8)])
@pytest.mark.parametrize("input_size", ["lr", "hr"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [2, 5])
def test_seams_of_blocks_in_chains(
    block: tuple[int, int],
    input_size: str,
    channels: int,
    scale: int,
    make_network: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = tmp_path / "n.onnx"
    network.write_bytes(make_network((3, 1, 3), (4, 4), scale=2, input_size=input_size, channels=channels))
    for name in ("BLOCK", "LOW_RESOLUTION_BLOCK"):
        monkeypatch.setattr(f"srcnn.methods.network.{name}", block)
    small = image(15, 22, alpha=True)
    enlarged = [upscale(small, scale, str(network) + tta, threads=2) for tta in ("", "+tta")]
    for name, pixels in (("_STRIP", 400), ("_PART", 150), ("_SEEN", 90)):
        monkeypatch.setattr(enlargement, name, pixels)
    for tta, whole in zip(("", "+tta"), enlarged, strict=True):
        np.testing.assert_array_equal(upscale(small, scale, str(network) + tta, threads=2).bands, whole.bands)


@pytest.mark.parametrize("error", [WeightsError("torn"), KeyboardInterrupt()])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_what_goes_wrong_on_the_way_leaves_nothing(
    error: BaseException, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(tmp_path / "a.png", image(40, 30))
    target = tmp_path / f"b{suffix}"
    target.write_bytes(b"the old file")
    monkeypatch.setattr(enlargement, "_STRIP", 1000)
    stored, calls = enlargement._store, []

    def failing(part: Any, out: Any) -> None:
        calls.append(part)
        if len(calls) > 4:
            raise error
        stored(part, out)

    monkeypatch.setattr(enlargement, "_store", failing)
    with pytest.raises(type(error)) as caught:
        upscale_file(tmp_path / "a.png", target, 3, "bicubic")
    assert caught.value is error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", target.name]
    assert target.read_bytes() == b"the old file"


@pytest.mark.parametrize(
    ("suffix", "size", "what"),
    [
        (".jpg", {"width": 65_501}, "at most 65500 pixels per side, but the image has 65501x2047; use .png or .tif"),
        (".webp", {"height": 16_384}, "use .png or .tif"),
        (".avif", {"width": 16_385}, "use .png or .tif"),
    ],
)
def test_what_the_format_cannot_hold_is_refused_before_the_work(
    suffix: str, size: dict[str, Any], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((32, 1024) if "width" in size else (1024, 32), np.uint8)))
    monkeypatch.setattr(prepared, "enlarged_strips", lambda *a: pytest.fail("work was begun"))
    with pytest.raises(ImageError, match=what):
        upscale_file(tmp_path / "a.png", tmp_path / f"b{suffix}", **size)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_metadata_goes_along(tmp_path: Path) -> None:
    small = image(10, 12)
    write_image(tmp_path / "a.png", replace(small, metadata=replace(small.metadata, dpi=(300.0, 300.0))))
    assert srcnn.upscale_file(tmp_path / "a.png", tmp_path / "b.tif", 2, "bicubic") == ()
    assert read_image(tmp_path / "b.tif").metadata.dpi == pytest.approx((300, 300), abs=0.02)


@pytest.mark.usefixtures("small_strips")
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("size", [{"fill": (70, 30)}, {"fill": (20, 60)}, {"fill": (9, 11)}, {"long_side": 17}])
@pytest.mark.parametrize("alpha", [True, False])
def test_a_cropped_or_reduced_file_has_the_pixels_of_the_image_in_memory(
    suffix: str, size: dict[str, Any], alpha: bool, tmp_path: Path
) -> None:
    write_image(tmp_path / "a.png", image(37, 29, alpha=alpha))
    asked = TargetSize(**size)
    upscale_file(
        *(tmp_path / "a.png", tmp_path / f"b{suffix}"),
        model="fast",
        size=asked,
        options=WriteOptions(lossless=True, format=suffix[1:]),
    )
    expected = upscale(read_image(tmp_path / "a.png"), model="fast", size=asked)
    made = read_image(tmp_path / f"b{suffix}")
    assert made.pixels.shape[:2] == asked.of(37, 29).size
    shown = slice(None) if expected.alpha is None else expected.alpha > 0
    np.testing.assert_array_equal(made.bands[shown], expected.bands[shown])


def test_a_size_below_the_image_is_called_a_reduction(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg", image(70, 80))
    told = upscale_file(tmp_path / "a.jpg", tmp_path / "b.png", size=TargetSize(fit=(40, 40)))
    assert told == ("reduced, not upscaled: from 80x70 to 40x35 by antialiased bicubic interpolation",)
    assert upscale_file(tmp_path / "a.jpg", tmp_path / "b.png", 1) == ("not upscaled: the size is that of the input",)


PEAK = """
import re, sys
from pathlib import Path
import srcnn
source, target, model, size = sys.argv[1:]
size = srcnn.TargetSize(**eval(size))
srcnn.upscale_file(source, target, None, model, size=size, threads=2, engine="onnxruntime")
print(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one program")
@pytest.mark.parametrize(
    ("suffix", "model", "size"),
    [
        (".png", "bicubic", {"scale": 4}),
        (".jpg", "bicubic", {"scale": 4}),
        (".tif", "fast", {"scale": 4}),
        (".png", "bicubic", {"fill": (1900, 4800)}),
    ],
)
def test_memory_does_not_grow_with_the_result(suffix: str, model: str, size: dict[str, Any], tmp_path: Path) -> None:
    """Less than two bytes for a pixel more, file and pixels of the small image among them; the result itself would be
    three.
    """
    peaks = []
    for height in (1200, 6000):
        write_image(tmp_path / "a.tif", Picture(values(height, 500, 3)))
        if "fill" in size:
            size = {"fill": (1900, 4 * height)}
        files = [str(tmp_path / "a.tif"), str(tmp_path / f"b{suffix}")]
        command = [sys.executable, "-c", PEAK, *files, model, repr(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=500)
        peaks.append(1024 * int(done.stdout))
    assert peaks[1] - peaks[0] < 2 * 16 * 4800 * 500


def test_of_two_factors_the_larger_one_decides_the_model(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", Picture(np.zeros((10, 12, 3), np.uint8)))
    job = Job(tmp_path / "a.png", tmp_path / "b.png")
    quality = (LIMITS[2][0] + LIMITS[4][0]) / 2  # worn enough for x2, but not for x4

    def model(size: TargetSize) -> str:
        return UpscaleFile(size=size, noise=0, jpeg_quality=quality).prepare(job).expected.model

    assert model(TargetSize(scale=2)) == "photo"
    assert model(TargetSize(scale=4)) == "best"
    assert model(TargetSize(width=12, height=40, stretch=True)) == "best"
    assert model(TargetSize(width=48, height=10, stretch=True)) == "best"
