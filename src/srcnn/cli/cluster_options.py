"""Options of a command that works on a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

_CLUSTER = "Cluster"

Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ray|ray://HOST:PORT",
        help="Work on a Ray cluster: ray is the one in RAY_ADDRESS or on this machine, ray://… one elsewhere.",
        rich_help_panel=_CLUSTER,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Processes on the cluster, each with --threads cores (1); default: as many as fit.",
        rich_help_panel=_CLUSTER,
    ),
]
Rows = Annotated[
    str | None,
    typer.Option(
        "--rows",
        metavar="FILE",
        help="Append the lines of --json to a file.",
        rich_help_panel="Messages",
    ),
]


def check_cluster(cluster: str | None, workers: int | None, *, dry_run: bool) -> None:
    """Refuse options that do not go together.

    Raises
    ------
    OptionError
        If they do not.
    """
    from srcnn.errors import OptionError

    if cluster is None and workers is not None:
        raise OptionError("--workers is about the processes of a --cluster, which is not given; see --threads")
    if cluster is not None and dry_run:
        raise OptionError("--dry-run estimates the work of this machine; leave out --cluster")


@contextmanager
def rows_file(name: str | None) -> Iterator[TextIO | None]:
    """The file of --rows, to be appended to within the block.

    Raises
    ------
    OptionError
        If it cannot be written.
    """
    from srcnn.errors import OptionError, reason

    if name is None:
        yield None
        return
    try:
        file = Path(name).open("a", encoding="utf-8")  # noqa: SIM115 - closed below; only the opening is guarded
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot write --rows {name}: {reason(error)}") from error
    with file:
        yield file
