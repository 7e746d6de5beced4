"""Bring tables, images and measurements of the documentation up to date."""

import sys
from typing import Annotated

import typer

from scripts.tables.measured import ROOT
from scripts.tables.registry import MEASUREMENTS, pages, with_tables


def main(
    measure: Annotated[
        list[str] | None, typer.Argument(help=f"Measured whatever their state: {', '.join(MEASUREMENTS)}.")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Not measured, even if stale; can be repeated.")] = None,
) -> None:
    """Measure what is stale, then write all tables into the pages."""
    for name in (*(measure or ()), *(skip or ())):
        if name not in MEASUREMENTS:
            raise typer.BadParameter(f"no measurement is named {name!r}; there are: {', '.join(MEASUREMENTS)}")
    for name, measurement in MEASUREMENTS.items():
        if name in (skip or ()):
            continue
        for part in measurement.parts() if name in (measure or ()) else measurement.stale():
            needs = f", which needs {measurement.needs}" if measurement.needs else ""
            print(f"measuring {name}: {part}{needs}", file=sys.stderr, flush=True)
            measurement.update(part)
    for path in pages():
        before, after = path.read_text(encoding="utf-8"), with_tables(path)
        if before != after:
            path.write_text(after, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    typer.run(main)
