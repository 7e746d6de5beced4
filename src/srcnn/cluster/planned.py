"""Which files become which, one by one: the plan of `srcnn.planning` for lists that do not fit into memory.

Files whose results could get one name begin alike (``cat.gif`` and ``cat.png`` with ``cat.``), and a sorted listing
gives them together, so no more is held than they.
Only where there are several inputs, some 180 bytes a file are kept to see that no two of them collide.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from srcnn.batch import ELSEWHERE
from srcnn.cluster.task import Task
from srcnn.errors import OptionError
from srcnn.files import paths
from srcnn.files.address import Address, opened
from srcnn.files.atomic import remove_stale_parts
from srcnn.files.places import identity, place_of
from srcnn.finding import Found, Left, stream
from srcnn.naming import File, Naming, naming_of
from srcnn.planning import STANDARD, Job, Outcome, without_clashes


@dataclass(frozen=True)
class Item(Task[Outcome]):
    """A job that is sent to another machine.

    Attributes
    ----------
    job : Job
        Local paths are absolute: every machine must find them there.
    tidy : bool
        Whether what killed processes left beside the result is removed first.
    """

    job: Job[File]
    tidy: bool = False

    def once_more(self) -> "Item":
        """The same after its process was lost; what that left behind is removed first.

        Returns
        -------
        Item
            To be given to another process.
        """
        return replace(self, tries=self.tries + 1, tidy=True)

    def set_aside(self, why: str) -> Outcome:
        """The row of a file that costs every process that tries it; what they left beside its result is removed.

        Parameters
        ----------
        why : str
            What became of them.

        Returns
        -------
        Outcome
            "failed".
        """
        source, target = self.job.source, self.job.target
        if isinstance(target, Path):
            remove_stale_parts(target.parent)
        problem = f"{source}: set aside, it was being upscaled when {self.tries} processes were lost ({why})"
        return Outcome(source, target, "failed", problem, tries=self.tries)

    def finished(self, row: Outcome) -> Outcome | None:
        """The row with the number of tries.

        Parameters
        ----------
        row : Outcome
            From the process.

        Returns
        -------
        Outcome or None
            None where another process is writing the result.
        """
        if row.message == ELSEWHERE and not self.last:
            return None
        return replace(row, tries=self.tries + 1)

    def seconds(self, row: Outcome) -> float | None:
        """How long it took.

        Parameters
        ----------
        row : Outcome
            From the process.

        Returns
        -------
        float or None
            None where nothing was done.
        """
        return row.seconds


@dataclass(frozen=True)
class Planned:
    """Inputs and output, checked; every iteration lists them anew.

    Attributes
    ----------
    inputs : tuple of str
        With absolute paths.
    output : path or Address
        The folder of the results.
    naming : Naming
        How they are called.
    """

    inputs: tuple[str, ...]
    output: File
    naming: Naming

    def __iter__(self) -> Iterator[Item | Outcome]:
        """Jobs, and what becomes of files that are none."""
        found = stream(self.inputs, self.output)
        if len(self.inputs) == 1:
            return _items(found, self.output, self.naming)
        return _without_collisions(_items(_each_once(found), self.output, self.naming))


def planned(
    inputs: Sequence[str | Path], output: str | Path | None, *, suffix: str = "", format_name: str | None = None
) -> Planned:
    """Check what is to be done on a cluster; nothing is listed yet.

    Parameters
    ----------
    inputs, suffix, format_name
        As `srcnn.planning.plan` takes them, without standard input.
    output : path or str
        The folder of the results, in which the trees of folders and patterns are kept. No input may lie in it.

    Returns
    -------
    Planned
        To be iterated over, as often as needed.
        Two inputs with one name for their results are found as `srcnn.planning.plan` finds them in a folder or a
        pattern; of several inputs, the second fails.

    Raises
    ------
    OptionError
        If there is no output, it is no folder, or an input lies in it.
    MissingExtraError
        If the library of a storage is not installed.
    """
    if output is None or output == STANDARD or STANDARD in inputs:
        raise OptionError("a cluster takes files or addresses, and needs --output, a folder or an address")
    target = place_of(output, "output")
    if isinstance(target, Address):
        target = _as_listed(target)
    else:
        if paths.is_file(target):
            raise OptionError(f"{target} is a file; a cluster writes into a folder")
        target = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow links
    within = _Inside(target)
    absolute = []
    for given in inputs:
        place = place_of(given, "an input")
        place = _as_listed(place) if isinstance(place, Address) else Path(os.path.abspath(place))  # noqa: PTH100
        if within(place):
            raise OptionError(f"{given} lies in the folder of the results, {output}; give another --output")
        absolute.append(str(place))
    return Planned(tuple(absolute), target, naming_of(suffix, format_name))


def _as_listed(address: Address) -> Address:
    """An address as the listing of its storage spells it."""
    if address.is_web:
        return address
    fs, path = opened(address)
    return Address(str(fs.unstrip_protocol(path)))


def _items(found: Iterable[Found | Left], output: File, naming: Naming) -> Iterator[Item | Outcome]:
    within = _Inside(output)
    folder = None
    for group in _groups(found):
        if isinstance(group, Left):
            yield Outcome(group.place, None, "failed" if group.failed else "left out", group.why)
            continue
        sizes = {file.source: file.size for file in group if not within(file.source)}
        jobs = [
            Job(file.source, output / file.folder / naming.name(file.source), file.listed)
            for file in group
            if file.source in sizes
        ]
        kept, clashes = without_clashes(jobs, naming) if len(jobs) > 1 else (jobs, [])
        yield from clashes
        for job in kept:
            size = sizes[job.source] or _size(job.source)
            yield Item(job, size=size, tidy=job.target.parent != folder)
            folder = job.target.parent


def _groups(found: Iterable[Found | Left]) -> Iterator[list[Found] | Left]:
    """Files whose results could get one name: those of a folder with the same name up to its first dot.

    In a listing sorted by the whole name, a folder ``cat.d`` may come between ``cat.bmp`` and ``cat.png``: a group is
    open as long as names begin as it does, and within it others are.
    """
    opened: list[tuple[str, list[Found]]] = []
    for one in found:
        if isinstance(one, Left):
            yield one
            continue
        beginning = f"{one.source.parent}/{one.source.name.partition('.')[0]}."
        while opened and not beginning.startswith(opened[-1][0]):
            yield opened.pop()[1]
        if not opened or opened[-1][0] != beginning:
            opened.append((beginning, []))
        opened[-1][1].append(one)
    while opened:
        yield opened.pop()[1]


def _without_collisions(items: Iterator[Item | Outcome]) -> Iterator[Item | Outcome]:
    """Each result once: of two files with one name for their results, the second fails."""
    targets: set[bytes] = set()
    for item in items:
        if isinstance(item, Item):
            target = _digest(item.job.target)
            if target in targets:
                problem = (
                    f"{item.job.source} and another input would both become {item.job.target}; "
                    "upscale them into different folders"
                )
                yield Outcome(item.job.source, item.job.target, "failed", problem)
                continue
            targets.add(target)
        yield item


def _each_once(found: Iterator[Found | Left]) -> Iterator[Found | Left]:
    """Each file once, however often it was named."""
    sources: set[bytes] = set()
    for one in found:
        if isinstance(one, Found):
            source = _digest(one.source)
            if source in sources:
                continue
            sources.add(source)
        yield one


def _digest(place: File) -> bytes:
    return blake2b(os.fsencode(str(place)), digest_size=8).digest()


def _size(source: File) -> int:
    if isinstance(source, Address):
        return 0
    try:
        return source.stat().st_size
    except OSError:
        return 0  # the work says why it cannot be read


class _Inside:
    """Whether a file lies in a folder, links followed."""

    def __init__(self, folder: File) -> None:
        self._folder = identity(folder).rstrip("/")
        self._real = lru_cache(64)(os.path.realpath)

    def __call__(self, place: File) -> bool:
        here = str(place) if isinstance(place, Address) else os.path.join(self._real(place.parent), place.name)  # noqa: PTH118
        return f"{here.rstrip('/')}/".startswith(f"{self._folder}/")
