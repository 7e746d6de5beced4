"""Weight files from strangers: networks and fitted models, damaged in every way, must give a finite image or an error
of this package.

Shipped files are changed at random, from a seed: bytes, fields of the ONNX file at any depth, values on the card,
weights (NaN, infinite, huge), shapes, settings and kinds of operations; of NPZ files the arrays, their types and
headers. Each is loaded and run on a small image in a worker process, which may take so much memory and time and no
more.

Run it as ``python benchmarks/fuzz_networks.py [N] [--seed S] [--engines onnxruntime,openvino] [--keep FOLDER]``.
Every number of a mutant and the seed give the same file again.
It ends with exit code 1 where anything but an image or an error of the right kind came out.
"""

import argparse
import io
import json
import os
import pickle
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from srcnn import weights
from srcnn.engine import protobuf as pb
from srcnn.engine.onnx_file import CARD_KEY, read_card
from srcnn.engine.protobuf import Fields, fields_of, join
from srcnn.errors import OptionError, WeightsError
from srcnn.weights import Entry, npz

SECONDS = 20.0  # of a processor that a file may take
WAIT = 300.0  # seconds of the clock after which a process is taken to hang: the machine may have other work
# MB that a process may take at its peak; one that has loaded both engines and a shipped network takes about 200.
MEMORY = 1000
ADDRESSES = 16 * 2**30  # bytes of address space: a backstop, of which OpenVINO reserves much without using it
WORKERS = 2
BOMB = 300  # MB of zeros in an array
NETWORKS = ("srcnn-9-1-5_x3", "srcnn-9-5-5-rgb_x2", "espcn_x2", "fsrcnn_x3", "plain-s_x2", "plain-s_x4")
MODELS = ("kk_x2", "anr_x2", "ne-lle_x2", "sc_x2", "a+_x2")
NUMBERS = (0, 1, 2, 3, 7, 255, 1000, 20_000, 2**31 - 1, 2**31, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
VALUES: tuple[Any, ...] = (
    0,
    1,
    -1,
    2,
    3,
    5,
    64,
    20_000,
    2**40,
    -(2**70),
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "rgb",
    "lr",
    "hr",
    [],
    [1],
    {},
    None,
    True,
)
BAD = (np.nan, np.inf, -np.inf, 3e38, -1e30, 1e12, 1e4)
KINDS = (
    *(
        "Loop",
        "If",
        "Scan",
        "Resize",
        "GlobalAveragePool",
        "Relu",
        "Exp",
        "Div",
        "Sqrt",
        "MaxPool",
        "Identity",
        "Softmax",
        "Pad",
        "Tile",
    ),
    "Expand",
    "Frobnicate",
)

Mutation = Callable[[random.Random, bytes], bytes]


def change_bytes(rng: random.Random, data: bytes) -> bytes:
    """Flip, cut off, cut out, double or add bytes."""
    changed, at = bytearray(data), rng.randrange(len(data))
    match rng.randrange(5):
        case 0:
            for _ in range(rng.choice((1, 4, 64))):
                changed[rng.randrange(min(len(data), rng.choice((200, 5000, len(data)))))] = rng.randrange(256)
        case 1:
            del changed[at:]
        case 2:
            del changed[at : at + rng.choice((1, 10, 1000))]
        case 3:
            changed[at:at] = changed[at : at + rng.choice((1, 10, 1000))]
        case _:
            changed[at:at] = rng.randbytes(rng.choice((1, 10, 1000)))
    return bytes(changed)


def change_field(rng: random.Random, data: bytes) -> bytes:
    """Change, drop or double a field of the message, at any depth."""
    fields = list(fields_of(data))
    if not fields:
        return rng.randbytes(3)
    at = rng.randrange(len(fields))
    number, wire, value = fields[at]
    if isinstance(value, bytes) and wire == pb.BYTES and rng.random() < 0.8:
        try:
            inner = change_field(rng, value) if value else b""
            return join([*fields[:at], (number, wire, inner), *fields[at + 1 :]])
        except WeightsError:  # no message, but text or numbers
            pass
    match rng.randrange(4):
        case 0:
            del fields[at]
        case 1:
            fields.insert(at, fields[at])
        case 2:
            fields[at] = (rng.choice((number + 1, 13, 14, 25)), wire, value)
        case _:
            fields[at] = (
                number,
                wire,
                rng.choice(NUMBERS) if isinstance(value, int) else change_bytes(rng, value or b"x"),
            )
    return join(fields)


def changed_card(rng: random.Random, card: dict[str, Any]) -> str:
    """A card with another value, a key more or less, or damaged text."""
    key = rng.choice(("scale", "halo", "input_size", "channels", *card))
    match rng.randrange(6):
        case 0:
            del card[key]
        case 1:
            card["stranger"] = 1
        case 2:
            return change_bytes(rng, json.dumps(card).encode()).decode(errors="replace")
        case _:
            card[key] = rng.choice(VALUES)
    return json.dumps(card)


def change_card(rng: random.Random, data: bytes) -> bytes:
    """Another card in a network's file."""
    text = changed_card(rng, asdict(read_card(data)))
    entry = join([(1, pb.BYTES, CARD_KEY.encode()), (2, pb.BYTES, text.encode())])
    return join(
        [*((n, w, v) for n, w, v in fields_of(data) if n != pb.MODEL_METADATA), (pb.MODEL_METADATA, pb.BYTES, entry)]
    )


def in_graph(change: Callable[[random.Random, Fields], Fields]) -> Mutation:
    """A change of the graph's fields as one of the file."""

    def mutation(rng: random.Random, data: bytes) -> bytes:
        return join(
            [
                (n, w, join(change(rng, list(fields_of(v))))) if n == pb.MODEL_GRAPH else (n, w, v)
                for n, w, v in fields_of(data)
            ]
        )

    return mutation


def _one_of(rng: random.Random, graph: Fields, number: int) -> tuple[int, Fields]:
    at = rng.choice([i for i, (n, _, _) in enumerate(graph) if n == number])
    return at, list(fields_of(graph[at][2]))


def change_weights(rng: random.Random, graph: Fields) -> Fields:
    """Values that are no numbers, or huge, in one array."""
    at, tensor = _one_of(rng, graph, pb.GRAPH_INITIALIZER)
    values = pb.tensor(tensor)
    if values is None or not values.size:
        return graph
    flat = values.ravel().copy()
    flat[[rng.randrange(flat.size) for _ in range(rng.choice((1, 3, 1000)))]] = rng.choice(BAD)
    kept = [f for f in tensor if f[0] not in (pb.TENSOR_RAW, pb.TENSOR_FLOATS)]
    graph[at] = (pb.GRAPH_INITIALIZER, pb.BYTES, join([*kept, (pb.TENSOR_RAW, pb.BYTES, flat.tobytes())]))
    return graph


def change_sizes(rng: random.Random, graph: Fields) -> Fields:
    """Another size of an array; at times with its values made to fit."""
    at, tensor = _one_of(rng, graph, pb.GRAPH_INITIALIZER)
    dims = [i for n, w, v in tensor if n == pb.TENSOR_DIMS for i in pb.integers(w, v)] or [1]
    dims[rng.randrange(len(dims))] = rng.choice(NUMBERS)
    if rng.random() < 0.3:
        rng.shuffle(dims)
    rest = [f for f in tensor if f[0] != pb.TENSOR_DIMS]
    size = int(np.prod([float(d) for d in dims]))
    if rng.random() < 0.5 and 0 < size < 10**6:
        rest = [f for f in rest if f[0] not in (pb.TENSOR_RAW, pb.TENSOR_FLOATS)]
        rest.append((pb.TENSOR_RAW, pb.BYTES, np.full(size, 0.01, np.float32).tobytes()))
    graph[at] = (pb.GRAPH_INITIALIZER, pb.BYTES, join([*((pb.TENSOR_DIMS, pb.VARINT, d) for d in dims), *rest]))
    return graph


def change_settings(rng: random.Random, graph: Fields) -> Fields:
    """Another stride, pad, dilation, group, …, or one more of them."""
    at, node = _one_of(rng, graph, pb.GRAPH_NODE)
    attributes = [i for i, (n, _, _) in enumerate(node) if n == pb.NODE_ATTRIBUTE]
    if attributes and rng.random() < 0.7:
        place = rng.choice(attributes)
        attribute = list(fields_of(node[place][2]))
        numbers = [i for i, (_, w, _) in enumerate(attribute) if w == pb.VARINT]
        chosen = rng.choice(numbers)
        attribute[chosen] = (attribute[chosen][0], pb.VARINT, rng.choice(NUMBERS))
        node[place] = (pb.NODE_ATTRIBUTE, pb.BYTES, join(attribute))
    else:
        name, count = rng.choice(
            (("strides", 2), ("dilations", 2), ("pads", 4), ("kernel_shape", 2), ("output_padding", 2))
        )
        number = rng.choice(NUMBERS)
        added: Fields = [
            (pb.ATTRIBUTE_NAME, pb.BYTES, name.encode()),
            *[(pb.ATTRIBUTE_INTS, pb.VARINT, number)] * count,
        ]
        node.append((pb.NODE_ATTRIBUTE, pb.BYTES, join([*added, (pb.ATTRIBUTE_TYPE, pb.VARINT, pb.INTS)])))
    graph[at] = (pb.GRAPH_NODE, pb.BYTES, join(node))
    return graph


def change_kind(rng: random.Random, graph: Fields) -> Fields:
    """Another operation in the place of one."""
    at, node = _one_of(rng, graph, pb.GRAPH_NODE)
    kind = rng.choice(KINDS).encode()
    graph[at] = (pb.GRAPH_NODE, pb.BYTES, join([(n, w, kind if n == pb.NODE_TYPE else v) for n, w, v in node]))
    return graph


def change_reads(rng: random.Random, graph: Fields) -> Fields:
    """Another value read by an operation, or a setting of the graph's ends."""
    at, node = _one_of(rng, graph, rng.choice((pb.GRAPH_NODE, pb.GRAPH_NODE, pb.GRAPH_INPUT, pb.GRAPH_OUTPUT)))
    if graph[at][0] != pb.GRAPH_NODE:
        graph[at] = (graph[at][0], pb.BYTES, change_field(rng, join(node)))
        return graph
    names = [
        pb.as_text(v).encode()
        for _, _, part in graph
        if isinstance(part, bytes)
        for n, w, v in _fields_or_none(part)
        if n in (1, 2) and w == pb.BYTES
    ]
    places = [i for i, (n, _, _) in enumerate(node) if n in (pb.NODE_INPUT, pb.NODE_OUTPUT)]
    place = rng.choice(places)
    node[place] = (node[place][0], pb.BYTES, rng.choice([*names, b"", b"nobody"]))
    graph[at] = (pb.GRAPH_NODE, pb.BYTES, join(node))
    return graph


def _fields_or_none(part: bytes) -> Fields:
    try:
        return list(fields_of(part))
    except WeightsError:
        return []


def change_arrays(rng: random.Random, data: bytes) -> bytes:
    """Another value, type, shape or number of arrays in an NPZ file; a pickle; a lie about a size;
    zeros without end.
    """
    arrays, card = npz.unpack(data)
    name = rng.choice(sorted(arrays))
    array = np.array(arrays[name])
    text = card.to_json()
    headers: dict[str, str] = {}
    bombs: set[str] = set()
    match rng.randrange(10):
        case 0 | 1 | 2:
            values = array.astype(np.float64).ravel()
            values[[rng.randrange(values.size) for _ in range(rng.choice((1, 100)))]] = rng.choice((*BAD, -7, 0, 2**14))
            with np.errstate(all="ignore"):
                arrays[name] = values.reshape(array.shape).astype(array.dtype)
        case 3:
            arrays[name] = array.astype(
                rng.choice((np.float64, np.float16, np.int8, np.uint64, np.complex64, "U3", "S5", np.bool_, ">f4"))
            )
        case 4:
            arrays[name] = (
                array[..., :-1]
                if array.ndim and rng.random() < 0.5
                else np.repeat(array[None], rng.choice((0, 1, 2)), axis=0)
            )
        case 5:
            del arrays[name]
        case 6:
            bombs.add(name)
        case 7:
            arrays[name] = np.array([{"a": pickle.PickleError}], dtype=object)
        case 8:
            headers[name] = str((10 ** rng.choice((3, 9, 12, 18)),) * rng.choice((1, 3)))
        case _:
            text = changed_card(rng, asdict(card))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, values in {**arrays, npz.CARD: np.frombuffer(text.encode(), np.uint8)}.items():
            if key in bombs:
                with archive.open(f"{key}.npy", "w") as entry:
                    np.lib.format.write_array_header_1_0(
                        entry, {"descr": "|i1", "fortran_order": False, "shape": (BOMB * 2**20,)}
                    )
                    for _ in range(BOMB):
                        entry.write(bytes(2**20))
                continue
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.asarray(values), allow_pickle=True)
            content = stream.getvalue()
            if key in headers:
                shape = str(np.asarray(values).shape)
                content = content.replace(shape.encode(), headers[key].encode()[: len(shape)].ljust(len(shape)), 1)
            archive.writestr(f"{key}.npy", content)
    return file.getvalue()


OF_NETWORKS: tuple[Mutation, ...] = (
    *(change_bytes, change_field, change_field, change_card),
    *map(in_graph, (change_weights, change_sizes, change_settings, change_kind, change_reads)),
)
OF_MODELS: tuple[Mutation, ...] = (change_bytes, change_arrays, change_arrays, change_arrays)


def mutant(seed: int, number: int) -> tuple[str, Entry, bytes]:
    """What was done to which file, and the file."""
    rng = random.Random(f"{seed}/{number}")
    fitted = number % 4 == 3
    stem = rng.choice(MODELS if fitted else NETWORKS)
    name, scale = stem.rsplit("_x", 1)
    entry = weights.find(name, int(scale))
    mutation = rng.choice(OF_MODELS if fitted else OF_NETWORKS)
    data = entry.read()
    for _ in range(rng.choice((1, 1, 1, 2))):
        try:
            data = mutation(rng, data)
        except WeightsError:  # what was damaged once cannot be taken apart again
            break
    return stem, entry, data


def outcome(entry: Entry, data: bytes, folder: Path, engine: str) -> str:
    """What comes of loading and running a file; "image" and "refused" are as they should be."""
    from srcnn.methods import load
    from srcnn.methods.base import Method

    y, x = np.mgrid[:40, :36] / 40
    image = (0.5 + 0.2 * np.sin(7 * x + 3 * y * y) + 0.1 * np.sign(np.sin(20 * x * y + 3 * y))).astype(np.float32)
    method: Method
    try:
        if entry.kind == "onnx":
            path = folder / "stranger.onnx"
            path.write_bytes(data)
            try:
                scale = read_card(data).scale
            except WeightsError:
                scale = entry.card.scale
            method = load(str(path), scale, engine=engine, threads=1)  # type: ignore[arg-type]
        else:
            path = folder / "stranger.npz"
            path.write_bytes(data)
            method = load(str(path), entry.card.scale, threads=1)
        lr = image if method.channels == "luma" else np.dstack([image] * 3)
        sr = method.upscale(lr)
    except (WeightsError, OptionError) as error:
        return f"refused: {error}"
    except BaseException:
        return "traceback: " + traceback.format_exc()
    if sr.shape[:2] != (40 * method.scale, 36 * method.scale):
        return f"wrong size: {sr.shape}"
    return "image" if np.isfinite(sr).all() else "not finite"


def work(seed: int, engine: str) -> None:
    """Answer numbers of mutants on standard input with one line of JSON each."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints is no answer
    with tempfile.TemporaryDirectory() as folder:
        for line in sys.stdin:
            stem, entry, data = mutant(seed, int(line))
            start = time.process_time()
            text = outcome(entry, data, Path(folder), engine)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps([stem, text, time.process_time() - start, peak]), file=answers, flush=True)


class Worker:
    """A process that runs mutants, replaced when it dies, hangs or has grown."""

    def __init__(self, seed: int, engine: str) -> None:
        self._command = [sys.executable, "-W", "error", __file__, "--worker", "--seed", str(seed), "--engines", engine]
        self._process: subprocess.Popen[str] | None = None

    def ask(self, number: int) -> tuple[str, str, float, float]:
        """File, outcome, seconds of a processor and peak memory in MB of a mutant."""
        if self._process is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=self._errors, text=True)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(WAIT, process.kill)
        timer.start()
        start = time.monotonic()
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        timer.cancel()
        if line:
            stem, text, seconds, peak = json.loads(line)
            if peak > MEMORY:
                self.close()
            text = text if peak <= MEMORY else f"memory: {peak:.0f} MB, then {text}"
            return stem, text if seconds <= SECONDS else f"slow: {seconds:.0f} s, then {text}", seconds, peak
        process.communicate()
        self._errors.seek(0)
        errors = self._errors.read().decode(errors="replace")
        self._process = None
        seconds = time.monotonic() - start
        return "", "hang" if seconds >= WAIT else f"crash: exit {process.returncode} {errors[-2000:]}", seconds, 0.0

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def run(count: int, seed: int, engine: str, keep: Path | None) -> bool:
    """Run all mutants by one engine, print what came out, and say whether all was well."""
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(count):
        numbers.put(number)
    answers: dict[int, tuple[str, str, float, float]] = {}

    def drive() -> None:
        worker = Worker(seed, engine)
        while True:
            try:
                number = numbers.get_nowait()
            except queue.Empty:
                break
            answers[number] = worker.ask(number)
        worker.close()

    start = time.monotonic()
    drivers = [threading.Thread(target=drive) for _ in range(WORKERS)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    kinds = Counter(text.split(":")[0] for _, text, _, _ in answers.values())
    longest, peak = (max(answer[column] for answer in answers.values()) for column in (2, 3))
    counts = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
    print(f"{engine}, seed {seed}: {len(answers)} files in {time.monotonic() - start:.0f} s: {counts}")
    print(f"  a file took at most {longest:.1f} s of a processor, a process at most {peak:.0f} MB")
    for number, (stem, text, took, _) in sorted(answers.items()):
        if text.split(":")[0] not in ("image", "refused"):
            print(f"  mutant {number} ({stem}, {took:.1f} s): {text}")
            if keep is not None:
                _, entry, data = mutant(seed, number)
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{engine}-{seed}-{number}.{entry.kind}").write_bytes(data)
    return set(kinds) <= {"image", "refused"}


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engines", default="onnxruntime,openvino")
    parser.add_argument("--keep", type=Path, help="folder for the files that something else came of")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.seed, given.engines)
        return
    well = [run(given.count, given.seed, engine, given.keep) for engine in given.engines.split(",")]
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
