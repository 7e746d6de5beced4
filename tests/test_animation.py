"""Animations upscaled: every frame as the image it is, nothing computed twice, whole or not at all."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import srcnn
from srcnn.errors import ImageError
from srcnn.files.animation.frames import Animation, Frame
from srcnn.files.animation.read import read_animation
from srcnn.files.animation.write import write_animation
from srcnn.files.picture import Metadata
from srcnn.methods import network
from srcnn.upscale_file import upscale_file


def write(path: Path, frames: list[NDArray[Any]], alpha: NDArray[Any] | None = None) -> None:
    given = [Frame(pixels, alpha, Fraction(80)) for pixels in frames]
    height, width = frames[0].shape[:2]
    write_animation(path, Animation(
        height=height, width=width, count=len(given), plays=2, grey=False, alpha=alpha is not None,
        metadata=Metadata(format="WEBP", lossless=True), poster=None, frames=lambda: iter(given),
    ))  # fmt: skip


def scene(number: int, width: int = 24) -> NDArray[Any]:
    pixels = np.zeros((16, width, 3), np.uint8) + np.arange(width, dtype=np.uint8)[None, :, None] * np.uint8(3)
    pixels[4:9, number : number + 5] = (200, 30, 20 * number)
    return pixels


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for every block that a network computes."""
    counted: list[int] = []
    run = network.NetworkMethod._run

    def counting(*arguments: Any) -> Any:
        counted.append(1)
        return run(*arguments)

    monkeypatch.setattr(network.NetworkMethod, "_run", counting)
    return counted


@pytest.mark.parametrize("suffix", [".png", ".webp"])
@pytest.mark.parametrize("model", ["fast", "bicubic"])
def test_every_frame_is_upscaled_as_an_image(suffix: str, model: str, tmp_path: Path) -> None:
    frames = [scene(n) for n in (0, 3, 3, 0)]
    write(tmp_path / f"a{suffix}", frames)
    assert upscale_file(tmp_path / f"a{suffix}", tmp_path / f"b{suffix}", 2, model) == ()
    made = read_animation((tmp_path / f"b{suffix}").read_bytes())
    assert (made.count, made.plays, made.width, made.height) == (4, 2, 48, 32)
    for pixels, frame in zip(frames, made.frames(), strict=True):
        np.testing.assert_array_equal(frame.pixels, srcnn.upscale(pixels, 2, model))
        assert frame.milliseconds == 80


def test_a_gif_stays_a_gif(tmp_path: Path) -> None:
    alpha = np.zeros((16, 24), np.uint8)
    alpha[2:14, 2:22] = 255
    write(tmp_path / "a.gif", [scene(0), scene(4)], alpha)
    assert upscale_file(tmp_path / "a.gif", tmp_path / "b.gif", 3, "fast") == ()
    made = read_animation((tmp_path / "b.gif").read_bytes())
    for pixels, frame in zip((scene(0), scene(4)), made.frames(), strict=True):
        assert frame.alpha is not None
        inside = (slice(9, 39), slice(9, 63))
        assert (frame.alpha[inside] == 255).all()
        expected = srcnn.upscale(np.dstack([pixels, alpha]), 3, "fast")[inside][..., :3]
        assert srcnn.psnr(expected / 255, frame.pixels[inside] / 255) > 30
    assert b"urn:srcnn:provenance/" in (tmp_path / "b.gif").read_bytes()


def test_an_animation_becomes_its_first_frame_where_the_format_holds_one(tmp_path: Path) -> None:
    write(tmp_path / "a.webp", [scene(0), scene(4)])
    notes = upscale_file(tmp_path / "a.webp", tmp_path / "b.tif", 2, "bicubic")
    assert notes == ("only the first of 2 frames was read",)
    np.testing.assert_array_equal(srcnn.read_image(tmp_path / "b.tif").pixels, srcnn.upscale(scene(0), 2, "bicubic"))


def test_equal_frames_and_equal_blocks_are_computed_once(
    runs: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BLOCK", "LOW_RESOLUTION_BLOCK"):
        monkeypatch.setattr(f"srcnn.methods.network.{name}", (16, 16))
    wide = [scene(n, 160) for n in (0, 1)]
    srcnn.upscale(wide[0], 2, "fast", engine="onnxruntime")
    blocks = len(runs)
    assert blocks == 10
    runs.clear()
    write(tmp_path / "a.png", [wide[0], wide[1], wide[1], wide[0], wide[1]])
    upscale_file(tmp_path / "a.png", tmp_path / "b.png", 2, "fast", engine="onnxruntime")
    assert blocks < len(runs) < blocks + 4  # the second frame differs in its first blocks
    made = read_animation((tmp_path / "b.png").read_bytes())
    frames = list(made.frames())
    np.testing.assert_array_equal(frames[3].pixels, srcnn.upscale(wide[0], 2, "fast", engine="onnxruntime"))
    np.testing.assert_array_equal(frames[4].pixels, srcnn.upscale(wide[1], 2, "fast", engine="onnxruntime"))


def test_images_by_themselves_keep_nothing(runs: list[int]) -> None:
    for _ in range(2):
        srcnn.upscale(scene(0), 2, "fast")
    assert len(runs) == 2


def test_a_damaged_frame_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.gif", [scene(0), scene(4), scene(9)])
    data = (tmp_path / "a.gif").read_bytes()
    (tmp_path / "a.gif").write_bytes(data[:-30])
    with pytest.raises(ImageError, match=r"cannot read .*a\.gif: frame 3 of 3 of the GIF animation is damaged"):
        upscale_file(tmp_path / "a.gif", tmp_path / "b.gif", 2, "bicubic")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


PEAK = """
import resource, sys
from srcnn import animation
from srcnn.upscale_file import upscale_file
animation._KEPT = 1 << 20
upscale_file(sys.argv[1], sys.argv[2], 2, "bicubic", threads=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak is that of Linux")
def test_memory_does_not_grow_with_the_number_of_frames(tmp_path: Path) -> None:
    peaks = []
    for count in (50, 500):
        source = tmp_path / f"{count}.png"
        rng = np.random.default_rng(count)
        given = [
            Frame(rng.integers(0, 255, (8, 12, 3), np.uint8).repeat(8, 0).repeat(8, 1), None, Fraction(40))
            for _ in range(count)
        ]
        write_animation(source, Animation(
            height=64, width=96, count=count, plays=0, grey=False, alpha=False, metadata=Metadata(), poster=None,
            frames=lambda given=given: iter(given),  # type: ignore[misc]
        ))  # fmt: skip
        command = [sys.executable, "-c", PEAK, str(source), str(tmp_path / "out.png")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] < peaks[0] + 15  # 450 more frames of the result are 33 MB; the file that is read is in memory
