"""Quantisers of the images in AVIF files."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from srcnn.files.av1 import COARSEST, quantiser_of
from srcnn.files.avif import avif_quantiser
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.metadata.items import items_of
from srcnn.files.picture import Picture
from srcnn.output import WriteOptions

QUALITIES = (10, 30, 60, 90)
Field = tuple[int, int]  # a number and its bits


def textured(rows: int = 96, columns: int = 112) -> NDArray[np.uint8]:
    y, x = np.mgrid[:rows, :columns]
    shade = 128 + 60 * np.sin(y / 9) * np.cos(x / 7)
    noise = np.random.default_rng(0).normal(0, 6, (rows, columns, 3))
    return np.asarray(np.clip(shade[..., None] + noise, 0, 255), np.uint8)


PIXELS = textured()


def saved(pixels: NDArray[np.uint8] = PIXELS, frames: int = 1, **settings: Any) -> bytes:
    target = io.BytesIO()
    image = Image.fromarray(pixels)
    more: dict[str, Any] = {"save_all": True, "append_images": [image.rotate(180)] * (frames - 1)} if frames > 1 else {}
    image.save(target, "AVIF", speed=9, **more, **settings)
    return target.getvalue()


def deep(quality: int) -> bytes:
    return encode(Picture(PIXELS.astype(np.uint16) * 257), FORMATS["AVIF"], WriteOptions(quality=quality))[0]


def main_content(data: bytes) -> bytes:
    items = items_of(data)
    assert items.main is not None
    return items.contents({items.main})[items.main]


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def grid(*tiles: bytes) -> bytes:
    """A file whose main image, number 9, is a grid of these; number 7 is an image of its own, the coarsest."""
    contents = {1 + n: main_content(tile) for n, tile in enumerate(tiles)} | {7: main_content(saved(quality=1))}
    kinds = dict.fromkeys(contents, b"av01") | {9: b"grid"}
    infos = [box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + kinds[number] + b"\0") for number in kinds]
    derived = struct.pack(f">HH{len(tiles)}H", 9, len(tiles), *range(1, 1 + len(tiles)))

    def meta(first: int) -> bytes:
        places, at = b"", first
        for number, content in contents.items():
            places += struct.pack(">HHHII", number, 0, 1, at, len(content))
            at += len(content)
        inside = (
            box(b"pitm", bytes(4) + b"\0\x09"),
            box(b"iinf", bytes(4) + struct.pack(">H", len(kinds)) + b"".join(infos)),
            box(b"iref", bytes(4) + box(b"dimg", derived)),
            box(b"iloc", bytes(4) + b"\x44\0" + struct.pack(">H", len(contents)) + places),
        )
        return box(b"ftyp", b"avif" + bytes(4)) + box(b"meta", bytes(4) + b"".join(inside))

    return meta(len(meta(0)) + 8) + box(b"mdat", b"".join(contents.values()))


@pytest.mark.parametrize("settings", [{}, {"subsampling": "4:4:4"}, {"tile_rows": 1, "tile_cols": 1}])
def test_a_lower_quality_is_coarser(settings: dict[str, Any]) -> None:
    pixels = textured(256, 256)
    found = [avif_quantiser(saved(pixels, quality=quality, **settings)) for quality in QUALITIES]
    assert None not in found
    assert found == sorted(set(found), reverse=True)  # type: ignore[type-var]
    assert found[0] in range(200, COARSEST + 1)
    assert found[-1] in range(1, 60)


def test_the_bit_depth_changes_nothing() -> None:
    for quality in QUALITIES:
        assert avif_quantiser(deep(quality)) == avif_quantiser(saved(quality=quality))


def test_grey_is_as_coarse_as_colour() -> None:
    grey = [avif_quantiser(saved(PIXELS[..., 0], quality=quality, subsampling="4:0:0")) for quality in QUALITIES]
    assert grey == [avif_quantiser(saved(quality=quality)) for quality in QUALITIES]


def test_alpha_is_not_taken_for_the_image() -> None:
    data = saved(np.dstack([PIXELS, PIXELS[..., 0]]), quality=40)
    items = items_of(data)
    found = {number: quantiser_of(content) for number, content in items.contents({1, 2}).items()}
    assert len(set(found.values())) == 2
    assert avif_quantiser(data) == found[items.main or 0] == avif_quantiser(saved(quality=40))


def test_files_without_one() -> None:
    assert avif_quantiser(encode(Picture(PIXELS), FORMATS["AVIF"], WriteOptions(lossless=True))[0]) is None
    assert avif_quantiser(saved(frames=2)) is None
    assert avif_quantiser(b"") is None
    assert avif_quantiser(box(b"ftyp", b"avif") + box(b"meta", bytes(4) + box(b"pitm", b""))) is None


@pytest.mark.parametrize("qualities", [(80, 30), (30, 80)])
def test_of_a_grid_the_coarsest_tile_counts(qualities: tuple[int, int]) -> None:
    assert avif_quantiser(grid(*(saved(quality=quality) for quality in qualities))) == avif_quantiser(saved(quality=30))


def test_the_header_of_a_video_frame() -> None:
    """The first frame of an animation has a whole header, where a still image has a reduced one."""
    found = []
    for quality in QUALITIES:
        data = saved(frames=2, quality=quality)
        at = data.index(b"stsz") + 8
        size, _, first = struct.unpack_from(">III", data, at)
        start = data.index(b"mdat") + 4
        found.append(quantiser_of(data[start : start + (size or first)]))
    assert None not in found
    assert found == sorted(set(found), reverse=True)  # type: ignore[type-var]


def unit(kind: int, *fields: Field, size: bool = True, extension: bool = False) -> bytes:
    """An open bitstream unit of these fields, filled up with ones."""
    bits = "".join(f"{value:0{width}b}" for value, width in fields if width)
    content = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")
    head = bytes([kind << 3 | extension << 2 | size << 1]) + bytes(extension)
    return head + (bytes([len(content)]) if size else b"") + content


def sequence(size: tuple[int, int], *, superblock: int = 64, superres: int = 0, ids: bool = False) -> bytes:
    """A header for video, with an operating point of a high level and eight bits of order hints."""
    start = [(0, 3), (0, 1), (0, 1), (0, 1), (1, 1), (0, 5), (0, 12), (9, 5), (1, 1), (1, 1), (3, 4)]
    sides = [(15, 4), (15, 4), (size[0] - 1, 16), (size[1] - 1, 16)]
    numbers = [(1, 1), (2, 4), (1, 3)] if ids else [(0, 1)]
    tools = [(int(superblock == 128), 1), (0, 2), (0, 4), (1, 1), (0, 2), (0, 1), (1, 1), (0, 1), (0, 1), (7, 3)]
    return unit(1, *start, *sides, *numbers, *tools, (superres, 1), (0, 2))


FRAME = [(0, 1), (0, 2), (1, 1), (1, 1)]  # of a kind to be decoded, a key frame, shown, without updates


def test_every_field_is_stepped_over() -> None:
    index = (173, 8)
    plain = sequence((100, 100))
    own, hint, whole, intra, even = (0, 1), (5, 8), (0, 1), (0, 1), (1, 1)
    # 100x100: two superblocks in each direction, neither of which is divided
    rest = [even, (0, 1), (0, 1), index]
    assert quantiser_of(plain + unit(6, *FRAME, own, hint, whole, intra, *rest)) == 173
    assert quantiser_of(plain + unit(3, *FRAME, own, hint, whole, intra, *rest)) == 173
    assert quantiser_of(plain + unit(6, *FRAME, own, hint, whole, intra, *rest, size=False, extension=True)) == 173
    updates = [(0, 1), (0, 2), (1, 1), (0, 1)]
    assert quantiser_of(plain + unit(6, *updates, own, hint, whole, intra, (0, 1), *rest)) == 173
    sized = [(1, 1), hint, (499, 16), (499, 16)]
    assert quantiser_of(plain + unit(6, *FRAME, *sized, whole, intra, even, (0, 1), (0, 1), index)) == 173
    rendered = [(1, 1), (99, 16), (99, 16)]
    assert quantiser_of(plain + unit(6, *FRAME, own, hint, *rendered, intra, *rest)) == 173
    numbered = sequence((100, 100), ids=True)
    assert quantiser_of(numbered + unit(6, *FRAME, (33, 6), own, hint, whole, intra, *rest)) == 173
    narrowed = sequence((100, 100), superres=1)
    assert quantiser_of(narrowed + unit(6, *FRAME, own, hint, (0, 1), whole, intra, *rest)) == 173
    # 100 pixels of 8/16 are 50: one superblock across, and blocks cannot be copied
    assert quantiser_of(narrowed + unit(6, *FRAME, own, hint, (1, 1), (7, 3), whole, even, (0, 1), index)) == 173


def test_tiles_of_any_size_are_stepped_over() -> None:
    start = [*FRAME, (0, 1), (5, 8), (0, 1), (0, 1)]
    index = (91, 8)
    wide = sequence((640, 640), superblock=128)
    # 5x5 superblocks: columns of 2, 2 and 1, rows of 4 and 1; a number less than 5 has two or three bits
    columns, rows = [(1, 2), (1, 2)], [(6, 3)]
    tiles = [(0, 1), *columns, *rows, (0, 3), (3, 2)]
    assert quantiser_of(wide + unit(6, *start, *tiles, index)) == 91
    assert quantiser_of(wide + unit(6, *start, (1, 1), (2, 2), (0, 1), (0, 1), (3, 2), index)) == 91
    # 10,000 pixels are more than two tiles may have across, and four of them hold the area of a tile each
    large = sequence((10_000, 10_000))
    assert quantiser_of(large + unit(6, *start, (1, 1), (0, 1), (0, 1), (0, 4), (3, 2), index)) == 91


def test_what_is_no_single_still_image_has_none() -> None:
    head, frame = sequence((60, 60)), unit(6, *FRAME, (0, 1), (5, 8), (0, 1), (0, 1), (1, 1), (80, 8))
    assert quantiser_of(head + frame) == 80
    assert quantiser_of(head + frame + frame) is None
    assert quantiser_of(frame) is None
    assert quantiser_of(frame + head) is None
    assert quantiser_of(head) is None
    for start in ([(1, 1), (0, 2), (1, 1)], [(0, 1), (1, 2), (1, 1)], [(0, 1), (0, 2), (0, 1)]):
        assert quantiser_of(head + unit(6, *start, (0, 60))) is None
    assert quantiser_of(b"\x80" + head + frame) is None
    assert quantiser_of(unit(1, (0, 5), (1, 1), (0, 90)) + frame) is None


@pytest.mark.parametrize("data", [saved(quality=40), deep(40), grid(saved(quality=40), saved(quality=60))])
def test_a_damaged_file_gives_an_index_or_none(data: bytes) -> None:
    damaged = [data[:length] for length in range(0, len(data), 7)]
    rng = np.random.default_rng(1)
    for _ in range(1500):
        copy = bytearray(data)
        for at in rng.integers(0, min(len(data), 600), rng.integers(1, 5)):
            copy[at] = rng.integers(256)
        damaged.append(bytes(copy))
    found = [avif_quantiser(each) for each in damaged]
    assert all(index is None or 1 <= index <= COARSEST for index in found)
    assert None in found


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_give_an_index_or_none(data: bytes, begins_well: bool) -> None:
    found = quantiser_of((sequence((640, 640)) + b"\x30" if begins_well else b"") + data)
    assert found is None or 1 <= found <= COARSEST
