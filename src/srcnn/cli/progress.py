"""The one progress bar of a command that works through files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """What a command tells the bar: lines to print above it, and that a file is done."""

    say: Callable[[str], None]
    advance: Callable[[str], None]


@contextmanager
def bar_of_files(total: int, what: str) -> Iterator[Bar]:
    """Show a bar with the time left on standard error; on no terminal, or for nothing to do, only the lines are printed."""
    if total == 0 or not sys.stderr.isatty():
        yield Bar(lambda text: print(text, file=sys.stderr), lambda text: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, name="")
        yield Bar(
            lambda text: console.print(text, markup=False, highlight=False, soft_wrap=True),
            lambda text: progress.update(task, advance=1, name=text),
        )
