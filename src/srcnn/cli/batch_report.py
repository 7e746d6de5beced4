"""What a command says about many files: a line each, JSON, progress within an image, a summary."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from srcnn.cli.reporting import Bar, note, one_line, progress_bar, result
from srcnn.cli.row_files import AddRow, row_file

if TYPE_CHECKING:
    from srcnn.files.places import Place
    from srcnn.planning import Outcome


_EVERY = 30.0  # seconds between two lines about the rate


@dataclass(kw_only=True)
class BatchReport:
    """Says what becomes of ``total`` files, and counts it; what it holds does not grow with them.

    Attributes
    ----------
    total : int, optional
        Files of the plan; None as long as they are being counted (`expect`).
    quiet, verbose, json, dry_run : bool
        As the options of these names.
    startup : float
        Seconds from the start of the process to the plan.
    rows : str, optional
        A file that rows are appended to (`srcnn.cli.row_files`).
    """

    total: int | None
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    dry_run: bool = False
    startup: float = 0.0
    rows: str | None = None
    counts: "Counter[str]" = field(default_factory=Counter)
    _reduced: int = 0  # results for which no model was used
    _elsewhere: int = 0  # results that another process is writing
    _expected: float = 0.0  # seconds of all files
    _bar: Bar | None = None
    _add_row: AddRow | None = None
    _began: float | None = None  # when the first file was done
    _said: float = 0.0  # when the state of the work was printed last

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the progress bar, and keep the file of rows open, within the block."""
        with row_file(self.rows) as self._add_row, progress_bar(hidden=self.quiet) as self._bar:
            yield

    def blocks(self, source: "Place") -> Callable[[int, int], None]:
        """What is told of the blocks of an image (`srcnn.progress.OnProgress`)."""

        def told(done: int, total: int) -> None:
            words = f"{source.name}: {done} of {total} blocks"
            self._show(self.counts.total() + done / max(total, 1), words)

        return told

    def add(self, outcome: "Outcome") -> None:
        """Count and report one file."""
        self.counts[outcome.state] += 1
        self._elsewhere += outcome.state == "skipped" and bool(outcome.message)
        self._reduced += outcome.reduced
        if self.json or self._add_row is not None:
            self._record(outcome.record())
        if outcome.state == "planned":
            self._expected += outcome.seconds or 0
            if not self.json and not self.quiet:
                result(one_line(_plan_line(outcome)))
        elif outcome.state == "failed":
            self._say(f"srcnn: {one_line(outcome.message)}")
        elif not self.quiet:
            line = _line(outcome, verbose=self.verbose)
            if line:
                self._say(one_line(line))
        self._show(self.counts.total(), outcome.source.name)

    def expect(self, total: int) -> None:
        """Learn how many files there are."""
        self.total = total

    @property
    def left(self) -> str:
        """How many files nothing is known of yet."""
        return "an unknown number" if self.total is None else str(self.total - self.counts.total())

    def _record(self, row: dict[str, Any]) -> None:
        if self.json:
            result(json.dumps(row))
        if self._add_row is not None:
            self._add_row(row)

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.say(text)

    def _show(self, done: float, words: str) -> None:
        if self._bar is None:
            return
        total = self.total or 0
        of_all = f"{min(int(done) + 1, total)} of {total}, " if total > 1 else ""
        self._bar.show("reading" if self.dry_run else "upscaling", done, max(total, 1), of_all + words)

    def tick(self) -> None:
        """Show the rate; now and then also print it, with the time left, because the log of a cluster has no bar."""
        now = time.monotonic()
        if self._began is None:
            self._began = self._said = now
        done = self.counts.total()
        rate = done / max(now - self._began, 1.0)
        total = self.total or 0
        if self._bar is not None:
            self._bar.show("upscaling", done, max(total, done, 1), f"{done} of {total or '?'}, {rate:.1f} a second")
        if now - self._said < _EVERY or self.quiet:
            return
        self._said = now
        left = f", about {duration((total - done) / rate)} left" if total else ""
        self._say(f"{done} of {total or 'an unknown number of'} files, {rate:.1f} a second{left}")

    def end(self) -> None:
        """Print the summary on standard error."""
        if not self.quiet:
            note(self.summary)

    @property
    def _planned(self) -> str:
        """What a dry run found to be done, and how long it takes."""
        enlarged = self.counts["planned"] - self._reduced
        parts = [f"{enlarged} to upscale"] if enlarged or not self._reduced else []
        if self._reduced:
            parts.append(f"{self._reduced} to reduce or keep at their size")
        return f"{', '.join(parts)} in about {duration(self.startup + self._expected)}"

    @property
    def summary(self) -> str:
        """How many files were upscaled, reduced, skipped, left out and failed."""
        counts = self.counts
        parts = [f"{counts['done'] - self._reduced} upscaled"]
        if self._reduced:
            parts.append(f"{self._reduced} reduced or kept at their size")
        if self.dry_run:
            parts = [self._planned] if counts["planned"] else ["nothing to upscale"]
        elsewhere = self._elsewhere
        if counts["skipped"] > elsewhere:
            parts.append(f"{counts['skipped'] - elsewhere} skipped (already exists; --overwrite replaces it)")
        if elsewhere:
            parts.append(f"{elsewhere} still in work elsewhere")
        if counts["left out"]:
            parts.append(
                f"{counts['left out']} left out (results of an earlier run, links to folders, folders without images; "
                "name a file to upscale it)"
            )
        if counts["failed"]:
            parts.append(f"{counts['failed']} failed")
        return ", ".join(parts)


def _plan_line(outcome: "Outcome") -> str:
    """The line about a file of a dry run."""
    took = "" if outcome.seconds is None else f", about {duration(outcome.seconds)}"
    said = f"; {outcome.message}" if outcome.message else ""
    return f"{outcome.source} → {outcome.target}: {_sizes(outcome)}, {outcome.model}{took}{said}"


def _sizes(outcome: "Outcome") -> str:
    return " → ".join("x".join(map(str, size)) for size in (outcome.input_size, outcome.size) if size)


def duration(seconds: float) -> str:
    """A time as people say it, to two digits or so: 0.3 s, 48 s, 12 min, 3.5 h."""
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"


def _line(outcome: "Outcome", *, verbose: bool) -> str:
    """The line about a file that did not fail; empty where there is nothing to say."""
    if outcome.state == "left out":
        return outcome.message or (f"left out {outcome.source}: it is a result of an earlier run" if verbose else "")
    details = [outcome.message] if outcome.message else []
    if verbose:
        if outcome.input_size and outcome.size:
            details.insert(0, f"{_sizes(outcome)}, {outcome.model}, {outcome.seconds or 0:.1f} s")
        elif not details:
            details.append(outcome.state if outcome.state == "done" else "skipped, it already exists")
    if not details:
        return ""
    came = f"{outcome.source} → " if verbose else ""
    return f"{came}{outcome.target}: {'; '.join(details)}"
