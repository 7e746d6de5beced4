"""TIFF files of every photometric kind, made by hand: the pixels their tags mean, or a refusal that names the kind."""

import io
import itertools
import struct
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files.decoding import decode
from srcnn.files.metadata.entries import read_entries
from srcnn.files.pillow import picture_from_pil

ROWS, COLUMNS = 12, 16
_CODES = {1: "B", 3: "H", 4: "I", 5: "II", 16: "Q"}


def rgb(dtype: type[Any] = np.uint8) -> np.ndarray[Any, Any]:
    """A ramp whose three planes differ."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS] / 16
    values = np.dstack([rows, columns, 1 - (rows + columns) / 2])
    return np.asarray((values * np.iinfo(dtype).max).astype(dtype))


def plane(value: int, dtype: type[Any] = np.uint8) -> np.ndarray[Any, Any]:
    """One band with a value at its top and another below."""
    values = np.full((ROWS, COLUMNS), value, dtype)
    values[6:] //= 2
    return values


def entries(
    values: np.ndarray[Any, Any], photometric: int, **more: tuple[int, ...]
) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Types and values of the tags that describe an array stored in one strip; ``t338=(2,)`` sets or changes one."""
    samples = 1 if values.ndim == 2 else values.shape[2]
    tags = {
        256: (3, (values.shape[1],)), 257: (3, (values.shape[0],)), 258: (3, (8 * values.itemsize,) * samples),
        259: (3, (1,)),
        262: (3, (photometric,)), 277: (3, (samples,)), 278: (3, (values.shape[0],)),
    }  # fmt: skip
    for name, value in more.items():
        tag = int(name[1:])
        tags[tag] = (5 if tag in (529, 532) else 4 if tag in (254, 330) else 3, value)
    return tags


def tiff(*pages: tuple[dict[int, tuple[int, tuple[int, ...]]], bytes], order: str = "<", big: bool = False) -> bytes:
    """A TIFF file of directories and their strips."""
    at = 16 if big else 8
    number = "Q" if big else "I"
    body, links = b"", []
    for described, pixels in pages:
        tags = described | {273: (16 if big else 4, (at + len(body),)), 279: (16 if big else 4, (len(pixels),))}
        body += pixels + bytes(len(pixels) % 2)
        places, outside = {}, b""
        size = (8 + 20 * len(tags) + 8) if big else (2 + 12 * len(tags) + 4)
        start = at + len(body)
        for tag, (kind, values) in sorted(tags.items()):
            numbers = [part for value in values for part in ((value, 1) if kind == 5 else (value,))]
            raw = struct.pack(f"{order}{len(numbers)}{_CODES[kind][0]}", *numbers)
            if len(raw) > struct.calcsize(number):
                places[tag] = struct.pack(order + number, start + size + len(outside))
                outside += raw + bytes(len(raw) % 2)
            else:
                places[tag] = raw.ljust(struct.calcsize(number), b"\0")
        links.append((start, size))
        head = struct.pack(order + ("Q" if big else "H"), len(tags))
        for tag, (kind, values) in sorted(tags.items()):
            head += struct.pack(f"{order}HH{number}", tag, kind, len(values)) + places[tag]
        body += head + bytes(struct.calcsize(number)) + outside
    first = struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, links[0][0]) if big else (42, links[0][0])))
    data = bytearray((b"II" if order == "<" else b"MM") + first + body)
    for (start, size), (following, _) in itertools.pairwise(links):
        struct.pack_into(order + number, data, start + size - struct.calcsize(number), following)
    return bytes(data)


def stored(values: np.ndarray[Any, Any], order: str = "<") -> bytes:
    return values.astype(values.dtype.newbyteorder(order)).tobytes()


def one(
    values: np.ndarray[Any, Any], photometric: int, *, order: str = "<", big: bool = False, **more: tuple[int, ...]
) -> bytes:
    """A file of one image in one strip."""
    return tiff((entries(values, photometric, **more), stored(values, order)), order=order, big=big)


# Byte orders, sizes, layouts


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_either_byte_order_classic_and_big(dtype: type[Any], order: str, big: bool) -> None:
    np.testing.assert_array_equal(decode(one(rgb(dtype), 2, order=order, big=big)).pixels, rgb(dtype))


def apart(values: np.ndarray[Any, Any], photometric: int, order: str = "<", **more: tuple[int, ...]) -> bytes:
    """A file of an array whose bands have planes of their own, each in one strip."""
    bands, size = values.shape[2], values[..., 0].nbytes
    tags = entries(values, photometric, t284=(2,), **more)
    data = bytearray(tiff((tags, stored(values.transpose(2, 0, 1), order)), order=order))
    # The places and sizes of the strips go to the end of the file.
    for tag, numbers in ((273, [8 + size * i for i in range(bands)]), (279, [size] * bands)):
        at = data.index(struct.pack(f"{order}HHI", tag, 4, 1))
        struct.pack_into(f"{order}II", data, at + 4, bands, len(data))
        data += struct.pack(f"{order}{bands}I", *numbers)
    return bytes(data)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_planes_apart(dtype: type[Any]) -> None:
    read = decode(apart(np.dstack([rgb(dtype), plane(200, dtype)]), 2, t338=(2,)))
    np.testing.assert_array_equal(read.pixels, rgb(dtype))
    np.testing.assert_array_equal(read.alpha, plane(200, dtype))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kinds", [(2,), (0, 2)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_planes_of_grey_apart(dtype: type[Any], kinds: tuple[int, ...], order: str) -> None:
    grey = (rgb() / np.float32(255)).astype(np.float32)[..., 1] if dtype is np.float32 else rgb(dtype)[..., 1]
    opacity = plane(1, np.uint8).astype(dtype) if dtype is np.float32 else plane(200, dtype)
    values = np.dstack([grey, *(grey.T.reshape(grey.shape) for _ in kinds[1:]), opacity])
    more: dict[str, Any] = {"t339": (3,) * values.shape[2]} if dtype is np.float32 else {}
    read = decode(apart(values, 1, order, t338=kinds, **more))
    np.testing.assert_array_equal(read.pixels, grey)
    np.testing.assert_array_equal(read.alpha, opacity)


def test_planes_of_an_inverse_grey_apart() -> None:
    read = decode(apart(np.dstack([255 - rgb()[..., 0], plane(90)]), 0, t338=(2,)))
    np.testing.assert_array_equal(read.pixels, rgb()[..., 0])
    np.testing.assert_array_equal(read.alpha, plane(90))


def test_planes_of_ycbcr_apart() -> None:
    values = np.dstack([rgb()[..., 0], plane(90), 255 - plane(70)])
    together = decode(one(values, 6, t530=(1, 1)))
    np.testing.assert_array_equal(decode(apart(values, 6, t530=(1, 1))).pixels, together.pixels)


def test_planes_of_a_palette_or_of_tiles_are_refused() -> None:
    with pytest.raises(ImageError, match="a palette and further bands in planes of their own is not supported"):
        decode(apart(np.dstack([plane(2), plane(90)]), 3, t320=(0,) * 768, t338=(2,)))
    with pytest.raises(ImageError, match="TIFF of tiles in planes of their own is not supported; save it with"):
        decode(one(rgb(), 2, t284=(2,), t322=(16,), t323=(16,)))


def test_tiles() -> None:
    image = pyvips.Image.new_from_array(np.tile(rgb(), (3, 3, 1))).copy(interpretation="srgb")
    data = bytes(image.tiffsave_buffer(tile=True, tile_width=16, tile_height=16, compression="deflate"))
    np.testing.assert_array_equal(decode(data).pixels, np.tile(rgb(), (3, 3, 1)))


# Grey and palettes


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_grey_and_its_inverse(dtype: type[Any], white_is_zero: bool) -> None:
    grey = rgb(dtype)[..., 1]
    values = np.iinfo(dtype).max - grey if white_is_zero else grey
    read = decode(one(values, 0 if white_is_zero else 1))
    np.testing.assert_array_equal(read.pixels, grey)
    assert read.metadata.kind == "grey"


def test_floats_with_0_for_white_are_refused() -> None:
    values = plane(200).astype(np.float32) / 255
    np.testing.assert_array_equal(decode(one(values, 1, t339=(3,))).pixels, values)
    with pytest.raises(ImageError, match="floats with 0 for white are not supported; save it with 0 for black"):
        decode(one(values, 0, t339=(3,)))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [0, 9])
def test_an_orientation_without_a_meaning_is_none(orientation: int, order: str) -> None:
    data = one(rgb(), 2, order=order, t274=(orientation,))
    np.testing.assert_array_equal(decode(data).pixels, rgb())
    np.testing.assert_array_equal(picture_from_pil(Image.open(io.BytesIO(data))).pixels, rgb())


def test_alpha_of_an_inverse_grey_is_not_inverted() -> None:
    read = decode(one(np.dstack([255 - plane(40), plane(90)]), 0, t338=(2,)))
    np.testing.assert_array_equal(read.pixels, plane(40))
    np.testing.assert_array_equal(read.alpha, plane(90))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_greys_of_few_bits(bits: int) -> None:
    levels = np.arange(COLUMNS) % 2**bits
    packed = np.packbits((levels[:, None] >> np.arange(bits)[::-1] & 1).astype(np.uint8)).tobytes()
    tags = entries(plane(0), 1, t258=(bits,))
    read = decode(tiff((tags, packed * ROWS)))
    np.testing.assert_array_equal(read.pixels, np.tile((levels * 255 // (2**bits - 1)).astype(np.uint8), (ROWS, 1)))
    assert read.metadata.kind == ("1-bit" if bits == 1 else "grey")


@pytest.mark.parametrize("extra", [False, True])
def test_a_palette_becomes_rgb(extra: bool) -> None:
    index = (np.arange(ROWS * COLUMNS) % 256).astype(np.uint8).reshape(ROWS, COLUMNS)
    colours = np.random.default_rng(0).integers(0, 256, (3, 256))
    values = np.dstack([index, plane(77)]) if extra else index
    more: dict[str, Any] = {"t338": (2,)} if extra else {}
    read = decode(one(values, 3, t320=tuple((colours * 257).ravel().tolist()), **more))
    np.testing.assert_array_equal(read.pixels, colours.T[index])
    assert read.metadata.kind == "palette"
    assert (read.alpha is not None) == extra


# YCbCr


def test_plain_ycbcr_becomes_rgb() -> None:
    ycbcr = np.asarray(Image.fromarray(rgb()).convert("YCbCr"))
    with pytest.raises(ImageError, match="YCbCr TIFF with more than three bands"):
        decode(one(np.dstack([ycbcr, plane(9)]), 6, t530=(1, 1), t338=(2,)))
    read = decode(one(ycbcr, 6, t530=(1, 1)))
    assert np.abs(read.pixels.astype(int) - rgb()).max() <= 3  # the rounding of three 8-bit values
    assert read.metadata.kind == "rgb"


def test_ycbcr_by_the_white_and_black_that_it_names() -> None:
    studio = np.array([[[16, 128, 128], [235, 128, 128], [126, 128, 128]]], np.uint8)
    read = decode(one(studio, 6, t530=(1, 1), t532=(16, 235, 128, 240, 128, 240)))
    np.testing.assert_array_equal(read.pixels, [[[0] * 3, [255] * 3, [128] * 3]])


def test_subsampled_ycbcr_is_refused_but_within_jpeg_it_is_read() -> None:
    with pytest.raises(ImageError, match=r"YCbCr TIFF with subsampled chroma .* save it as RGB"):
        decode(tiff((entries(rgb(), 6, t530=(2, 2)), bytes(ROWS * COLUMNS * 3 // 2))))
    with pytest.raises(ImageError, match="YCbCr TIFF with subsampled chroma"):  # what is not said is 2x2
        decode(tiff((entries(rgb(), 6), bytes(ROWS * COLUMNS * 3 // 2))))
    image = pyvips.Image.new_from_array(rgb()).copy(interpretation="srgb")
    read = decode(bytes(image.tiffsave_buffer(compression="jpeg", Q=60)))  # subsampled at that quality
    assert np.abs(read.pixels.astype(int) - rgb()).mean() < 16


# CMYK


def separated(bits: int) -> np.ndarray[Any, Any]:
    inks = np.dstack([rgb(), plane(60)]).astype(np.uint16)
    return inks * 257 if bits == 16 else inks.astype(np.uint8)


@pytest.mark.parametrize("profile", [False, True])
def test_16_bits_of_cmyk_look_as_8_do(profile: bool) -> None:
    icc = bytes(pyvips.Image.profile_load("cmyk"))
    more = {"t34675": tuple(icc)} if profile else {}

    def made(bits: int) -> bytes:
        tags: dict[int, Any] = dict(entries(separated(bits), 5))
        if more:
            tags[34675] = (1, more["t34675"])
        return tiff((tags, stored(separated(bits))))

    shallow, deep = decode(made(8)), decode(made(16))
    assert deep.bits == 16
    assert shallow.metadata.kind == deep.metadata.kind == "cmyk"
    assert shallow.metadata.cmyk_icc == deep.metadata.cmyk_icc == (icc if profile else None)
    assert np.abs(deep.pixels / 257 - shallow.pixels).max() <= (2 if profile else 1)


@pytest.mark.parametrize("bits", [8, 16])
def test_alpha_of_cmyk_is_kept(bits: int) -> None:
    opacity = plane(100).astype(np.uint16) * 257 if bits == 16 else plane(100)
    read = decode(one(np.dstack([separated(bits), opacity]), 5, t338=(2,)))
    np.testing.assert_array_equal(read.alpha, opacity)
    np.testing.assert_array_equal(read.pixels, decode(one(separated(bits), 5)).pixels)


def test_other_inks_are_refused() -> None:
    with pytest.raises(ImageError, match="inks other than cyan"):
        decode(one(separated(8), 5, t332=(2,)))
    with pytest.raises(ImageError, match="inks other than cyan"):
        decode(one(rgb(), 5))


# Extra samples


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize(("kinds", "named"), [(None, False), ((0,), False), ((2,), True)])
def test_one_extra_sample_is_alpha(dtype: type[Any], colours: int, kinds: tuple[int, ...] | None, named: bool) -> None:
    colour, opacity = rgb(dtype)[..., :colours], plane(80, dtype)
    more: dict[str, Any] = {} if kinds is None else {"t338": kinds}
    read = decode(one(np.dstack([colour, opacity]), 1 if colours == 1 else 2, **more))
    np.testing.assert_array_equal(read.pixels, colour[..., 0] if colours == 1 else colour)
    np.testing.assert_array_equal(read.alpha, opacity)
    said = () if named else ("an unnamed band was used as transparency",)
    assert read.metadata.notes == said


@pytest.mark.parametrize(("value", "said"), [(0, 1), (255, 0)])
def test_an_unnamed_band_of_padding_is_no_alpha(value: int, said: int) -> None:
    read = decode(one(np.dstack([rgb(), np.full((ROWS, COLUMNS), value, np.uint8)]), 2))
    assert read.alpha is None
    assert len(read.metadata.notes) == said
    np.testing.assert_array_equal(read.pixels, rgb())


def test_an_empty_band_that_is_named_alpha_is_alpha() -> None:
    read = decode(one(np.dstack([rgb(), np.zeros((ROWS, COLUMNS), np.uint8)]), 2, t338=(2,)))
    assert read.alpha is not None
    assert read.alpha.max() == 0


@pytest.mark.parametrize("kinds", [(0, 2), (2, 0), (0, 0, 2, 0)])
def test_alpha_among_several_extra_samples(kinds: tuple[int, ...]) -> None:
    extra = [plane(20 * (i + 3)) for i in range(len(kinds))]
    read = decode(one(np.dstack([rgb(), *extra]), 2, t338=kinds))
    np.testing.assert_array_equal(read.pixels, rgb())
    np.testing.assert_array_equal(read.alpha, extra[kinds.index(2)])
    assert "neither colour nor transparency" in read.metadata.notes[0]


def test_premultiplied_alpha_as_the_second_extra_sample() -> None:
    opacity = np.full((ROWS, COLUMNS), 128, np.uint8)
    values = np.dstack([(rgb() * (128 / 255)).round().astype(np.uint8), plane(3), opacity])
    read = decode(one(values, 2, t338=(0, 1)))
    np.testing.assert_array_equal(read.alpha, opacity)
    assert np.abs(read.pixels.astype(int) - rgb()).max() <= 2


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("most", [255, 65535, 1])
def test_premultiplied_alpha_of_every_kind(most: int, colours: int, separate: bool) -> None:
    dtype: type[Any] = {255: np.uint8, 65535: np.uint16, 1: np.float32}[most]
    colour = rgb()[..., :colours] / 255
    opacity = np.where(np.arange(COLUMNS) < 8, 0.4, 0.8) * np.ones((ROWS, 1))
    values = np.dstack([colour * opacity[..., None], opacity]) * most
    values = values.astype(dtype) if most == 1 else values.round().astype(dtype)
    more: dict[str, Any] = {"t339": (3,) * (colours + 1)} if most == 1 else {}
    make = apart if separate else one
    read = decode(make(values, 1 if colours == 1 else 2, t338=(1,), **more))
    found = read.pixels.reshape(ROWS, COLUMNS, colours) / most
    np.testing.assert_allclose(found, colour, atol=1e-6 if most == 1 else 3 / most)
    assert read.metadata.levels is None


@pytest.mark.parametrize("bits", [8, 16])
def test_premultiplied_alpha_of_cmyk(bits: int) -> None:
    inks = separated(bits)
    opacity = np.where(np.arange(COLUMNS) < 8, 0.4, 0.8)[None, :, None] * np.ones((ROWS, 1, 1))
    most = 2**bits - 1
    values = (np.dstack([inks / most * opacity, opacity]) * most).round().astype(inks.dtype)
    read, plain = decode(one(values, 5, t338=(1,))), decode(one(inks, 5))
    np.testing.assert_allclose(read.pixels / most, plain.pixels / most, atol=6 / most)
    np.testing.assert_allclose(read.alpha / most, opacity[..., 0], atol=1 / most)


def test_many_bands_are_counted() -> None:
    values = np.dstack([plane(i + 50) for i in range(40)])
    read = decode(one(values, 1))
    np.testing.assert_array_equal(read.pixels, plane(50))
    assert read.alpha is None
    assert read.metadata.notes == ("39 bands that are neither colour nor transparency were dropped",)
    with pytest.raises(ImageError, match="40 bands of 8 bits"):
        decode(one(values, 1), max_pixels=ROWS * COLUMNS)


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"t322": (32_768,), "t323": (32_768,)}, True),  # a tile of three gigabytes
        ({"t278": (2**31,), "t259": (5,)}, False),  # all of a small image in one strip
        ({"t256": (3000,), "t257": (3000,), "t278": (3000,), "t259": (5,)}, True),
        ({"t256": (3000,), "t257": (3000,), "t278": (16,), "t259": (5,)}, False),
    ],
)
def test_what_is_decoded_at_once_is_counted(more: dict[str, Any], refused: bool) -> None:
    tags = entries(rgb(), 2, **more)
    tags[278] = (4, tags[278][1])
    with pytest.raises(ImageError, match="more than the limit of 50 MB" if refused else "damaged or truncated"):
        decode(tiff((tags, bytes(10))), max_pixels=10_000_000)


# What is refused, by name


@pytest.mark.parametrize(
    ("photometric", "samples", "name", "to_do"),
    [
        (4, 1, "a transparency mask", "open the image"),
        (8, 3, r"CIE L\*a\*b\*", "save it as RGB"),
        (9, 3, r"ICC L\*a\*b\*", "save it as RGB"),
        (10, 3, r"ITU L\*a\*b\*", "save it as RGB"),
        (32803, 1, "a colour filter array", "raw converter"),
        (32844, 1, "LogL", "tone-map"),
        (32845, 3, "LogLuv", "tone-map"),
        (34892, 3, "linear raw data", "raw converter"),
        (51177, 1, "a depth map", "open the image"),
        (1234, 3, "number 1234", "save it as RGB"),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_other_photometric_kinds_are_refused_by_name(
    photometric: int, samples: int, name: str, to_do: str, dtype: type[Any]
) -> None:
    with pytest.raises(ImageError, match=f"photometric interpretation {name}.* is not supported; .*{to_do}"):
        decode(one(rgb(dtype)[..., :samples], photometric))


@pytest.mark.parametrize(
    ("photometric", "bits", "sample", "said"),
    [
        (2, (5, 6, 5), 1, "5-6-5 bits"),
        (2, (4, 4, 4), 1, "4-4-4 bits"),
        (1, (12,), 1, "12 bits"),
        (1, (32,), 1, "32 bits"),
        (1, (16,), 2, "signed integers of 16 bits"),
        (2, (64, 64, 64), 3, "floating-point numbers of 64 bits"),
        (1, (16,), 3, "floating-point numbers of 16 bits"),
        (3, (16,), 1, "16 bits"),
        (6, (16, 16, 16), 1, "16 bits"),
    ],
)
def test_other_samples_are_refused_by_name(photometric: int, bits: tuple[int, ...], sample: int, said: str) -> None:
    tags = entries(rgb()[..., : len(bits)], photometric, t258=bits, t339=(sample,) * len(bits))
    with pytest.raises(ImageError, match=f"{said} are not supported; save it with 8 or 16 bits"):
        decode(tiff((tags, bytes(ROWS * COLUMNS * 24))))


@pytest.mark.parametrize(
    ("compression", "name"),
    [(6, "old-style JPEG"), (34712, "JPEG 2000"), (34887, "LERC"), (50002, "JPEG XL"), (65000, "number 65000")],
)
def test_compressions_are_refused_by_name(compression: int, name: str) -> None:
    with pytest.raises(
        ImageError, match=rf"the compression of this TIFF file \({name}\) is not supported; save it with LZW"
    ):
        decode(one(rgb(), 2, t259=(compression,)))


def test_tags_that_contradict_each_other_are_damage() -> None:
    with pytest.raises(ImageError, match=r"damaged or truncated .*1 samples per pixel, but its colour needs 3"):
        decode(one(rgb()[..., 0], 2))
    tags = entries(rgb(), 2)
    del tags[262]
    with pytest.raises(ImageError, match="lacks the meaning of its samples"):
        decode(tiff((tags, rgb().tobytes())))


# Several directories


def small() -> tuple[dict[int, Any], bytes]:
    """A reduced copy."""
    return entries(rgb()[::2, ::2], 2, t254=(1,)), rgb()[::2, ::2].tobytes()


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_image_is_taken_and_not_its_reduced_copy_or_mask(order: str, big: bool) -> None:
    mask = entries(plane(255), 4, t254=(4,)), plane(255).tobytes()
    whole = entries(rgb(), 2), rgb().tobytes()
    read = decode(tiff(small(), mask, whole, small(), order=order, big=big))
    np.testing.assert_array_equal(read.pixels, rgb())
    assert read.metadata.notes == ()


def test_old_tags_name_reduced_copies_too() -> None:
    tags, pixels = small()
    del tags[254]
    # Both have a rating, which EXIF holds.
    copy = tags | {255: (3, (2,)), 18246: (3, (1,))}
    read = decode(tiff((copy, pixels), (entries(rgb(), 2, t255=(1,), t18246=(5,)), rgb().tobytes())))
    np.testing.assert_array_equal(read.pixels, rgb())
    assert read.metadata.exif is not None
    assert read_entries(read.metadata.exif)[18246].content == b"\5\0"


def test_pages_are_counted_without_reduced_copies() -> None:
    page = entries(rgb(), 2, t254=(2,)), rgb().tobytes()
    assert decode(tiff(small(), page, small(), page)).metadata.notes == ("only the first of 2 pages was read",)


def test_a_file_of_a_reduced_copy_alone_is_read_and_that_is_said() -> None:
    read = decode(tiff(small()))
    assert read.pixels.shape == (ROWS // 2, COLUMNS // 2, 3)
    assert read.metadata.notes == ("the file holds only a reduced copy of its image",)


def test_a_raw_photo_is_not_taken_for_its_preview() -> None:
    tags, pixels = small()
    with pytest.raises(ImageError, match=r"sub-directory.* raw photos .*develop it with a raw converter"):
        decode(tiff((tags | {330: (4, (8,))}, pixels)))
