"""The settings of a request, which are those of ``srcnn upscale``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from srcnn.automatic import AUTO, check_told, checked_settings
from srcnn.errors import OptionError
from srcnn.options import shown
from srcnn.output import CHOICES, WriteOptions, defaults
from srcnn.serve.config import ServeConfig
from srcnn.serve.models import Offer
from srcnn.sizes import DPI, SCALE, TargetSize
from srcnn.upscale_file import UpscaleFile

Kind = Literal["number", "whole number", "flag", "text"]
_LONGEST = 100  # characters of a value


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting as clients write it."""

    kind: Kind
    help: str
    choices: tuple[str, ...] = ()


SETTINGS: dict[str, Setting] = {
    "scale": Setting(kind="number", help=f"Factor, e.g. 2, 3, 1.5, 8; {SCALE} where no size is given."),
    "width": Setting(kind="whole number", help="Width in pixels; the height keeps the proportions."),
    "height": Setting(kind="whole number", help="Height in pixels; the width keeps the proportions."),
    "stretch": Setting(kind="flag", help="Let width and height together change the proportions."),
    "fit": Setting(kind="text", help="As large as fits into this size in pixels: 1920x1080."),
    "fill": Setting(kind="text", help="Exactly this size in pixels: what covers it, cropped to the centre."),
    "long-side": Setting(kind="whole number", help="The longer side in pixels."),
    "short-side": Setting(kind="whole number", help="The shorter side in pixels."),
    "megapixels": Setting(kind="number", help="Millions of pixels, about."),
    "print": Setting(kind="text", help="As large as fits onto a sheet of this size: 30x40cm, 8x10in, 210x297mm."),
    "dpi": Setting(kind="number", help=f"Dots per inch of a print; {DPI} where not given."),
    "model": Setting(kind="text", help="Model; auto: photo for images worn by JPEG or noise, best for others."),
    "tta": Setting(kind="flag", help="Average over eight flips and rotations: slightly better, eight times slower."),
    "denoise": Setting(kind="number", help="Noise of the image, 0 to 50, instead of an estimate."),
    "jpeg-quality": Setting(kind="text", help="JPEG quality of the image, 1 to 100 or off, instead of an estimate."),
    "format": Setting(
        kind="text", help="Format of the result; that of the image where not given.", choices=(*CHOICES,)
    ),
    "quality": Setting(kind="whole number", help=f"Quality of lossy formats, 1 to 100: {defaults('quality')}."),
    "lossless": Setting(kind="flag", help="Keep pixels exactly in WebP and AVIF."),
    "compression": Setting(kind="whole number", help=f"0 (fastest) to 9 (smallest): {defaults('compression')}."),
    "no-provenance": Setting(kind="flag", help="Do not record version, model and scale in the XMP of the result."),
}
"""By name: the options of ``srcnn upscale`` that decide one result."""

Given = Iterable[tuple[str, str]]


def work_of(given: Given, offer: Offer, config: ServeConfig) -> UpscaleFile:
    """The work that a request asks for.

    Parameters
    ----------
    given : pairs of name and value
        As they came; an empty value counts as not given, because a form sends all its fields.
    offer : Offer
        Models that may be named.
    config : ServeConfig
        Of the service.

    Returns
    -------
    UpscaleFile
        The work of ``srcnn upscale`` with these options.

    Raises
    ------
    OptionError
        If a name is unknown or given twice, or a value makes no sense.
    """
    found = _checked(given)
    size = TargetSize(
        scale=found.get("scale"),
        width=found.get("width"),
        height=found.get("height"),
        stretch=found.get("stretch", False),
        fit=found.get("fit"),
        fill=found.get("fill"),
        long_side=found.get("long-side"),
        short_side=found.get("short-side"),
        megapixels=found.get("megapixels"),
        print_size=found.get("print"),
        dpi=found.get("dpi"),
    )
    options = WriteOptions(
        format=found.get("format"),
        quality=found.get("quality"),
        lossless=found.get("lossless") or None,
        compression=found.get("compression"),
    )
    wear = checked_settings(found.get("denoise"), _quality(found.get("jpeg-quality")))
    name = found.get("model", AUTO)
    model = offer.model(name, tta=found.get("tta", False))
    check_told(model, wear, called=name)  # which is not its path
    return UpscaleFile(
        size=size,
        model=model,
        threads=config.threads,
        engine=config.engine,
        device=config.device,
        noise=wear.noise,
        jpeg_quality=wear.jpeg_quality,
        max_pixels=config.max_pixels,
        provenance=not found.get("no-provenance"),
        options=options,
    )


def _checked(given: Given) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for written, value in given:
        name = written.replace("_", "-").lower()
        if name not in SETTINGS:
            near = difflib.get_close_matches(name[:_LONGEST], SETTINGS, n=1)
            hint = f"did you mean {near[0]}? There" if near else "there"
            raise OptionError(f"no setting named {shown(written)}; {hint} are: {', '.join(SETTINGS)}")
        if name in found:
            raise OptionError(f"{name} is given twice")
        if value.strip():
            found[name] = _value(name, SETTINGS[name], value.strip())
    return found


def _value(name: str, setting: Setting, text: str) -> Any:
    if len(text) > _LONGEST:
        raise OptionError(f"{name} must have at most {_LONGEST} characters, got {len(text)}")
    if setting.kind == "text":
        return text
    if setting.kind == "flag":
        if text.lower() not in ("true", "false", "1", "0", "on", "off", "yes", "no"):
            raise OptionError(f"{name} must be true or false, got {shown(text)}")
        return text.lower() in ("true", "1", "on", "yes")
    try:
        return float(text) if setting.kind == "number" else int(text)
    except ValueError:
        raise OptionError(f"{name} must be a {setting.kind}, got {shown(text)}") from None


def _quality(given: str | None) -> Any:
    if given is None or given == "off":
        return given
    try:
        return float(given)
    except ValueError:
        raise OptionError(f"jpeg-quality must be a number from 1 to 100, or off, got {shown(given)}") from None
