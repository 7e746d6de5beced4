"""One image through several methods: what each makes of it in colour, and its scores by the evaluation protocol."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from srcnn.errors import OptionError
from srcnn.image.arrays import Bytes, Image
from srcnn.image.colour import luma_bytes
from srcnn.methods import load, resolve
from srcnn.methods.base import TTA, Engine
from srcnn.methods.model_file import card_of, is_file
from srcnn.methods.protocol import in_colour, make_hr, make_lr, measured_luma
from srcnn.metrics import METRICS
from srcnn.metrics.protocol import measure
from srcnn.text_table import aligned
from srcnn.visualise.crop import Crop

MEASURED = ("psnr", "ssim")


@dataclass(frozen=True, eq=False)
class Result:
    """What stands beside the others.

    Attributes
    ----------
    name : str
        The method's name, or "original".
    pixels : (H, W) or (H, W, 3) uint8 array
        The image.
    scores : mapping of str to float
        Metric and value; the original has none.
    note : str, optional
        What is to be said of it where nothing was measured.
    """

    name: str
    pixels: Bytes
    scores: Mapping[str, float] = field(default_factory=dict)
    note: str | None = None

    @property
    def caption(self) -> str:
        """The scores as papers write them under an image, "24.04 dB / 0.8216"; what they are under the original."""
        if self.note is not None:
            return self.note
        if not self.scores:
            return "PSNR / SSIM"
        return " / ".join(
            f"{METRICS[name].format(value)} {METRICS[name].unit}".rstrip() for name, value in self.scores.items()
        )

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        return f"Result({self.name!r}, {width}x{height}{', ' * bool(self.caption)}{self.caption})"


@dataclass(frozen=True, eq=False)
class Comparison:
    """An image through several methods.

    Attributes
    ----------
    title : str
        What the image is called.
    scale : int
        Upscaling factor.
    original : Result
        The image, cut to a multiple of the scale; where it was upscaled as it is, every pixel of it repeated.
    results : tuple of Result
        What each method made of its low-resolution version, or of itself.
    around : (H, W) or (H, W, 3) uint8 array, optional
        The whole image, where the others are only a part of it.
    part : Crop, optional
        That part, in pixels of the whole image.
    """

    title: str
    scale: int
    original: Result
    results: tuple[Result, ...]
    around: Bytes | None = None
    part: Crop | None = None

    @property
    def measured(self) -> bool:
        """Whether there is an original that the results were measured against."""
        return any(result.scores for result in self.results)

    @property
    def all(self) -> tuple[Result, ...]:
        """The original, then the methods in their order."""
        return (self.original, *self.results)

    def __str__(self) -> str:
        """A line for each method: its name and its scores."""
        return aligned([(result.name, result.caption) for result in self.results], left=(0, 1))

    def __repr__(self) -> str:
        return f"Comparison({self.title!r}, scale={self.scale}, {', '.join(result.name for result in self.results)})"

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the sheet."""
        from srcnn.visualise.sheet import draw_sheet

        return draw_sheet(self).encode()


def compare_methods(
    pixels: Image,
    methods: Sequence[str],
    scale: int,
    *,
    title: str = "",
    threads: int | None = None,
    engine: Engine = "auto",
    report: Callable[[str], None] | None = None,
) -> Comparison:
    """Make an image small by the protocol, enlarge it by each method, measure luma.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) uint8 or uint16 array
        The original; cut to a multiple of the scale and brought to 8 bits.
    methods : sequence of str
        Names as `srcnn.methods.load` takes them.
    scale : int
        At least 2.
    title : str
        What the image is called.
    threads, engine : optional
        How to compute, as in `srcnn.methods.load`.
    report : callable, optional
        Told the name of each method when it is done.

    Returns
    -------
    Comparison
        Of a colour image, luma is the method's and chroma bicubic, as in the papers' figures; a network on RGB makes
        all three.

    Raises
    ------
    OptionError
        If there is no such method, or not at this scale.
    ShapeError
        If the image is too small.
    """
    if scale < 2:
        raise OptionError(f"the scale of a comparison must be at least 2, got {scale}")
    if not methods:
        raise OptionError("name at least one method to compare")
    # All are loaded before the first works: a wrong name is told at once.
    loaded = {label: load(name, scale, threads=threads, engine=engine) for label, name in _labels(methods).items()}
    hr = make_hr(pixels, scale)
    measured = (
        tuple(name for name in MEASURED if min(hr.shape[:2]) - 2 * scale >= METRICS[name].smallest_side) or MEASURED[:1]
    )
    results = []
    for label, method in loaded.items():
        sr = method.upscale(make_lr(hr, scale, method.channels))
        scores = measure(luma_bytes(hr), measured_luma(sr, grey=hr.ndim == 2), measured, border=scale)
        results.append(Result(label, in_colour(sr, hr, scale), scores))
        if report is not None:
            report(label)
    return Comparison(title, scale, Result("original", hr), tuple(results))


def _labels(names: Sequence[str]) -> dict[str, str]:
    """What stands under each image, and the method it is of: a model's own name; where that is not its alone, what was
    asked for.
    """
    known = list(dict.fromkeys(resolve(name) for name in names))
    own = [_own_name(name) for name in known]
    return {label if own.count(label) == 1 else name: name for name, label in zip(known, own, strict=True)}


def _own_name(name: str) -> str:
    model = name.removesuffix(TTA)
    return card_of(model).name + name[len(model) :] if is_file(model) else name
