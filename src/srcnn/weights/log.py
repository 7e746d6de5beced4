"""The log of a run: a row a validation, as ``log.csv`` in the run's folder and as text in the file of the network."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from srcnn.errors import DataError

STAGE = "stage"


@dataclass(frozen=True)
class LogRow:
    """One validation."""

    step: int  # of its stage
    minutes: float  # of its stage
    learning_rate: float
    train_loss: float
    val_psnr: float
    stage: int = 0  # of a training in several stages, each of which begins from the weights of the one before


def log_text(rows: Sequence[LogRow]) -> str:
    """Rows as CSV with a header.

    Parameters
    ----------
    rows : sequence of LogRow
        In the order of training.

    Returns
    -------
    str
        Lines of text.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in fields(LogRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def read_log(path: Path) -> tuple[LogRow, ...]:
    """Read the log of a run.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    tuple of LogRow
        In the order of training.

    Raises
    ------
    DataError
        If it is missing, is something else, or holds no validation yet.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read the log {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not the log of a training run: {error}") from error
    return parse_log(text, str(path))


def parse_log(text: str, what: str) -> tuple[LogRow, ...]:
    """The rows of a log; ``what`` it is, for errors.

    Parameters
    ----------
    text : str
        As `log_text` writes it.
    what : str
        What it is, for errors.

    Returns
    -------
    tuple of LogRow
        In the order of training.

    Raises
    ------
    DataError
        If it is no such table.
    """
    columns = [column.name for column in fields(LogRow) if column.name != STAGE]  # older logs have no stages
    try:
        reader = csv.DictReader(io.StringIO(text))
        if reader.fieldnames is None or not set(columns) <= set(reader.fieldnames):
            raise DataError(f"{what} is not the log of a training run: it must have the columns {','.join(columns)}")
        rows = tuple(
            LogRow(
                step=int(row["step"]),
                minutes=float(row["minutes"]),
                learning_rate=float(row["learning_rate"]),
                train_loss=float(row["train_loss"]),
                val_psnr=float(row["val_psnr"]),
                stage=int(row.get(STAGE) or 0),
            )
            for row in reader
        )
    except (ValueError, TypeError, csv.Error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{what} is not the log of a training run: {error}") from error
    if not rows:
        raise DataError(f"{what} holds no validation yet")
    return rows


def end_to_end(rows: Sequence[LogRow]) -> tuple[LogRow, ...]:
    """The rows of all stages on one scale of steps and minutes: every stage goes on where the last row before it ends.

    Parameters
    ----------
    rows : sequence of LogRow
        In the order of training.

    Returns
    -------
    tuple of LogRow
        As many.
    """
    joined: list[LogRow] = []
    steps, minutes = 0, 0.0
    for number, row in enumerate(rows):
        if number and row.stage != rows[number - 1].stage:
            steps, minutes = joined[-1].step, joined[-1].minutes
        joined.append(replace(row, step=steps + row.step, minutes=minutes + row.minutes))
    return tuple(joined)
