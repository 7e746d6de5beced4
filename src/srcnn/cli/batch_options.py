"""Options of a command that works through many files: which ones, and what it says about them."""

import codecs
import os
from pathlib import Path
from typing import Annotated

import typer

_FILES, _SAYS = "Files", "Messages"

FilesFrom = Annotated[
    str | None,
    typer.Option(
        "--files-from",
        metavar="FILE|-",
        help="Take inputs also from the lines of a file, or of standard input (-).",
        rich_help_panel=_FILES,
    ),
]
Null = Annotated[
    bool,
    typer.Option(
        "--null",
        "-0",
        help="In --files-from, names end with a null character instead of a line end, as from find -print0.",
        rich_help_panel=_FILES,
    ),
]
SkipErrors = Annotated[
    bool,
    typer.Option(
        "--skip-errors/--fail-fast",
        help="After a failed file, go on with the rest, or stop; either way the exit code is 1.",
        rich_help_panel=_FILES,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Write nothing; print what would be made, how large, and about how long it would take.",
        rich_help_panel=_FILES,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one line of JSON for each file on standard output: input, output, state, size, model, wear, "
        "seconds, what was lost, error.",
        rich_help_panel=_SAYS,
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print errors only, and no progress.", rich_help_panel=_SAYS)
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Print a line for each file: sizes, model and seconds.", rich_help_panel=_SAYS
    ),
]


def inputs_of(named: list[str], files_from: str | None, *, null: bool) -> list[str]:
    """All inputs: the arguments, then the names in a file.

    Raises
    ------
    OptionError
        If there is neither, standard input is asked for twice, or the file cannot be read.
    """
    from srcnn.errors import OptionError, reason
    from srcnn.files.places import standard_input

    if files_from is None:
        if null:
            raise OptionError("--null (-0) is about the names in --files-from, which is not given")
        if not named:
            raise OptionError(
                "Missing argument: give images, folders or patterns, - for standard input, or --files-from"
            )
        return named
    if files_from == "-" and "-" in named:
        raise OptionError("standard input holds either an image (-) or names (--files-from -), not both")
    try:
        data = standard_input().read() if files_from == "-" else Path(files_from).read_bytes()
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot read --files-from {files_from}: {reason(error)}") from error
    data = data.removeprefix(codecs.BOM_UTF8)  # editors of Windows put it before the first name
    parts = data.split(b"\0") if null else [line.removesuffix(b"\r") for line in data.split(b"\n")]
    if not null and b"\0" in data:
        raise OptionError(f"the names in --files-from {files_from} end with null characters; add --null (-0)")
    names = [os.fsdecode(part) for part in parts if part]
    return [*named, *(f".{os.sep}-" if name == "-" else name for name in names)]
