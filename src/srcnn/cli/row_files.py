"""The file of ``--rows``: a row for each file of a command, as lines of JSON or as Parquet."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

from srcnn.errors import DataError, ImageError, OptionError, missing_extra, reason
from srcnn.files.atomic import replacing
from srcnn.files.formats import READABLE_SUFFIXES

Row = Mapping[str, Any]
AddRow = Callable[[Row], None]

_GROUP = 10_000  # rows of Parquet that are held until they are written together


@contextmanager
def row_file(name: str | None) -> Iterator[AddRow | None]:
    """What adds a row to a file within the block; None where no file is named.

    Raises
    ------
    OptionError
        If it cannot be written.
    DataError
        If there is no room for a row.
    MissingExtraError
        If it is a Parquet file and PyArrow is not installed.
    """
    if name is None:
        yield None
        return
    if Path(name).suffix.lower() in READABLE_SUFFIXES:
        raise _unwritable(name, "its name is that of an image; name it rows.jsonl or rows.parquet")
    with _parquet(name) if name.lower().endswith(".parquet") else _lines(name) as add:
        yield add


@contextmanager
def _lines(name: str) -> Iterator[AddRow]:
    """Each row is there as soon as it is known."""
    try:
        file = Path(name).open("ab", buffering=0)  # noqa: SIM115 - closed below; only the opening is guarded
    except (OSError, ValueError) as error:
        raise _unwritable(name, reason(error)) from error
    with file:

        def add(row: Row) -> None:
            line = json.dumps(row).encode() + b"\n"
            with _failing(name):
                written = file.write(line)
                if written < len(line):
                    _take_back(file, written)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        yield add


def _take_back(file: FileIO, count: int) -> None:
    """Remove the beginning of a line for which there is no room, so that no later line continues it."""
    end = file.tell()
    with suppress(OSError):
        if os.fstat(file.fileno()).st_size == end:  # else another process has added a line
            file.truncate(end - count)


@contextmanager
def _failing(name: str) -> Iterator[None]:
    """What the system refuses while rows are added, in words."""
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot write --rows {name}: {reason(error)}") from error


@contextmanager
def _parquet(name: str) -> Iterator[AddRow]:
    """A Parquet file cannot grow: one with the old rows and the new ones replaces it in the end.

    So it does when the work is stopped or fails, because what is in it is true, but not when the process is killed.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise missing_extra("a file of rows as Parquet", "PyArrow", "parquet") from None
    path, schema = Path(name), _schema(arrow)
    waiting: list[Row] = []
    stopped: BaseException | None = None
    with ExitStack() as stack:
        try:
            part = stack.enter_context(replacing(path))
            writer = stack.enter_context(parquet.ParquetWriter(part, schema))
        except ImageError as error:
            raise OptionError(f"--rows: {error}") from error
        except OSError as error:
            raise _unwritable(name, reason(error)) from error
        if path.exists():
            for batch in _old_rows(name, schema):
                with _failing(name):
                    writer.write_batch(batch)

        def write() -> None:
            with _failing(name):
                writer.write_table(arrow.Table.from_pylist(waiting, schema))
            waiting.clear()

        def add(row: Row) -> None:
            waiting.append({key: _printable(value) for key, value in row.items()})
            if len(waiting) >= _GROUP:
                write()

        try:
            yield add
        except BaseException as error:
            stopped = error
        write()
    if stopped is not None:
        raise stopped


def _old_rows(name: str, schema: Any) -> Iterator[Any]:
    """The rows that a file holds, in batches."""
    import pyarrow as arrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(name) as old:
            for batch in old.iter_batches(_GROUP):
                yield batch.cast(schema)
    except (OSError, ValueError, arrow.ArrowException) as error:
        raise _unwritable(name, f"it is there and holds no rows of srcnn ({reason(error)})") from error


def _schema(arrow: Any) -> Any:
    """The columns, as `srcnn.planning.Outcome.record` has them."""
    text, size = arrow.string(), arrow.list_(arrow.int64())
    return arrow.schema(
        {
            "input": text,
            "output": text,
            "state": text,
            "input_size": size,
            "size": size,
            "model": text,
            "reduced": arrow.bool_(),
            "wear": arrow.struct({"jpeg_quality": arrow.float64(), "noise": arrow.float64()}),
            "seconds": arrow.float64(),
            "node": text,
            "tries": arrow.int64(),
            "lost": arrow.list_(text),
            "message": text,
            "error": text,
        }
    )


def _printable(value: Any) -> Any:
    """Names that are no Unicode are escaped, which JSON does by itself."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return [_printable(one) for one in value] if isinstance(value, list) else value


def _unwritable(name: str, why: str) -> OptionError:
    return OptionError(f"cannot write --rows {name}: {why}")
