"""How coarsely an image of an AVIF file was quantised.

Source: AOMedia, *AV1 Bitstream & Decoding Process Specification*, 4.10 and 5.3 to 5.9; the names of its syntax elements
stand in the comments.
"""

from collections.abc import Iterator
from dataclasses import dataclass

COARSEST = 255
"""The largest index of a quantiser; 1 is the finest, for 0 is that of lossless images."""

_SEQUENCE, _FRAME_HEADER, _FRAME = 1, 3, 6  # obu_type
_KEY_FRAME = 0  # frame_type
_SELECT = 2  # of a tool: each frame tells
_BEGINNING = 256  # bytes of a unit that hold all that is read of it
_WIDEST_TILE, _LARGEST_TILE = 4096, 4096 * 2304  # pixels across, and in all
_MOST_TILES = 64  # in a row or column


@dataclass(frozen=True, kw_only=True)
class _Sequence:
    """What of the sequence header is needed to read that of a frame."""

    reduced: bool
    bits: tuple[int, int]  # of width and height
    size: tuple[int, int]
    id_bits: int
    superblock: int
    screen_content: int
    whole_motion: int
    order_bits: int
    superres: bool


def quantiser_of(item: bytes) -> int | None:
    """The index of the quantiser of a still image.

    Parameters
    ----------
    item : bytes
        Open bitstream units, as an image item of an AVIF file holds them.

    Returns
    -------
    int or None
        ``base_q_idx``, from 1 (finest) to 255, whatever the bit depth; parts of the frame may be quantised a little
        finer or coarser. None for a lossless image, one of several layers, and for anything that is not understood.
    """
    sequence, found = None, None
    try:
        for kind, content in _units(item):
            if kind == _SEQUENCE and sequence is None:
                sequence = _sequence(_Bits(content))
            elif kind in (_FRAME_HEADER, _FRAME):
                if sequence is None or found is not None:
                    return None
                found = _base_index(_Bits(content), sequence)
    except (EOFError, ValueError):
        return None
    return found or None


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and beginning of every open bitstream unit."""
    at = 0
    while at < len(data):
        head = data[at]
        at += 2 if head & 0x04 else 1
        size = len(data) - at
        if head & 0x02:
            at, size = _leb128(data, at)
        if head & 0x80 or size < 0 or at + size > len(data):
            raise ValueError
        yield head >> 3 & 15, data[at : at + min(size, _BEGINNING)]
        at += size


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """Where a number of variable length ends, and the number."""
    value = 0
    for n, byte in enumerate(data[at : at + 8]):
        value |= (byte & 0x7F) << 7 * n
        if not byte & 0x80:
            return at + n + 1, value
    raise ValueError


def _sequence(bits: "_Bits") -> _Sequence:
    bits.number(3 + 1)  # seq_profile, still_picture
    reduced = bits.flag()
    if reduced:
        bits.number(5)  # seq_level_idx
    else:
        _skip_operating_points(bits)
    widths, heights = bits.number(4) + 1, bits.number(4) + 1
    size = bits.number(widths) + 1, bits.number(heights) + 1
    id_bits = bits.number(4) + bits.number(3) + 3 if not reduced and bits.flag() else 0
    superblock = 128 if bits.flag() else 64
    bits.number(2)  # enable_filter_intra, enable_intra_edge_filter
    screen_content, whole_motion, order_bits = (_SELECT, _SELECT, 0) if reduced else _tools(bits)
    return _Sequence(
        reduced=reduced,
        bits=(widths, heights),
        size=size,
        id_bits=id_bits,
        superblock=superblock,
        screen_content=screen_content,
        whole_motion=whole_motion,
        order_bits=order_bits,
        superres=bits.flag(),
    )


def _skip_operating_points(bits: "_Bits") -> None:
    if bits.flag():  # timing_info_present_flag
        raise ValueError
    delays = bits.flag()
    for _ in range(bits.number(5) + 1):
        bits.number(12)  # operating_point_idc
        if bits.number(5) > 7:  # seq_level_idx
            bits.number(1)  # seq_tier
        if delays and bits.flag():
            bits.number(4)  # initial_display_delay_minus_1


def _tools(bits: "_Bits") -> tuple[int, int, int]:
    """Whether there are tools for screen content, whether motion is in whole pixels, and the bits of order_hint."""
    bits.number(4)  # enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
    ordered = bits.flag()
    if ordered:
        bits.number(2)  # enable_jnt_comp, enable_ref_frame_mvs
    screen_content = _SELECT if bits.flag() else bits.number(1)
    whole_motion = _SELECT if not screen_content or bits.flag() else bits.number(1)
    return screen_content, whole_motion, bits.number(3) + 1 if ordered else 0


def _base_index(bits: "_Bits", sequence: _Sequence) -> int:
    if not sequence.reduced and (bits.flag() or bits.number(2) != _KEY_FRAME or not bits.flag()):
        raise ValueError  # show_existing_frame, another frame_type, or not show_frame
    disables_update = bits.flag()
    screen_content = bits.number(1) if sequence.screen_content == _SELECT else sequence.screen_content
    if screen_content and sequence.whole_motion == _SELECT:
        bits.number(1)  # force_integer_mv
    bits.number(sequence.id_bits)
    overrides_size = not sequence.reduced and bits.flag()
    bits.number(sequence.order_bits)
    width, height = (bits.number(count) + 1 for count in sequence.bits) if overrides_size else sequence.size
    upscaled = width
    if sequence.superres and bits.flag():
        denominator = bits.number(3) + 9
        width = (upscaled * 8 + denominator // 2) // denominator
    if bits.flag():
        bits.number(2 * 16)  # render_width_minus_1, render_height_minus_1
    if screen_content and width == upscaled:
        bits.number(1)  # allow_intrabc
    if not sequence.reduced and not disables_update:
        bits.number(1)  # disable_frame_end_update_cdf
    _skip_tiles(bits, -(-width // sequence.superblock), -(-height // sequence.superblock), sequence.superblock)
    return bits.number(8)


def _skip_tiles(bits: "_Bits", columns: int, rows: int, superblock: int) -> None:
    """Read over the division of a frame, of so many superblocks, into tiles."""
    widest = _WIDEST_TILE // superblock
    least_across = _log2(widest, columns)
    least = max(least_across, _log2(_LARGEST_TILE // superblock**2, columns * rows))
    if bits.flag():  # uniform_tile_spacing_flag
        across = bits.steps(least_across, _log2(1, min(columns, _MOST_TILES)))
        down = bits.steps(max(least - across, 0), _log2(1, min(rows, _MOST_TILES)))
    else:
        widths = _tile_sides(bits, columns, widest)
        largest = columns * rows >> (least + 1) if least else columns * rows
        heights = _tile_sides(bits, rows, max(largest // max(widths), 1))
        across, down = _log2(1, len(widths)), _log2(1, len(heights))
    if across or down:
        bits.number(across + down + 2)  # context_update_tile_id, tile_size_bytes_minus_1


def _tile_sides(bits: "_Bits", blocks: int, longest: int) -> list[int]:
    sides: list[int] = []
    while blocks > 0:
        sides.append(bits.below(min(blocks, longest)) + 1)
        blocks -= sides[-1]
    return sides


def _log2(block: int, target: int) -> int:
    """How often a block has to be doubled to reach the target."""
    return max(-(-target // block) - 1, 0).bit_length()


class _Bits:
    """The bits of a unit, from the first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def number(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        return self.number(1) == 1

    def below(self, limit: int) -> int:
        """A number less than the limit: ns(n) of the specification, 4.10.7."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.number(width - 1)
        return value if value < short else 2 * value - short + self.number(1)

    def steps(self, least: int, most: int) -> int:
        """A number, as flags that each add one to the least."""
        while least < most and self.flag():
            least += 1
        return least
