"""What a command says about many files: a line each, JSON, progress within an image, a summary."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from srcnn.cli.reporting import Bar, note, one_line, progress_bar, result

if TYPE_CHECKING:
    from srcnn.files.places import Place
    from srcnn.planning import Outcome


@dataclass(frozen=True, kw_only=True)
class BatchReport:
    """Says what becomes of ``total`` files, and counts it.

    Attributes
    ----------
    total : int
        Files of the plan.
    quiet, verbose, json, dry_run : bool
        As the options of these names.
    startup : float
        Seconds from the start of the process to the plan.
    """

    total: int
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    dry_run: bool = False
    startup: float = 0.0
    counts: "Counter[str]" = field(default_factory=Counter)
    _reduced: list[str] = field(default_factory=list)  # results for which no model was used
    _bar: list[Bar] = field(default_factory=list)
    _elsewhere: list[bool] = field(default_factory=list)  # of each file
    _expected: list[float] = field(default_factory=list)  # seconds of each file

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the progress bar within the block."""
        with progress_bar(hidden=self.quiet) as bar:
            self._bar.append(bar)
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
        self._elsewhere.append(outcome.state == "skipped" and bool(outcome.message))
        if outcome.reduced:
            self._reduced.append(str(outcome.target))
        if self.json:
            result(json.dumps(outcome.record()))
        if outcome.state == "planned":
            self._expected.append(outcome.seconds or 0)
            if not self.json and not self.quiet:
                result(one_line(_plan_line(outcome)))
        elif outcome.state == "failed":
            self._say(f"srcnn: {one_line(outcome.message)}")
        elif not self.quiet:
            line = _line(outcome, verbose=self.verbose)
            if line:
                self._say(one_line(line))
        self._show(self.counts.total(), outcome.source.name)

    @property
    def left(self) -> int:
        """Files that nothing is known of yet."""
        return self.total - self.counts.total()

    def _say(self, text: str) -> None:
        self._bar[-1].say(text)

    def _show(self, done: float, words: str) -> None:
        of_all = f"{min(int(done) + 1, self.total)} of {self.total}, " if self.total > 1 else ""
        self._bar[-1].show("reading" if self.dry_run else "upscaling", done, max(self.total, 1), of_all + words)

    def end(self) -> None:
        """Print the summary on standard error."""
        if not self.quiet:
            note(self.summary)

    @property
    def summary(self) -> str:
        """How many files were upscaled, reduced, skipped, left out and failed."""
        counts = self.counts
        parts = [f"{counts['done'] - len(self._reduced)} upscaled"]
        if self._reduced:
            parts.append(f"{len(self._reduced)} reduced or kept at their size")
        if self.dry_run:
            took = duration(self.startup + sum(self._expected))
            parts = [f"{counts['planned']} to upscale in about {took}"] if counts["planned"] else ["nothing to upscale"]
        elsewhere = sum(self._elsewhere)
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
    return f"{outcome.source} → {outcome.target}: {_sizes(outcome)}, {outcome.model}{took}"


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
