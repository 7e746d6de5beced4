"""Options of a command that works on a cluster."""

from typing import Annotated

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
        help="Append the lines of --json to a file; to one called .parquet, rows of the same columns.",
        rich_help_panel="Messages",
    ),
]


def check_cluster(cluster: str | None, workers: int | None, *, dry_run: bool = False, rows: str | None = None) -> None:
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
    if rows is not None and dry_run:
        raise OptionError("--dry-run writes nothing; leave out --rows, and take --json for the lines")
