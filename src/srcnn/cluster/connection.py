"""The way to a Ray cluster: which one is meant, whether it answers, and for how long it is used."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from srcnn.errors import ClusterError, OptionError, missing_extra, reason

_CLIENT = "ray://"
_VARIABLE = "RAY_ADDRESS"
_FAILED_START = "Initialization failure"  # how Ray's client server says that its process for a client did not start
_WAIT = 6.0  # seconds for each of two questions: does the machine answer, and does it speak as Ray does


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster for the length of a block.

    Parameters
    ----------
    address : str
        ``"ray"``: the cluster that ``RAY_ADDRESS`` names or that runs on this machine, else one of this machine alone;
        ``"ray://HOST:PORT"``: one elsewhere, through its Ray Client server.

    Yields
    ------
    module
        `ray`.

    Raises
    ------
    OptionError
        If the address is none of these.
    MissingExtraError
        If Ray is not installed.
    ClusterError
        If there is no cluster, within 15 seconds where nothing answers; or if it is lost on the way.
    """
    named = checked_address(address) or os.environ.get(_VARIABLE) or None
    # Ray reports its use to its makers unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import grpc
        import ray
    except ImportError:
        raise missing_extra("working on a cluster", "Ray", "cluster") from None
    _check_answer(named, grpc)
    try:
        _begin(ray, named)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise ClusterError(f"cannot reach the cluster {named or address}: {_gist(str(error))}") from error
    try:
        with _loss_told(named or address, (ConnectionError, ray.exceptions.RayError, grpc.RpcError)):
            yield ray
    finally:
        ray.shutdown()


@contextmanager
def _loss_told(address: str, lost: tuple[type[Exception], ...]) -> Iterator[None]:
    """What Ray raises where the whole cluster is gone; of a process alone, it tells the pool."""
    try:
        yield
    except lost as error:
        why = _gist(str(error)).rstrip(".")
        again = "what is finished is kept; start the command again when the cluster is back"
        raise ClusterError(f"the cluster {address} was lost: {why}; {again}") from error


def _begin(ray: Any, address: str | None) -> None:
    """Connect; a client server starts a process for every client, and where that fails it may succeed again at once."""
    for again in (True, False):
        try:
            ray.init(address, log_to_driver=False, logging_level="error")
            return
        except ConnectionError as error:
            if not (again and _FAILED_START in str(error)):
                raise
            ray.shutdown()


def _gist(message: str) -> str:
    """Of a traceback what it ends with, which is the cause; of anything else the beginning."""
    words = " ".join(message.split())
    return words[-300:] if "Traceback" in words else words[:300]


def checked_address(address: str) -> str | None:
    """The address of a cluster as a user names it.

    Parameters
    ----------
    address : str
        As `connected` takes it.

    Returns
    -------
    str or None
        What Ray is told; None for the cluster that the environment names.

    Raises
    ------
    OptionError
        If it is none.
    """
    if address == "ray":
        return None
    if isinstance(address, str) and address.startswith(_CLIENT) and _host_and_port(address) is not None:
        return address
    raise OptionError(f"a cluster is called ray or ray://HOST:PORT, got {address!r}")


def _host_and_port(address: str) -> tuple[str, int] | None:
    """Of ``HOST:PORT`` and ``ray://HOST:PORT``; None of words such as ``auto``."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        return (parts.hostname, parts.port) if parts.hostname and parts.port else None
    except ValueError:
        return None


def _started_last() -> str | None:
    """The cluster that was started last on this machine; Ray keeps its address, also when it has crashed."""
    with suppress(ImportError, AttributeError, OSError):  # where Ray keeps it, it does not promise
        from ray._private.utils import read_ray_address

        return read_ray_address() or None
    return None


def _check_answer(named: str | None, grpc: Any) -> None:
    """Ask before Ray does, which tries for minutes."""
    if named is None or named == "auto":
        named = _started_last()
        advice = "ray stop forgets a cluster that has ended"
    elif named.startswith(_CLIENT):
        advice = "the port of its Ray Client server is wanted, 10001 unless it has another"
    else:
        advice = f"is {_VARIABLE} the address of its head, HOST:6379, and does the cluster run?"
    place = None if named is None else _host_and_port(named)
    if place is None:
        return
    try:
        socket.create_connection(place, _WAIT).close()
    except OSError as error:
        why = "nothing answers" if isinstance(error, TimeoutError) else reason(error)
        raise ClusterError(f"cannot reach the cluster {named}: {why}; {advice}") from error
    if os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true"):
        return  # Ray has the certificates for the other question
    host, port = place
    with grpc.insecure_channel(f"[{host}]:{port}" if ":" in host else f"{host}:{port}") as channel:
        if not _speaks_grpc(channel, grpc):
            raise ClusterError(f"cannot reach the cluster {named}: what answers there is not Ray; {advice}")


def _speaks_grpc(channel: Any, grpc: Any) -> bool:
    """Whether a question gets an answer of gRPC, whatever it says; a proxy answers with a status of HTTP."""
    ask = channel.unary_unary("/grpc.health.v1.Health/Check")
    try:
        ask(b"", timeout=_WAIT, wait_for_ready=True)
    except grpc.RpcError as error:
        unanswered = error.code() in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
        return not unanswered and "http2 header with status" not in (error.details() or "")
    return True
