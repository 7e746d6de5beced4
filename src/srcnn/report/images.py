"""Scores of every image: one row per image, one column per method, one table per dataset, scale and metric."""

from collections.abc import Iterator
from dataclasses import dataclass

from srcnn.benchmark.records import Records
from srcnn.report.means import format_value, title
from srcnn.report.published import published_image
from srcnn.report.tables import MARKDOWN_BAR


@dataclass(frozen=True)
class ImageTable:
    """One metric of every image of a dataset at one scale."""

    dataset: str
    scale: int
    metric: str
    methods: tuple[str, ...]
    rows: tuple[
        tuple[str, tuple[str, ...]], ...
    ]  # image, and one cell per method: "24.04", or with a published figure "24.04 (24.04)"

    @property
    def title(self) -> str:
        """As in "Set5 x3, PSNR"."""
        return f"{self.dataset} x{self.scale}, {title(self.metric)}"


def image_tables(records: Records) -> Iterator[ImageTable]:
    """The tables of all datasets, scales and metrics.

    Parameters
    ----------
    records : Records
        The run.

    Yields
    ------
    ImageTable
        One for each dataset, scale and metric.
    """
    cells = {(score.key, metric): value for score in records.scores for metric, value in score.values.items()}
    keys = [score.key for score in records.scores]
    for dataset, scale in dict.fromkeys((key.dataset, key.scale) for key in keys):
        own = [key for key in keys if (key.dataset, key.scale) == (dataset, scale)]
        methods = tuple(dict.fromkeys(key.method for key in own))
        images = sorted({key.image for key in own})
        for metric in records.metrics:
            rows = []
            for image in images:
                found = {key.method: cells.get((key, metric)) for key in own if key.image == image}
                rows.append(
                    (
                        image,
                        tuple(_cell(found.get(method), method, dataset, scale, image, metric) for method in methods),
                    )
                )
            yield ImageTable(dataset, scale, metric, methods, tuple(rows))


def markdown(records: Records) -> str:
    """All tables as Markdown.

    Parameters
    ----------
    records : Records
        The run.

    Returns
    -------
    str
        Lines of text.
    """
    parts = []
    for table in image_tables(records):
        lines = [
            f"**{table.title}**",
            "",
            _row("image", *(f"`{method}`" for method in table.methods)),
            _row(*["---"] * (len(table.methods) + 1)),
        ]
        parts.append("\n".join([*lines, *(_row(image, *cells) for image, cells in table.rows)]))
    return "\n\n".join(parts) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', MARKDOWN_BAR) for cell in cells)} |"


def _cell(value: float | None, method: str, dataset: str, scale: int, image: str, metric: str) -> str:
    if value is None:
        return "-"
    figure = published_image(method, dataset, scale, image, metric)
    return format_value(metric, value) + (f" ({figure.text})" if figure else "")
