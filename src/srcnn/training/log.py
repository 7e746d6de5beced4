"""The log of a run: a row a validation, as ``log.csv`` in the run's folder and as text in the file of the network."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class LogRow:
    """One validation."""

    step: int
    minutes: float
    learning_rate: float
    train_loss: float
    val_psnr: float


def log_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_log(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a log beside and rename it, so that a reader never meets half of one."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(log_text(rows), encoding="utf-8")
    beside.replace(path)
