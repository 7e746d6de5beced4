"""What a benchmark came to: its scores, and tables of means for the screen and for a notebook."""

from dataclasses import dataclass

from srcnn.benchmark.records import Records, Score
from srcnn.report.means import Table, tables
from srcnn.report.screen import legend, mean_tables
from srcnn.report.tables import markdown


@dataclass(frozen=True)
class Results:
    """The scores of a benchmark.

    Attributes
    ----------
    records : Records
        The scores, and what they were measured with.
    """

    records: Records

    @property
    def scores(self) -> tuple[Score, ...]:
        """One for each method, dataset, scale and image."""
        return self.records.scores

    @property
    def tables(self) -> tuple[Table, ...]:
        """Means, beside the published figures: one table for each dataset and scale."""
        return tables(self.records.scores, self.records.metrics)

    def __repr__(self) -> str:
        return repr(self.records).replace("Records", "Results", 1)

    def __str__(self) -> str:
        text = mean_tables(self.records.scores, self.records.metrics)
        return f"{text}\n\n{legend(text)}".rstrip()

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return markdown(self.tables)
