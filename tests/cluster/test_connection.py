"""Clusters that cannot be reached are refused at once, with the reason, before Ray tries for minutes."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from srcnn.cluster import connection
from srcnn.cluster.connection import _begin, _gist, checked_address, connected
from srcnn.errors import ClusterError, OptionError


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (extra 'cluster')")
    monkeypatch.setattr(connection, "_WAIT", 1.0)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for other, _ in held:
            other.close()


@pytest.fixture
def proxy() -> Iterator[str]:
    """The address of a server that speaks HTTP/2 and knows no page."""
    settings, acknowledged = b"\0\0\0\x04\0\0\0\0\0", b"\0\0\0\x04\x01\0\0\0\0"
    not_found = b"\0\0\x01\x01\x05\0\0\0\x01\x8d"  # headers of the first stream, and its end: status 404

    def answer(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(settings + acknowledged)
            received = b""
            while b"\x01\x04\0\0\0\x01" not in received:  # headers of the first stream
                received += connection.recv(1 << 16)
            connection.sendall(not_found)
            connection.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as server:
        # The first connection asks whether anybody is there.
        for _ in range(2):
            threading.Thread(target=answer, args=[server], daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_a_closed_port_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    address = free_address()
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ClusterError, match=rf"{address}: connection refused; is RAY_ADDRESS the address of its head"):
        connected("ray").__enter__()


def test_what_is_not_ray_is_an_error_that_says_so(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError, match=r"what answers there is not Ray; .* 10001"):
        connected(f"ray://{silent}").__enter__()
    monkeypatch.setenv("RAY_ADDRESS", silent)
    with pytest.raises(ClusterError, match=r"what answers there is not Ray; is RAY_ADDRESS"):
        connected("ray").__enter__()


@pytest.mark.parametrize("named", ["", "auto"])
def test_a_cluster_that_has_crashed_is_an_error_at_once(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = free_address()
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text(address, encoding="ascii")
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.setenv("RAY_ADDRESS", named)
    with pytest.raises(ClusterError, match=f"{address}: connection refused; ray stop forgets a cluster that has ended"):
        connected("ray").__enter__()


def test_a_server_of_pages_is_not_ray(proxy: str) -> None:
    with pytest.raises(ClusterError, match="what answers there is not Ray"):
        connected(f"ray://{proxy}").__enter__()


def test_a_host_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError, match=r"cannot reach the cluster ray://nowhere\.invalid:10001: "):
        connected("ray://nowhere.invalid:10001").__enter__()


def test_a_host_that_keeps_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(place: tuple[str, int], timeout: float) -> socket.socket:
        raise TimeoutError(f"{place} after {timeout}")

    monkeypatch.setattr(socket, "create_connection", never)
    with pytest.raises(ClusterError, match="nothing answers"):
        connected("ray://10.255.255.1:10001").__enter__()


@pytest.mark.parametrize("name", ["", "rays", "ray:", "ray://", "ray://host", "ray://host:port", "http://host:1"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(OptionError, match="a cluster is called ray or ray://HOST:PORT"):
        checked_address(name)


def test_names_of_clusters() -> None:
    assert checked_address("ray") is None
    assert checked_address("ray://[::1]:10001") == "ray://[::1]:10001"


class Stub:
    """Ray, of which the client server fails to start a process a number of times."""

    def __init__(
        self, failures: int, message: str = "Initialization failure from server:\nTraceback: no process"
    ) -> None:
        self.failures, self.message, self.begun = failures, message, 0

    def init(self, *_: object, **__: object) -> None:
        self.begun += 1
        if self.begun <= self.failures:
            raise ConnectionAbortedError(self.message)

    def shutdown(self) -> None:
        pass


def test_a_client_whose_process_did_not_start_asks_once_more() -> None:
    ray = Stub(1)
    _begin(ray, "ray://host:1")
    assert ray.begun == 2
    with pytest.raises(ConnectionError, match="no process"):
        _begin(Stub(2), "ray://host:1")
    ray = Stub(1, "refused")
    with pytest.raises(ConnectionError, match="refused"):
        _begin(ray, "ray://host:1")
    assert ray.begun == 1


@pytest.mark.parametrize("lost", ["connection", "ray", "grpc"])
def test_a_cluster_that_is_lost_on_the_way_is_said(monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    import grpc
    import ray

    errors = {"connection": ConnectionError, "ray": ray.exceptions.RaySystemError, "grpc": grpc.RpcError}
    ended: list[bool] = []
    monkeypatch.setattr(connection, "_check_answer", lambda *_: None)
    monkeypatch.setattr(connection, "_begin", lambda *_: None)
    monkeypatch.setattr(ray, "shutdown", lambda: ended.append(True))
    said = r"the cluster ray://host:1 was lost: .*Client is shutting down; what is finished is kept; start the command"
    with pytest.raises(ClusterError, match=said), connected("ray://host:1"):
        raise errors[lost]("Client is shutting down.")
    assert ended == [True]
    with pytest.raises(OptionError, match="of another kind"), connected("ray://host:1"):
        raise OptionError("of another kind")


def test_of_a_traceback_its_end_is_shown() -> None:
    assert _gist("Traceback (most recent call last):\n" + 100 * "File x, line 1\n" + "Error: the cause").endswith(
        "cause"
    )
    assert _gist("the cause\n" + 400 * "x").startswith("the cause x")
