"""``srcnn page``: one HTML file that upscales in the browser."""

from pathlib import Path
from typing import Annotated

import typer


def page(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, for example page.html.")],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Models that the page offers, separated by commas: fast, photo-fast, best, photo. "
            "When not given: fast and photo-fast, as far as they are shipped and 400 kB have room for them.",
        ),
    ] = None,
) -> None:
    """Make one HTML file that upscales images in the browser itself.

    It needs no network, no server and no installation: open it from the disk, send it to somebody, or put it on any web
    site.
    Images stay on the device that it is opened on.
    """
    from srcnn.cli.reporting import summary
    from srcnn.errors import OptionError
    from srcnn.files.atomic import write_bytes
    from srcnn.options import names
    from srcnn.page import make_page

    if output.suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"--output must be the name of an .html file, got {str(output)!r}")
    data = make_page(None if model is None else names("--model", model)).encode()
    write_bytes(output, data)
    summary(f"{output}: {len(data) / 1000:.0f} kB; open it in a browser")
