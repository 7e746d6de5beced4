"""A real Ray cluster of three nodes on this machine, and a real S3 server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import srcnn

PACKAGE = Path(srcnn.__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Of drivers and nodes: this package, one thread, the address of the S3 server, no reports to Ray's makers."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PACKAGE), str(Path(__file__).parent)]),
        "OMP_NUM_THREADS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_enable_worker_prestart": "0",
        "RAY_prestart_worker_first_driver": "0",
        "RAY_agent_register_timeout_ms": "240000",
        "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "240",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


class Nodes:
    """The cluster, in a process of its own: Ray leaves threads, sockets and warnings behind."""

    def __init__(self, environment: dict[str, str]) -> None:
        port = free_port()
        self.client = f"ray://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nodes.py")), str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
        )  # fmt: skip
        self.address = self.ask("start")

    def ask(self, what: str) -> str:
        """Send a word to the process that holds the nodes; its answer is the address of the cluster."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(what, file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith("nodes: "):
                return line.removeprefix("nodes: ").strip()
        raise AssertionError(f"the cluster has ended with {self._process.wait()}")

    def end(self) -> None:
        self._process.communicate("end\n", timeout=300)


@pytest.fixture(scope="session")
def nodes(environment: dict[str, str]) -> Iterator[Nodes]:
    pytest.importorskip("ray", reason="Ray is not installed (extra 'cluster')")
    cluster = Nodes(environment)
    yield cluster
    cluster.end()


@pytest.fixture(scope="session")
def s3(environment: dict[str, str]) -> Iterator[str]:
    """The address of an S3 server on the loopback."""
    pytest.importorskip("moto", reason="moto is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    address = environment["AWS_ENDPOINT_URL"]
    port = int(address.rsplit(":", 1)[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield address
    server.terminate()
    server.wait(30)
