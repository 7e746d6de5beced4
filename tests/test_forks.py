"""Forked and spawned processes: they go on, or say at once why they cannot.

Each program runs by itself: a fork copies its parent.
"""

import multiprocessing
import operator
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.methods import load

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

HEAD = """
import os, signal, sys, threading, time
import numpy as np
import srcnn
from srcnn.errors import ImageError, OptionError

def forked(work):
    # What the child prints, or "nothing within 60 seconds".
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            text = str(work())
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writer, text.encode())
        sys.exit()  # with all destructors
    os.close(writer)
    text = os.read(reader, 10_000).decode()
    return text if os.waitpid(child, 0)[1] == 0 else "nothing within 60 seconds"

y, x = np.mgrid[:70, :90] / 90
lr = (0.5 + 0.3 * np.sin(9 * x + 5 * y * y)).astype(np.float32)
"""


def printed(program: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", HEAD + program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("engine", ["auto", "onnxruntime"])
def test_a_method_that_was_used_works_in_a_forked_process(engine: str) -> None:
    program = """
method = srcnn.load("fast", 2, engine=sys.argv[1], threads=2)
before = method(lr)
again = lambda: np.abs(method(lr) - before).max() < 1e-4
print(forked(again), forked(lambda: forked(again)), again())
"""
    assert printed(program, engine) == "True True True"


def test_the_command_s_function_works_in_a_forked_process() -> None:
    program = """
image = (255 * lr).astype(np.uint8)
before = srcnn.upscale(image, 2, "fast").astype(int)
print(forked(lambda: np.abs(srcnn.upscale(image, 2, "fast") - before).max() <= 1))
"""
    assert printed(program) == "True"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "onnxruntime"])
def test_forks_while_threads_enlarge(engine: str) -> None:
    program = """
method = srcnn.load("fast", 2, engine=sys.argv[1], threads=2)
before, stop = method(lr), threading.Event()

def go_on(size):
    while not stop.is_set():
        method(lr[:size])

threads = [threading.Thread(target=go_on, args=(size,)) for size in (20, 45, 70)]
for thread in threads:
    thread.start()
answers = {forked(lambda: np.abs(method(lr) - before).max() < 1e-4) for _ in range(8)}
stop.set()
for thread in threads:
    thread.join()
print(*answers)
"""
    assert printed(program, engine) == "True"


def test_openvino_by_name_says_at_once_that_workers_are_to_be_spawned() -> None:
    pytest.importorskip("openvino")
    program = """
method = srcnn.load("fast", 2, engine="openvino", threads=2)
method(lr)
print(forked(lambda: method(lr)))
print(forked(lambda: srcnn.load("fast", 2, engine="openvino")))
method(lr)
"""
    for line in printed(program).splitlines():
        assert line.startswith("OptionError: the engine 'openvino'")
        assert "multiprocessing.get_context('spawn')" in line


def test_a_fork_before_the_first_inference_may_use_openvino() -> None:
    pytest.importorskip("openvino")
    assert printed("print(forked(lambda: srcnn.load('fast', 2, engine='openvino')(lr).shape))") == "(140, 180)"


def test_files_that_libvips_reads_are_read_in_a_forked_process(tmp_path: Path) -> None:
    pyvips = pytest.importorskip("pyvips")
    values = np.random.default_rng(4).integers(0, 65536, (150, 40, 3), np.uint16)
    deep = pyvips.Image.new_from_array(values).copy(interpretation="rgb16")
    deep.write_to_file(str(tmp_path / "deep.tif"))
    deep.write_to_file(str(tmp_path / "deep.png"))
    deep.heifsave(str(tmp_path / "deep.avif"), compression="av1", bitdepth=10)
    pyvips.Image.new_from_array((values >> 8).astype(np.uint8)[..., 0]).write_to_file(
        str(tmp_path / "grey.tif"), tile=True, compression="lzw"
    )
    program = """
for name in sorted(os.listdir(sys.argv[1])):
    read = lambda: srcnn.read_image(os.path.join(sys.argv[1], name)).pixels
    before = read()
    print(name, forked(lambda: (read() == before).all()), (read() == before).all())
"""
    assert printed(program, str(tmp_path)).splitlines() == [
        f"{name} True True" for name in ("deep.avif", "deep.png", "deep.tif", "grey.tif")
    ]


def test_writing_by_libvips_in_a_forked_process_says_at_once_what_to_do(tmp_path: Path) -> None:
    program = """
image = srcnn.Picture((65535 * np.dstack([lr] * 3)).astype(np.uint16))
write = lambda: srcnn.write_image(os.path.join(sys.argv[1], "out.avif"), image)
write()
print(forked(write))
write()
"""
    answer = printed(program, str(tmp_path))
    assert answer.startswith("ImageError: ")
    assert "spawn" in answer


def test_methods_work_in_a_pool_of_spawned_processes(make_network: Any, tmp_path: Path) -> None:
    (tmp_path / "own.onnx").write_bytes(make_network((3, 3), (4,), scale=2))
    small = np.random.default_rng(0).uniform(0.2, 0.8, (9, 11)).astype(np.float32)
    methods = [load("fast", 2, threads=1), load("fast+tta", 2, threads=1), load("anr", 2), load("bicubic", 2)]
    methods += [load(str(tmp_path / "own.onnx"), 2, threads=1), replace(load("srcnn-9-1-5", 2, threads=1), tile=64)]  # type: ignore[type-var]
    (tmp_path / "own.onnx").unlink()  # a file's method holds what it needs
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for method, found in zip(methods, pool.map(operator.call, methods, [small] * len(methods)), strict=True):
            np.testing.assert_array_equal(found, method(small))


def test_a_fork_counts_and_loses_what_was_started() -> None:
    program = """
from srcnn import forks
state = lambda: (forks.generation(), forks.threads_lost("OpenVINO"), forks.threads_lost("libvips"))
forks.note_threads("OpenVINO")
def child():
    mine = state()
    forks.note_threads("libvips")
    return mine, forked(state), state()
print(state(), forked(child), state())
"""
    before = "(0, False, False)"
    assert printed(program) == f"{before} ((1, True, False), '(2, True, True)', (1, True, False)) {before}"
