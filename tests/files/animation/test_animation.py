"""Animations written and read: what is seen, for how long and how often is what was seen before."""

import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files.animation.frames import Animation, Frame
from srcnn.files.animation.read import is_animated, read_animation
from srcnn.files.animation.write import encode_animation
from srcnn.files.formats import FORMATS
from srcnn.files.metadata.png import chunk
from srcnn.files.picture import Metadata, Picture

ANIMATED = [name for name, fmt in FORMATS.items() if fmt.animated]
LOSSLESS = Metadata(format="WEBP", lossless=True)
PACKET = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


def animation(frames: list[Frame], plays: int = 0, metadata: Metadata = LOSSLESS) -> Animation:
    first = frames[0]
    return Animation(
        height=first.pixels.shape[0], width=first.pixels.shape[1], count=len(frames), plays=plays,
        grey=first.pixels.ndim == 2, alpha=first.alpha is not None, metadata=metadata, poster=None,
        frames=lambda: iter(frames),
    )  # fmt: skip


def encoded(given: Animation, name: str) -> bytes:
    stream = io.BytesIO()
    encode_animation(given, FORMATS[name], stream)
    return stream.getvalue()


def moving(count: int = 6, *, alpha: bool = False) -> list[Frame]:
    """A square that moves to the right over a ramp, or over nothing; the third frame comes twice."""
    frames = []
    for number in range(count):
        at = number - (number > 2)
        pixels = np.repeat(np.arange(30, dtype=np.uint8)[None, :, None] * 3, 20, 0).repeat(3, 2)
        pixels[3:8, at : at + 5] = (255, 10 * at, 0)
        opacity = np.zeros((20, 30), np.uint8)
        opacity[3:12, at : at + 9] = 255
        frames.append(Frame(pixels, opacity if alpha else None, Fraction(40 + 10 * number)))
    return frames


def seen(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """RGBA without the colour of what is not seen."""
    rgb = frame.pixels if frame.pixels.ndim == 3 else np.repeat(frame.pixels[..., None], 3, 2)
    alpha = np.full(rgb.shape[:2], 255, np.uint8) if frame.alpha is None else frame.alpha
    return np.dstack([rgb * (alpha > 0)[..., None], alpha])


def assert_same(first: Animation, other: Animation) -> None:
    for one, two in zip(first.frames(), other.frames(), strict=True):
        np.testing.assert_array_equal(seen(one), seen(two))
        assert one.milliseconds == two.milliseconds
    assert (first.count, first.plays) == (other.count, other.plays)


@pytest.mark.parametrize("name", ANIMATED)
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("plays", [0, 1, 3])
def test_all_frames_come_back(name: str, alpha: bool, plays: int) -> None:
    before = animation(moving(alpha=alpha), plays)
    data = encoded(before, name)
    assert is_animated(data)
    after = read_animation(data)
    assert_same(before, after)
    assert after.alpha == alpha
    assert after.metadata.notes == ()


@st.composite
def animations(draw: st.DrawFn) -> Animation:
    """Small frames of few colours, with holes that open and close."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    alpha = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    frames = []
    for _ in range(draw(st.integers(2, 5))):
        pixels = rng.integers(0, 2, (height, width, 3), np.uint8) * np.uint8(200)
        opacity = rng.integers(0, 2, (height, width), np.uint8) * np.uint8(255) if alpha else None
        frames += [Frame(pixels, opacity, Fraction(10 * draw(st.integers(1, 30))))] * draw(st.integers(1, 2))
    return animation(frames, draw(st.integers(0, 3)))


@given(st.sampled_from(ANIMATED), animations())
def test_any_frames_come_back(name: str, before: Animation) -> None:
    assert_same(before, read_animation(encoded(before, name)))


@pytest.mark.parametrize("name", ANIMATED)
def test_pillow_sees_the_same(name: str) -> None:
    before = animation(moving(alpha=True), 2)
    image = Image.open(io.BytesIO(encoded(before, name)))
    assert image.n_frames == before.count  # type: ignore[attr-defined]
    for number, frame in enumerate(before.frames()):
        image.seek(number)
        values = np.asarray(image.convert("RGBA"))
        np.testing.assert_array_equal(values * (values[..., 3:] > 0), seen(frame))
        assert image.info["duration"] == frame.milliseconds


@pytest.mark.parametrize("name", ANIMATED)
def test_metadata_is_kept_or_named(name: str) -> None:
    metadata = Metadata(format=name, lossless=True, xmp=PACKET, comments=("one", "two"))
    stream = io.BytesIO()
    notes = encode_animation(animation(moving(), metadata=metadata), FORMATS[name], stream)
    back = read_animation(stream.getvalue()).metadata
    assert back.xmp == PACKET
    kept = "comments" in FORMATS[name].holds
    assert back.comments == (("one", "two") if kept else ())
    assert notes == (() if kept else (f"not in the {name} file: the comment",))


def test_grey_frames_stay_grey_in_png() -> None:
    frames = [Frame(np.full((4, 5), n, np.uint8), None, Fraction(100)) for n in (10, 90)]
    after = read_animation(encoded(animation(frames), "PNG"))
    assert after.grey
    assert_same(animation(frames), after)


@pytest.mark.parametrize("name", ANIMATED)
def test_moments_are_rounded_and_not_durations(name: str) -> None:
    third = Fraction(100, 3)
    frames = [Frame(np.full((2, 2, 3), n, np.uint8), None, third) for n in range(30)]
    after = read_animation(encoded(animation(frames), name))
    total = float(sum(frame.milliseconds for frame in after.frames()))
    assert abs(total - 1000) <= (0 if name == "PNG" else 10)


@pytest.mark.parametrize("alpha", [False, True])
def test_the_image_for_other_readers_is_kept_in_png_and_named_elsewhere(alpha: bool) -> None:
    poster = Image.new("RGBA" if alpha else "RGB", (6, 5), "red")
    frames = [Image.new("RGB", (6, 5), colour) for colour in ("green", "blue")]
    stream = io.BytesIO()
    poster.save(stream, "PNG", save_all=True, default_image=True, append_images=frames, duration=70)
    before = read_animation(stream.getvalue())
    assert before.count == 2
    assert before.poster is not None
    after = read_animation(encoded(before, "PNG"))
    assert after.poster is not None
    np.testing.assert_array_equal(after.poster.pixels, before.poster.pixels)
    assert_same(before, after)
    assert any("readers without animations" in n for n in encode_animation(before, FORMATS["WEBP"], io.BytesIO()))


def with_chunk(data: bytes, added: bytes, *, behind: bool) -> bytes:
    """An APNG with another chunk after its header or before its end."""
    at = len(data) - 12 if behind else 33
    return data[:at] + added + data[at:]


def test_exif_behind_the_frames_of_an_apng_turns_them() -> None:
    exif = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIHH", 274, 3, 1, 6, 0) + bytes(4)
    before = animation(moving(3))
    read = read_animation(with_chunk(encoded(before, "PNG"), chunk(b"eXIf", exif), behind=True))
    assert (read.height, read.width) == (before.width, before.height)
    for one, two in zip(before.frames(), read.frames(), strict=True):
        np.testing.assert_array_equal(np.rot90(one.pixels, -1), two.pixels)


def test_wrong_checksums_of_an_apng_that_is_whole() -> None:
    before = animation(moving(3))
    data = bytearray(encoded(before, "PNG"))
    at = data.rindex(b"fdAT")
    data[at + 4 + int.from_bytes(data[at - 4 : at], "big")] ^= 1
    text = bytearray(chunk(b"tEXt", b"Title\0of it"))
    text[-1] ^= 1
    read = read_animation(with_chunk(bytes(data), bytes(text), behind=False))
    assert_same(before, read)
    assert read.metadata.notes == (
        "its tEXt chunk has a wrong checksum and was dropped",
        "a checksum of its image data is wrong, but the data is complete",
    )


def test_frames_of_16_bits_are_read_with_8_and_that_is_said() -> None:
    rows = [bytes(1) + np.full((4, 3), value, ">u2").tobytes() for value in (0x1234, 0xABCD)]
    control = [struct.pack(">5I2H2B", number, 4, 1, 0, 0, 1, 10, 0, 0) for number in (0, 1)]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*part)
        for part in (
            (b"IHDR", struct.pack(">2I5B", 4, 1, 16, 2, 0, 0, 0)), (b"acTL", struct.pack(">2I", 2, 0)),
            (b"fcTL", control[0]), (b"IDAT", zlib.compress(rows[0])),
            (b"fcTL", control[1]), (b"fdAT", struct.pack(">I", 2) + zlib.compress(rows[1])), (b"IEND", b""),
        )
    )  # fmt: skip
    read = read_animation(data)
    assert [int(frame.pixels.max()) for frame in read.frames()] == [0x12, 0xAB]
    assert read.metadata.notes == ("its 16 bits were read as 8",)


def broken(name: str) -> bytes:
    """A file whose last frame is damaged."""
    data = bytearray(encoded(animation(moving()), name))
    if name == "GIF":
        return bytes(data[:-12])
    at = data.rfind(b"fdAT") + 8 if name == "PNG" else data.rfind(b"VP8L") + 9
    data[at : at + 6] = bytes(6)
    return bytes(data)


@pytest.mark.parametrize("name", ANIMATED)
def test_a_damaged_frame_is_named(name: str) -> None:
    with pytest.raises(ImageError, match=f"frame 6 of 6 of the {name} animation is damaged"):
        read_animation(broken(name))


@pytest.mark.parametrize("name", ANIMATED)
def test_one_frame_is_no_animation(name: str) -> None:
    assert not is_animated(encoded(animation(moving(1)), name))
    assert not is_animated(b"")
    assert not is_animated(encoded(animation(moving()), name)[:11])


@given(st.sampled_from(ANIMATED), st.data())
def test_damaged_files_are_refused_in_words(name: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(animation(moving(3)), name))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(6, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(20, len(whole)))])
    if not is_animated(damaged):
        return
    try:
        made = read_animation(damaged, max_pixels=10_000)
    except ImageError:
        return
    shapes = {frame.pixels.shape[:2] for frame in made.frames()}
    assert shapes == {(made.height, made.width)}
    encoded(made, name)


def test_what_a_later_frame_draws_beyond_the_canvas_is_not_seen() -> None:
    frames = [Image.new("RGB", size, colour) for size, colour in (((6, 5), "green"), ((6, 5), "blue"))]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], duration=70)
    data = bytearray(stream.getvalue())
    at = data.rfind(b",\0\0\0\0\x06\0\x05\0")
    data[at + 1] = 3  # moved to the right
    read = read_animation(bytes(data))
    assert [frame.pixels.shape for frame in read.frames()] == [(5, 6, 3)] * 2
    last = list(read.frames())[1].pixels
    assert (last[:, 3:, 2] > 200).all()
    assert (last[:, :3, 2] < 50).all()


def test_frames_are_asked_for_one_by_one() -> None:
    """The writer holds a frame and the next; so memory does not grow with the number of frames."""
    alive, most = 0, 0

    class Watched(np.ndarray[tuple[int, ...], np.dtype[np.uint8]]):
        def __del__(self) -> None:
            nonlocal alive
            alive -= self.base is None

    def frames() -> Iterator[Frame]:
        nonlocal alive, most
        for number in range(60):
            pixels = Watched((8, 8, 3), np.uint8)
            pixels[...] = number
            alive += 1
            most = max(most, alive)
            yield Frame(pixels, None, Fraction(20))
            del pixels

    for name in ANIMATED:
        alive = most = 0
        given = Animation(
            height=8, width=8, count=60, plays=0, grey=False, alpha=False, metadata=LOSSLESS, poster=None, frames=frames
        )
        encode_animation(given, FORMATS[name], io.BytesIO())
        assert most <= 4


def test_a_picture_of_the_first_frame() -> None:
    first = animation(moving()).first()
    assert isinstance(first, Picture)
    assert first.metadata == LOSSLESS
