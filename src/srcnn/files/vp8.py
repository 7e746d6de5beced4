"""How coarsely a lossy WebP file was quantised. Source: RFC 6386, *VP8 Data Format and Decoding Guide*, 9.2 to 9.6."""

COARSEST = 127
"""The largest index of a quantiser; 0 is the finest."""

_KEY_FRAME = 10  # bytes of its tag, start code and size
_EVEN = 128  # of 256: a flag that is as often set as not


def quantiser_of(frame: bytes) -> int | None:
    """The index of the coarsest quantiser of a frame.

    Parameters
    ----------
    frame : bytes
        The content of a ``VP8`` chunk; its beginning will do.

    Returns
    -------
    int or None
        From 0 (finest) to 127; None if the frame does not say.
    """
    if len(frame) < _KEY_FRAME + 2 or frame[3:6] != b"\x9d\x01\x2a":
        return None
    bits = _Bits(frame[_KEY_FRAME:])
    try:
        bits.number(2)  # colours, clamping
        indices, absolute = _segments(bits) if bits.flag() else ([0], False)
        bits.number(1 + 6 + 3)  # filter
        if bits.flag() and bits.flag():
            for _ in range(8):
                bits.optional(6)
        bits.number(2)  # partitions
        base = bits.number(7)
    except EOFError:
        return None
    coarsest = max(indices) if absolute else base + max(indices)
    return min(max(coarsest, 0), COARSEST)


def _segments(bits: "_Bits") -> tuple[list[int], bool]:
    """The quantiser of each of four segments, and whether it stands for itself or is added to the frame's."""
    maps, says = bits.flag(), bits.flag()
    indices, absolute = [0], False
    if says:
        absolute = bool(bits.flag())
        indices = [bits.optional(7) for _ in range(4)]
        for _ in range(4):
            bits.optional(6)  # filter
    if maps:
        for _ in range(3):
            if bits.flag():
                bits.number(8)
    return indices, absolute


class _Bits:
    """The Boolean decoder, for flags that are as often set as not."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 2
        self._value, self._range, self._shifted = int.from_bytes(data[:2], "big"), 255, 0

    def flag(self) -> int:
        split = 1 + ((self._range - 1) * _EVEN >> 8)
        found = int(self._value >= split << 8)
        if found:
            self._value -= split << 8
            self._range -= split
        else:
            self._range = split
        while self._range < 128:
            self._range <<= 1
            self._value <<= 1
            self._shifted += 1
            if self._shifted == 8:
                self._shifted = 0
                self._value |= self._next()
        return found

    def _next(self) -> int:
        if self._at >= len(self._data):
            raise EOFError
        self._at += 1
        return self._data[self._at - 1]

    def number(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.flag()
        return value

    def optional(self, count: int) -> int:
        """A number with its sign, or 0 where there is none."""
        if not self.flag():
            return 0
        size = self.number(count)
        return -size if self.flag() else size
