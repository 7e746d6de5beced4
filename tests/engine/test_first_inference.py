"""The first inference of a process by several threads at once: once, a benchmark waited for ever in it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from srcnn.engine.session import open_session

session = open_session(open(sys.argv[1], "rb").read(), engine="openvino", threads=4)
together = threading.Barrier(4)

def run(number):
    together.wait()
    return session.run(np.full((1, 1, 24, 24), number / 4, np.float32)).shape

with ThreadPoolExecutor(4) as pool:
    print(set(pool.map(run, range(4))))
"""


@pytest.mark.parametrize("attempt", range(3))
def test_first_inference_by_four_threads_ends(make_network: Any, tmp_path: Path, attempt: int) -> None:
    pytest.importorskip("openvino")
    model = tmp_path / "model.onnx"
    model.write_bytes(make_network())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(model)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "{(1, 1, 8, 8)}", done.stderr
