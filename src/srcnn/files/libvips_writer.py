"""Write PNG and JPEG files by libvips, which requests rows as it needs them and never holds the whole image.

libvips reads files, so it gets the rows as a virtual file: an uncompressed BigTIFF.
It runs in a separate thread, so the thread that computes the rows can be interrupted, and its errors are not changed.

Source of the layout: the BigTIFF design of libtiff.
"""

from __future__ import annotations

import queue
import struct
import threading
from collections.abc import Callable, Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from srcnn.files.vips_library import vips_library

Splice = Callable[[bytes], bytes | None]
"""Maps the first bytes of a file to their replacement; None if there are too few of them yet."""

_ALIGNED = 16
_STRIP_BYTES = 1 << 16  # requested by libvips at once, or one row
_ALIVE = 0.2  # seconds after which a full queue checks whether its reader is still there


def write_by_libvips(
    file: IO[bytes],
    strips: Iterable[NDArray[Any]],
    shape: tuple[int, int, int],
    save: Callable[[Any, Any], None],
    *,
    cmyk: bool = False,
    splice: Splice | None = None,
) -> None:
    """Write an image strip by strip.

    Parameters
    ----------
    file : binary file
        To write into.
    strips : iterable of (h, W, bands) uint8 or uint16 arrays
        All rows from the top.
    shape : (int, int, int)
        Height, width and bands of the whole.
    save : callable
        Saves a ``pyvips.Image`` to a ``pyvips.Target``.
    cmyk : bool
        Whether four bands are CMYK.
    splice : callable, optional
        Changes the first bytes of the file.

    Raises
    ------
    pyvips.Error
        If libvips cannot encode the image.
    OSError
        If the file cannot be written.
    """
    strips = iter(strips)
    strip: NDArray[Any] | None = next(strips)
    assert strip is not None
    feed = _Feed(shape, strip.dtype, cmyk)
    sink = _Sink(file, splice)
    failures: list[BaseException] = []

    def encode() -> None:
        try:
            _encode(feed, sink, save)
        except BaseException as error:  # passed on to the waiting thread
            failures.append(error)

    thread = threading.Thread(target=encode, name="srcnn-libvips", daemon=True)
    thread.start()
    try:
        while strip is not None and feed.put(strip, thread):
            strip = next(strips, None)
    except BaseException:
        feed.abort()
        raise
    finally:
        feed.end(thread)
        thread.join()
    if sink.failure is not None:
        raise sink.failure
    if failures:
        raise failures[0]
    sink.close()


def _encode(feed: _Feed, sink: _Sink, save: Callable[[Any, Any], None]) -> None:
    pyvips = vips_library()
    source, target = pyvips.SourceCustom(), pyvips.TargetCustom()
    source.on_read(feed.read)
    source.on_seek(feed.seek)
    target.on_write(sink.write)
    save(pyvips.Image.tiffload_source(source, access="sequential", fail_on="error", unlimited=True), target)


class _Feed:
    """The virtual file: a header, then rows as they arrive; only the header can be read twice."""

    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype[Any], cmyk: bool) -> None:
        self._head = _bigtiff_head(shape, dtype.itemsize, cmyk)
        self._length = len(self._head) + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        self._order = dtype.newbyteorder("<")
        self._rows: queue.Queue[memoryview | None] = queue.Queue(maxsize=1)
        self._part = memoryview(b"")
        self._at = 0  # the position at which libvips reads
        self._given = len(self._head)  # the end of the rows that have been read
        self._aborted = False

    def put(self, strip: NDArray[Any], reader: threading.Thread) -> bool:
        """Append rows; False if there is no reader any more."""
        return self._put(np.ascontiguousarray(strip, self._order).data.cast("B"), reader)

    def end(self, reader: threading.Thread) -> None:
        """Signal the end of the rows."""
        self._put(None, reader)

    def abort(self) -> None:
        """Make every further read fail."""
        self._aborted = True

    def _put(self, part: memoryview | None, reader: threading.Thread) -> bool:
        while reader.is_alive():
            try:
                self._rows.put(part, timeout=_ALIVE)
            except queue.Full:
                continue
            return True
        return False

    def read(self, length: int) -> bytes | None:
        if self._at < len(self._head):
            data = self._head[self._at : self._at + length]
            self._at += len(data)
            return data
        if self._at != self._given:
            return None
        if not self._part and not self._aborted:
            self._part = self._rows.get() or memoryview(b"")
        if not self._part or self._aborted:
            self._aborted = True
            return None
        data = bytes(self._part[:length])
        self._part = self._part[length:]
        self._at += len(data)
        self._given += len(data)
        return data

    def seek(self, offset: int, whence: int) -> int:
        self._at = offset + (0, self._at, self._length)[whence]
        return self._at


class _Sink:
    """Writes bytes to the file and replaces the first of them."""

    def __init__(self, file: IO[bytes], splice: Splice | None) -> None:
        self._file = file
        self._splice = splice
        self._held = b""
        self.failure: BaseException | None = None

    def write(self, data: Any) -> int:
        if self.failure is not None:
            return -1
        try:
            self._write(bytes(data))
        except BaseException as error:  # a C library is between here and the caller that can handle it
            self.failure = error
            return -1
        return len(data)

    def _write(self, data: bytes) -> None:
        if self._splice is not None:
            self._held += data
            spliced = self._splice(self._held)
            if spliced is None:
                return
            data, self._splice, self._held = spliced, None, b""
        self._file.write(data)

    def close(self) -> None:
        self._file.write(self._held)


def _bigtiff_head(shape: tuple[int, int, int], itemsize: int, cmyk: bool) -> bytes:
    """The header of an uncompressed BigTIFF file."""
    height, width, bands = shape
    row = width * bands * itemsize
    rows = max(1, _STRIP_BYTES // row)
    ends = np.minimum(rows * np.arange(1, -(-height // rows) + 1), height)
    lengths_of_strips = row * np.diff(ends, prepend=0)
    short, long, long8 = "H", "I", "Q"
    kinds = {short: 3, long: 4, long8: 16}
    tags: list[tuple[int, str, NDArray[Any] | list[int]]] = [
        (256, long, [width]),
        (257, long, [height]),
        (258, short, [8 * itemsize] * bands),
        (259, short, [1]),
        (262, short, [5 if cmyk else 1 if bands <= 2 else 2]),
        (273, long8, np.cumsum(lengths_of_strips) - lengths_of_strips),
        (277, short, [bands]),
        (278, long, [rows]),
        (279, long8, lengths_of_strips),
        (284, short, [1]),
    ]
    if bands in (2, 4) and not cmyk:
        tags.append((338, short, [2]))  # alpha, colours not premultiplied
    after = 16 + 8 + 20 * len(tags) + 8
    lengths = {tag: len(values) * struct.calcsize(code) for tag, code, values in tags}
    end = after + sum(-(-length // 8) * 8 for length in lengths.values() if length > 8)
    pixels = -(-end // _ALIGNED) * _ALIGNED
    head = [b"II" + struct.pack("<HHHQ", 43, 8, 0, 16), struct.pack("<Q", len(tags))]
    outside = []
    for tag, code, values in tags:
        numbers = np.asarray(values, f"<u{struct.calcsize(code)}") + (pixels if tag == 273 else 0)
        data = numbers.astype(f"<u{struct.calcsize(code)}").tobytes()
        data = data.ljust(-(-len(data) // 8) * 8, b"\0")
        value = data
        if lengths[tag] > 8:
            value = struct.pack("<Q", after)
            outside.append(data)
            after += len(data)
        head.append(struct.pack("<HHQ", tag, kinds[code], len(values)) + value)
    return b"".join([*head, bytes(8), *outside]).ljust(pixels, b"\0")
