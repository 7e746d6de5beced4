"""Make the report of a run: read its records, write the files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from srcnn.benchmark.records import SCORES, read
from srcnn.benchmark.study_records import RESULTS
from srcnn.errors import DataError
from srcnn.files.atomic import write_bytes
from srcnn.report import images
from srcnn.report.figures import Look, draw_cost, draw_scales, draw_speed, looks
from srcnn.report.means import Table, tables
from srcnn.report.page import make_page
from srcnn.report.shown import PER_TABLE, shown_images
from srcnn.report.study import write_study
from srcnn.report.tables import latex, markdown, means_csv

PAGE = "index.html"
_KINDS = ("png", "svg")


def write_report(folder: Path, output: Path | None = None, *, images_shown: int = PER_TABLE) -> tuple[Path, ...]:
    """Write the report of the run in ``folder``.

    Parameters
    ----------
    folder : Path
        What `srcnn.benchmark.run.run_benchmark` wrote, or ``srcnn study``.
    output : Path, optional
        Folder for the files; default: ``folder/report``.
    images_shown : int
        Images on the page for each dataset and scale, where the run saved them.

    Returns
    -------
    tuple of Path
        The files: the page first, then means as Markdown, LaTeX and CSV, every image's figures as Markdown, and each
        figure as PNG and SVG. They are written when all are made; equal records make equal bytes.

    Raises
    ------
    DataError
        If the folder holds no records, or they are of no image.
    MissingExtraError
        If Matplotlib is not installed.
    """
    if (folder / RESULTS).exists() and not (folder / SCORES).exists():
        return write_study(folder, output)
    records = read(folder)
    if not records.scores:
        raise DataError(f"{folder} holds no scores yet")
    means = tables(records.scores, records.metrics)
    drawn = _figures(means, records.run.get("multiplications", {}))
    page = make_page(
        records,
        means,
        {name: (text, made["svg"]) for name, (text, made) in drawn.items()},
        shown_images(records, folder, images_shown),
    )
    files = {
        PAGE: page.encode(),
        "means.md": markdown(means).encode(),
        "means.tex": latex(means).encode(),
        "means.csv": means_csv(means).encode(),
        "images.md": images.markdown(records).encode(),
    }
    # A dataset's name may hold anything, also a path.
    files |= {
        f"figures/{quote(name, safe=' :+')}.{kind}": data
        for name, (_, made) in drawn.items()
        for kind, data in made.items()
    }
    target = folder / "report" if output is None else output
    try:
        (target / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {target}: {error.strerror}") from error
    for name, data in files.items():
        write_bytes(target / name, data)
    return tuple(target / name for name in files)


def _figures(means: Sequence[Table], multiplications: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, bytes]]]:
    """Captions and bytes, by name, of all figures for which the run has enough data."""
    look: dict[str, Look] = looks(tuple(dict.fromkeys(method for table in means for method in table.rows)))
    made: dict[str, tuple[str, dict[str, bytes | None]]] = {}
    for table in means:
        name = f"{table.dataset}_x{table.scale}"
        costs = {
            method: multiplications[key]
            for method in table.rows
            if (key := f"{method} x{table.scale}") in multiplications
        }
        made[f"time_{name}"] = (
            f"{table.title}: PSNR against seconds per image",
            {kind: draw_speed(table, look, kind) for kind in _KINDS},
        )
        made[f"multiplications_{name}"] = (
            f"{table.title}: PSNR against multiplications per pixel of the result",
            {kind: draw_cost(table, costs, look, kind) for kind in _KINDS},
        )
    for dataset in dict.fromkeys(table.dataset for table in means):
        own = [table for table in means if table.dataset == dataset]
        for metric in own[0].metrics:
            caption = f"{dataset}: {metric} against scale"
            made[f"scale_{dataset}_{metric}"] = (
                caption,
                {kind: draw_scales(own, metric, look, kind) for kind in _KINDS},
            )
    return {
        name: (caption, {kind: data for kind, data in files.items() if data is not None})
        for name, (caption, files) in made.items()
        if None not in files.values()
    }
