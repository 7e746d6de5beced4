"""Networks as methods, whatever their architecture: the card in the file describes input and output."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from srcnn import weights
from srcnn.engine.conditioned import knowing
from srcnn.engine.onnx_file import read_card
from srcnn.engine.reuse import kept_blocks, key_of
from srcnn.engine.session import Session, open_session
from srcnn.engine.soundness import check_network
from srcnn.engine.tiling import (
    BLOCK,
    LOW_RESOLUTION_BLOCK,
    around,
    cut,
    in_threads,
    make_grid,
    resized_window,
    seen_by_cut,
    seen_by_resizing,
)
from srcnn.errors import OptionError, WeightsError
from srcnn.image.arrays import Floats
from srcnn.image.raster import Held, Raster, Window, piece, whole
from srcnn.image.resize import bicubic_taps
from srcnn.methods.answers import check_answers
from srcnn.methods.base import Channels, Options, check_lr, one_line
from srcnn.methods.reopening import Reopened
from srcnn.progress import expected
from srcnn.weights.card import PADDING, Card

_SUFFIX = ".onnx"

_BLOCKS_PER_THREAD = 2  # that are requested together


@dataclass(frozen=True, eq=False)
class NetworkMethod(Reopened):
    """A trained network.

    The input of a network with ``input_size`` "hr" is the bicubic enlargement of ``lr`` with edge padding.
    With ``input_size`` "lr" it is the low-resolution image itself with symmetric padding.
    The padding is as wide as the halo of the network.
    """

    card: Card
    session: Session = field(repr=False)
    tile: int | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.card.name

    @property
    def scale(self) -> int:
        """Whole factor by which both sides grow."""
        return self.card.scale

    @property
    def channels(self) -> Channels:
        """What `upscale` takes: a plane of luma or an RGB image."""
        return self.card.channels

    def upscale(self, lr: Floats) -> Floats:
        """Upscale an image.

        Parameters
        ----------
        lr : (H, W) or (H, W, 3) float array
            Luma or RGB, as `channels` says.

        Returns
        -------
        float32 array
            `scale` times the size, neither rounded nor clipped; the same bytes for any tile and number of threads.

        Raises
        ------
        ShapeError, RangeError
            If ``lr`` has another shape, or does not hold floats in ``[0, 1]``.
        """
        check_lr(lr, self.channels)
        return whole(self.enlarged(Held(lr.astype(np.float32, copy=False))))

    def enlarged(self, lr: Raster) -> Raster:
        """The same, computed window by window on demand.

        Parameters
        ----------
        lr : Raster
            The low-resolution image.

        Returns
        -------
        Raster
            The upscaled image.
        """
        return _Enlarged(self, lr)

    __call__ = upscale
    __repr__ = one_line

    def _run(self, x: Floats, expected: tuple[int, int]) -> Floats:
        y: Floats = self.session.run(x[None])[0]
        if y.shape != (len(x), *expected):
            raise WeightsError(
                f"the network {self.name!r} returned {y.shape} for {x.shape}, expected {(len(x), *expected)}: its "
                f"card (halo {self.card.halo}, input_size {self.card.input_size!r}, channels {self.channels!r}) does "
                "not match it"
            )
        with np.errstate(all="ignore"):
            total = y.sum()
        if not np.isfinite(total):  # one NaN or infinite value is enough
            raise WeightsError(f"the network {self.name!r} returned NaN or infinite values; its weights are unusable")
        return y


class _Enlarged:
    """The result, block by block; blocks of the last window are kept for the next."""

    def __init__(self, method: NetworkMethod, lr: Raster) -> None:
        self._method = method
        self._lr = lr
        self._output_scale = 1 if method.card.input_size == "hr" else method.scale
        height, width = (n * method.scale // self._output_scale for n in lr.shape[:2])
        self._grid = make_grid(height, width, BLOCK if self._output_scale == 1 else LOW_RESOLUTION_BLOCK)
        rows, columns = (bicubic_taps(n, n * method.scale, Fraction(method.scale)) for n in lr.shape[:2])
        self._taps = (rows, columns)
        self._made: dict[Window, Floats] = {}
        self._advance = expected(self._grid.count)
        self._kept = kept_blocks()

    @property
    def shape(self) -> tuple[int, ...]:
        height, width, *bands = self._lr.shape
        return (height * self._method.scale, width * self._method.scale, *bands)

    @property
    def step(self) -> int:
        """The number of rows that are best read together: whole blocks, enough to keep all threads busy."""
        across = -(-self._grid.width // self._grid.block[1])
        down = -(-_BLOCKS_PER_THREAD * self._method.session.threads // across)
        return down * self._grid.block[0] * self._output_scale

    def read(self, window: Window) -> Floats:
        output_scale, threads, tile = self._output_scale, self._method.session.threads, self._method.tile
        within = Window(
            window.top // output_scale,
            -(-window.bottom // output_scale),
            window.left // output_scale,
            -(-window.right // output_scale),
        )
        groups = self._grid.tiles(tile, threads, within)
        needed = {block for group in groups for block in group}
        self._made = {block: values for block, values in self._made.items() if block in needed}
        missing = [tuple(block for block in group if block not in self._made) for group in groups]
        self._compute([group for group in missing if group])
        out = np.empty((*window.shape, *self.shape[2:]), np.float32)
        for block, values in self._made.items():
            top, left = block.top * output_scale, block.left * output_scale
            rows = slice(max(window.top, top), min(window.bottom, top + values.shape[0]))
            columns = slice(max(window.left, left), min(window.right, left + values.shape[1]))
            out[
                rows.start - window.top : rows.stop - window.top,
                columns.start - window.left : columns.stop - window.left,
            ] = values[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return out

    def _compute(self, groups: list[tuple[Window, ...]]) -> None:
        if not groups:
            return
        card, session = self._method.card, self._method.session
        everything = around([block for group in groups for block in group], card.halo)
        # A computed image can be read by one thread only.
        if card.input_size == "hr":
            lr = piece(self._lr, seen_by_resizing(*self._taps, everything))
        else:
            lr = piece(self._lr, seen_by_cut(self._lr, everything, PADDING[card.input_size]))
        bands = [lr.values] if lr.values.ndim == 2 else np.moveaxis(lr.values, 2, 0)
        planes = [Held(np.ascontiguousarray(band, np.float32), lr.top, lr.left, lr.shape[:2]) for band in bands]

        def work(group: tuple[Window, ...]) -> None:
            there = around(group, card.halo)
            if card.input_size == "hr":
                network_input = [resized_window(plane, *self._taps, there) for plane in planes]
            else:
                network_input = [cut(plane, there, PADDING[card.input_size]) for plane in planes]
            for block in group:
                top, left = block.top - there.top - card.halo, block.left - there.left - card.halo
                h, w = (n + 2 * card.halo for n in block.shape)
                x = np.stack([plane[top : top + h, left : left + w] for plane in network_input])
                y = self._computed(x, (block.shape[0] * self._output_scale, block.shape[1] * self._output_scale))
                self._made[block] = y[0] if len(self.shape) == 2 else np.ascontiguousarray(y.transpose(1, 2, 0))
                self._advance()

        in_threads(work, groups, session.threads)

    def _computed(self, x: Floats, size: tuple[int, int]) -> Floats:
        if self._kept is None:
            return self._method._run(x, size)
        key = key_of((x,), self._kept.number(self._method.session))
        found = self._kept.get(key)
        if found is not None and found[0] is not None:
            return found[0]
        y = self._method._run(x, size)
        self._kept.put(key, (y,))
        return y


def load(name: str, scale: int, options: Options) -> NetworkMethod:
    """Load a shipped network, or an ONNX file with its card inside.

    Parameters
    ----------
    name : str
        The model's name.
    scale : int
        Upscaling factor.
    options : Options
        How to compute.

    Returns
    -------
    NetworkMethod
        Ready for use.

    Raises
    ------
    OptionError
        If there is no such network at this scale.
    WeightsError
        If its file is missing, damaged or not sound.
    """
    data, card = read_network(name, scale)
    if name.lower().endswith(_SUFFIX):
        try:
            return from_bytes(data, card, options)
        except WeightsError as error:
            raise WeightsError(f"cannot use {name}: {error}") from error
    return _opened(data, card, options)  # verified by the tests of srcnn


def read_network(name: str, scale: int) -> tuple[bytes, Card]:
    """The ONNX file and the card of a shipped network, or of a file made by srcnn.

    Parameters
    ----------
    name : str
        The model's name, or the path of a file.
    scale : int
        Upscaling factor.

    Returns
    -------
    (bytes, Card)
        The file's bytes and its card.

    Raises
    ------
    OptionError
        If there is no such network, or not at this scale.
    WeightsError
        If the file is missing, damaged or not a network with a card.
    """
    path = Path(name)
    if path.suffix.lower() == _SUFFIX:
        data = read_file(path)
        card = read_card(data)
        if card.scale != scale:
            raise OptionError(f"the network {path} is made for scale {card.scale}, not {scale}")
        return data, card
    entry = weights.find(name, scale)
    if entry.kind != "onnx":
        raise OptionError(f"the model {name!r} is not a network")
    return entry.read(), entry.card


def from_bytes(data: bytes, card: Card, options: Options) -> NetworkMethod:
    """Make a method from the bytes of an ONNX file and its card, which may be untrusted.

    Parameters
    ----------
    data : bytes
        An ONNX file.
    card : Card
        What it says of itself.
    options : Options
        How to compute.

    Returns
    -------
    NetworkMethod
        Ready for use.

    Raises
    ------
    WeightsError
        If the network is not sound (`srcnn.engine.soundness`), does not match its card, or does not return images.
    """
    check_network(data, card)
    method = _opened(data, card, options)
    check_answers(method)
    return method


def _opened(data: bytes, card: Card, options: Options) -> NetworkMethod:
    data = knowing(data, card, options.wear)
    session = open_session(data, engine=options.engine, threads=options.threads, device=options.device)
    return NetworkMethod(card, session, options.tile)


def read_file(path: Path) -> bytes:
    """The bytes of a network's file; `WeightsError` if it cannot be read or is not sound.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    bytes
        Its bytes.

    Raises
    ------
    WeightsError
        If it cannot be read, is too large, or is not sound.
    """
    data = weights.read_file(path)
    try:
        check_network(data, read_card(data))
    except WeightsError as error:
        raise WeightsError(f"cannot use {path}: {error}") from error
    return data
