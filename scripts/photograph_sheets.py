"""Draw the sheets of docs/photographs.md: what bicubic interpolation, `best` and `photo` make of a worn image."""

import io
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

import srcnn
from srcnn.degrade import degrade
from srcnn.image.arrays import to_floats, to_integers
from srcnn.image.colour import luma_bytes
from srcnn.methods.protocol import make_hr
from srcnn.metrics.protocol import measure
from srcnn.visualise.comparison import Comparison, Result
from srcnn.visualise.crop import parse_crop
from srcnn.visualise.sheet import draw_sheet
from srcnn.wear import parse_wear, wear_down

WEARS = ("jpeg75", "jpeg30", "noise10", "noise5+jpeg75")
SCALE = 2


def main(
    image: Path = Path("examples/chart.png"),
    crop: str = "100,10,80,80",
    into: Annotated[Path, typer.Option("--output", "-o")] = Path("docs/images"),
) -> None:
    """Downscale the image, wear it in four ways, upscale it by each model, and draw a sheet for each wear."""
    hr = make_hr(srcnn.read_image(image).pixels, SCALE)
    lr = to_integers(degrade(to_floats(hr), SCALE))
    for name in WEARS:
        wear = parse_wear(name)
        worn = wear_down(lr, wear)
        results = []
        for model in ("bicubic", "best", "photo"):
            # What the others are told, they ignore.
            sr = srcnn.upscale(worn, SCALE, model, noise=wear.noise, jpeg_quality=wear.quality or "off")
            scores = measure(luma_bytes(hr), luma_bytes(sr), "psnr,ssim", border=SCALE)
            results.append(Result(model, sr, scores))
        comparison = Comparison(f"{image.stem}, {name}", SCALE, Result("original", hr), tuple(results))
        path = into / f"photo_{name.replace('+', '_')}.webp"
        sheet = Image.open(io.BytesIO(draw_sheet(comparison, parse_crop(crop)).encode()))
        sheet.convert("RGB").save(path, quality=92, method=6)
        typer.echo(path)


if __name__ == "__main__":
    typer.run(main)
