"""Many images in memory: `Upscaler`, `upscale_many`, progress and cancellation, files instead of images."""

import gc
import io
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import srcnn
from srcnn.errors import CancelledError, ImageError, OptionError
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Metadata, Picture
from srcnn.methods.kept import KeptMethods
from srcnn.upscaler import Upscaler, upscale_many

rng = np.random.default_rng(0)
IMAGES = [rng.integers(0, 256, (20 + 3 * n, 30 - n, 3)[: 2 + n % 2], np.uint8) for n in range(6)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    write_image(path, Picture(IMAGES[1], metadata=Metadata(dpi=(300.0, 300.0), comments=("mine",))))
    return path


def test_files_become_pictures_with_their_metadata(path: Path) -> None:
    expected = srcnn.upscale(read_image(path), 2, "fast")
    with path.open("rb") as file:
        for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), file):
            made = srcnn.upscale(source, 2, "fast")
            assert isinstance(made, Picture)
            np.testing.assert_array_equal(made.pixels, expected.pixels)
            assert made.metadata == expected.metadata
            assert made.metadata.comments == ("mine",)


def test_one_upscaler_gives_what_upscale_gives() -> None:
    with Upscaler("fast", threads=1) as upscaler:
        for image in IMAGES:
            for scale in (2, 3, 1.5):
                np.testing.assert_array_equal(upscaler(image, scale), srcnn.upscale(image, scale, "fast"))
        assert upscaler(IMAGES[0], width=45).shape[1] == 45


def test_threads_share_an_upscaler() -> None:
    expected = [srcnn.upscale(image, 2, "fast") for image in IMAGES]
    together = threading.Barrier(4)

    def work(number: int) -> list[NDArray[Any]]:
        together.wait()
        order = IMAGES[number:] + IMAGES[:number]
        made = [upscaler(image, 2) for image in order]
        return made[len(IMAGES) - number :] + made[: len(IMAGES) - number]

    with Upscaler("fast", threads=2) as upscaler, ThreadPoolExecutor(4) as pool:
        for made in pool.map(work, range(4)):
            for found, wanted in zip(made, expected, strict=True):
                np.testing.assert_array_equal(found, wanted)


def test_a_closed_one_has_let_go_and_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    plain = KeptMethods.of

    def noted(self: KeptMethods, *key: Any) -> Any:
        opened.append(weakref.ref(method := plain(self, *key)))
        return method

    monkeypatch.setattr(KeptMethods, "of", noted)
    upscaler = Upscaler("fast", threads=1)
    upscaler(IMAGES[0], 2)
    gc.collect()
    assert [method() is None for method in opened] == [False]
    upscaler.close()
    gc.collect()
    assert [method() is None for method in opened] == [True]
    with pytest.raises(OptionError, match="this Upscaler is closed"):
        upscaler(IMAGES[0], 2)
    upscaler.close()
    assert repr(upscaler) == "Upscaler('fast', closed)"


def test_mistakes_are_told_when_it_is_made() -> None:
    with pytest.raises(OptionError, match="no model named 'fest'"):
        Upscaler("fest")
    with pytest.raises(OptionError, match="no device 'gpu'"):
        Upscaler("fast", device="gpu")
    with pytest.raises(TypeError, match="colour"):
        Upscaler("fast")(IMAGES[0], 2, colour=True)  # type: ignore[call-overload]


def test_many_keep_their_order_and_are_taken_one_ahead() -> None:
    taken = []

    def images() -> Iterator[NDArray[Any]]:
        for number, image in enumerate(IMAGES):
            taken.append(number)
            yield image

    found = upscale_many(images(), 2, "fast", threads=1)
    for number, made in enumerate(found):
        assert len(taken) == min(number + 2, len(IMAGES))
        np.testing.assert_array_equal(made, srcnn.upscale(IMAGES[number], 2, "fast"))
    assert taken == list(range(len(IMAGES)))


def test_a_bad_one_ends_the_work_or_is_left_out(path: Path) -> None:
    given: list[Path | bytes] = [path, path.with_name("missing.png"), b"text", path]
    done = upscale_many(given, 2, "fast")
    assert next(done).pixels.shape == (46, 58, 3)
    with pytest.raises(ImageError, match=r"missing\.png"):
        next(done)
    failed: list[tuple[Any, str]] = []
    made = list(upscale_many(given, 2, "fast", on_error=lambda image, error: failed.append((image, str(error)))))
    assert [image.pixels.shape for image in made] == [(46, 58, 3)] * 2
    assert [image for image, _ in failed] == given[1:3]
    assert "not an image" in failed[1][1]


def test_progress_is_told_in_blocks() -> None:
    told: list[tuple[int, int]] = []
    image = np.zeros((600, 20), np.uint8)  # three blocks of a network at low resolution
    with Upscaler("fast", threads=1) as upscaler:
        upscaler(image, 2, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(n, 3) for n in range(4)]


@pytest.mark.parametrize("threads", [1, 3])
def test_work_is_cancelled_at_the_next_block(threads: int) -> None:
    stop, told = threading.Event(), []

    def listener(done: int, total: int) -> None:
        told.append(done)
        if done == 1:
            stop.set()

    image = np.zeros((3000, 20), np.uint8)
    with pytest.raises(CancelledError, match="of 12 blocks done"):
        srcnn.upscale(image, 2, "fast", threads=threads, on_progress=listener, cancel=stop)
    assert told == [0, 1]
    assert srcnn.upscale(image[:20], 2, "fast", cancel=threading.Event()).shape == (40, 40)


def test_cancelling_ends_many_whatever_is_done_with_errors() -> None:
    stop = threading.Event()
    found = upscale_many(IMAGES, 2, "fast", cancel=stop, on_error=lambda image, error: None)
    next(found)
    stop.set()
    with pytest.raises(CancelledError):
        next(found)


def test_what_the_listener_raises_is_raised() -> None:
    def listener(done: int, total: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        srcnn.upscale(IMAGES[0], 2, "fast", on_progress=listener)
