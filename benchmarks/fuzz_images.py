"""Damaged and lying image files: reading one gives an image or an `ImageError`, within bounds of memory and time.

Run it as ``python benchmarks/fuzz_images.py`` (10,000 files, about ten minutes on two cores); ``--index N`` looks at
one file again.
Small valid files of every readable format are changed: bits, bytes, cuts, splices, numbers in their headers, their
chunks, segments, tags. File N of a seed is the same everywhere where the encoders are, so a failure can be looked at
again.
The files are read in processes of their own, under a limit of address space, so that a crash and a bomb are seen.
"""

import argparse
import collections
import io
import json
import queue
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np

Bytes = bytes | bytearray
Rng = np.random.Generator

ADDRESS_SPACE = 6 << 30  # bytes; libraries and threads take more than one gigabyte of it
MOST_MEMORY = 2048  # MB that one file may add
MOST_SECONDS = 60.0
_NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    255,
    256,
    4095,
    16383,
    16384,
    32767,
    32768,
    65535,
    65536,
    10**6,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
)


def valid_files() -> dict[str, bytes]:
    """Small files of every readable format and most of their kinds, by name; the format comes first in it."""
    import pyvips
    from PIL import Image

    rows, columns = np.mgrid[:24, :32]
    rgb = np.dstack([rows * 10, columns * 8, (rows * columns) % 256]).astype(np.uint8)
    image = Image.fromarray(rgb)
    turned = image.rotate(40)
    alpha = Image.fromarray(np.dstack([rgb, (rows * 9 + 30).astype(np.uint8)]))
    deep = pyvips.Image.new_from_array(np.dstack([rgb, rgb[..., 0]]).astype(np.uint16) * 250).copy(
        interpretation="rgb16"
    )
    icc = bytes(pyvips.Image.profile_load("srgb"))
    exif = Image.Exif()
    exif[271], exif[274], exif[282] = "Maker", 6, 300.0
    exif[34665] = {36867: "2016:02:01 12:00:00"}

    def saved(made: Image.Image, name: str, **options: Any) -> bytes:
        stream = io.BytesIO()
        made.save(stream, name, **options)
        return stream.getvalue()

    described = {"icc_profile": icc, "exif": exif.tobytes(), "dpi": (100, 200)}
    several = {"save_all": True, "append_images": [turned, image]}
    files = {
        "PNG rgb": saved(image, "PNG"),
        "PNG described": saved(image, "PNG", **described),
        "PNG alpha": saved(alpha, "PNG"),
        "PNG palette": saved(image.quantize(16), "PNG", transparency=3),
        "PNG 1-bit": saved(image.convert("1"), "PNG"),
        "PNG deep": bytes(deep.pngsave_buffer()),
        "PNG interlaced": bytes(deep.pngsave_buffer(interlace=True)),
        "PNG animated": saved(image, "PNG", **several),
        "JPEG plain": saved(image, "JPEG"),
        "JPEG described": saved(image, "JPEG", **described),
        "JPEG progressive": saved(image, "JPEG", progressive=True, restart_marker_blocks=2),
        "JPEG grey": saved(image.convert("L"), "JPEG"),
        "JPEG cmyk": saved(image.convert("CMYK"), "JPEG"),
        "WEBP lossy": saved(image, "WEBP", quality=70),
        "WEBP lossless": saved(alpha, "WEBP", lossless=True),
        "WEBP alpha": saved(alpha, "WEBP", quality=50, exif=exif.tobytes(), icc_profile=icc),
        "WEBP animated": saved(image, "WEBP", **several),
        "AVIF rgb": saved(image, "AVIF", speed=10),
        "AVIF alpha": saved(alpha, "AVIF", speed=10, exif=exif.tobytes()),
        "AVIF animated": saved(image, "AVIF", speed=10, **several),
        "AVIF deep": bytes(deep.heifsave_buffer(compression="av1", bitdepth=10, effort=0)),
        "BMP rgb": saved(image, "BMP"),
        "BMP palette": saved(image.quantize(16), "BMP"),
        "BMP 1-bit": saved(image.convert("1"), "BMP"),
        "BMP alpha": saved(alpha, "BMP"),
        "GIF plain": saved(image, "GIF"),
        "GIF transparent": saved(image.quantize(8), "GIF", transparency=2),
        "GIF animated": saved(image, "GIF", **several),
        "TIFF cmyk": saved(image.convert("CMYK"), "TIFF"),
        "TIFF ycbcr": saved(image.convert("YCbCr"), "TIFF"),
        "TIFF palette": saved(image.quantize(16), "TIFF"),
        "TIFF fax": saved(image.convert("1"), "TIFF", compression="group4"),
        "TIFF pages": saved(image, "TIFF", **several),
        "TIFF described": saved(image, "TIFF", icc_profile=icc, dpi=(100, 200), software="Software"),
        "TIFF big": bytes(deep.tiffsave_buffer(bigtiff=True, tile=True, tile_width=16, tile_height=16)),
        "TIFF jpeg": bytes(
            pyvips.Image.new_from_array(rgb).copy(interpretation="srgb").tiffsave_buffer(compression="jpeg")
        ),
    }
    files |= {
        "PNM rgb": saved(image, "PPM"),
        "PNM grey": saved(image.convert("L"), "PPM"),
        "PNM bits in words": b"P1\n# drawn\n5 4\n" + b"1 0 1 0 1 " * 4,
        "PNM deep in words": b"P2 5 4 1000\n" + b"999 0 17 3 5 " * 4,
        "PNM rgb in words": b"P3 2 2 255\n" + b"1 2 3 " * 4,
        "TGA alpha": saved(alpha, "TGA"),
        "TGA runs": saved(image, "TGA", compression="tga_rle"),
        "ICO alpha": saved(alpha, "ICO", sizes=[(16, 16), (24, 18)]),
        "JP2 rgb": saved(image, "JPEG2000"),
        "JP2 alpha": saved(alpha, "JPEG2000"),
    }
    for package, kind in (("pillow_heif", "HEIF"), ("pillow_jxl", "JXL")):  # of the extras, where they are installed
        if find_spec(package) is not None:
            module = import_module(package)
            if kind == "HEIF":
                module.register_heif_opener()
            files |= {f"{kind} rgb": saved(image, kind), f"{kind} alpha": saved(alpha, kind)}
    for compression in ("none", "lzw", "deflate", "packbits"):
        files[f"TIFF deep {compression}"] = bytes(deep.tiffsave_buffer(compression=compression))
    return files


# Changes that know nothing of formats


def flip_bits(data: bytearray, rng: Rng) -> Bytes:
    for _ in range(rng.integers(1, 9)):
        data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    return data


def set_bytes(data: bytearray, rng: Rng) -> Bytes:
    at, count = int(rng.integers(len(data))), int(rng.integers(1, 17))
    data[at : at + count] = rng.bytes(count) if rng.random() < 0.5 else bytes([int(rng.choice([0, 255]))]) * count
    return data


def set_number(data: bytearray, rng: Rng) -> Bytes:
    """A number that means trouble, of two, four or eight bytes, most likely near the beginning."""
    code = str(rng.choice(["<H", ">H", "<I", ">I", "<Q", ">Q"]))
    size = struct.calcsize(code)
    reach = len(data) - size if rng.random() < 0.4 else min(len(data) - size, 64)
    value = int(rng.choice(_NUMBERS)) & (2 ** (8 * size) - 1)
    struct.pack_into(code, data, int(rng.integers(max(reach, 1))), value)
    return data


def cut(data: bytearray, rng: Rng) -> Bytes:
    return data[: int(rng.integers(len(data)))]


def remove(data: bytearray, rng: Rng) -> Bytes:
    at = int(rng.integers(len(data)))
    del data[at : at + int(rng.integers(1, 65))]
    return data


def repeat(data: bytearray, rng: Rng) -> Bytes:
    at, count = int(rng.integers(len(data))), int(rng.integers(1, 65))
    data[at:at] = data[at : at + count] * int(rng.integers(1, 9))
    return data


# Changes of chunks, segments and tags


def change_png(data: bytearray, rng: Rng) -> Bytes:
    """Chunks changed, left out, repeated or moved; their checksums are right again, so that a reader looks inside."""
    from srcnn.files.png import SIGNATURE, chunks

    found = [(chunk.name, chunk.content(bytes(data))) for chunk in chunks(bytes(data))]
    if not found:
        return data
    at = int(rng.integers(len(found)))
    name, content = found[at]
    match int(rng.integers(6)):
        case 0:
            del found[at]
        case 1:
            found.insert(int(rng.integers(len(found) + 1)), found[at])
        case 2:
            found[at] = (
                bytes(rng.choice([b"tRNS", b"PLTE", b"iCCP", b"zTXt", b"eXIf", b"pHYs", b"acTL", b"fcTL"])),
                content,
            )
        case 3:
            text = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n   9\n" + rng.bytes(300).hex().encode())
            found.insert(1, (b"zTXt", text))
        case 4:
            head = bytearray(found[0][1])
            if len(head) >= 13:
                struct.pack_into(">I", head, int(rng.choice([0, 4])), int(rng.choice(_NUMBERS)) & 0xFFFFFFFF)
                head[8 + int(rng.integers(5))] = int(rng.choice([0, 1, 2, 3, 4, 6, 8, 16]))
            found[0] = (found[0][0], bytes(head))
        case _:
            changed = bytearray(content or b"\0")
            found[at] = (name, bytes(set_bytes(changed, rng)))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in found
    )


def change_jpeg(data: bytearray, rng: Rng) -> Bytes:
    """Markers, lengths, sizes of the frame, repeated segments and scans."""
    markers = [at for at in range(len(data) - 4) if data[at] == 0xFF and 0xC0 <= data[at + 1] <= 0xFE]
    if not markers:
        return data
    at = int(rng.choice(markers))
    match int(rng.integers(4)):
        case 0:
            data[at + 1] = int(rng.integers(0xC0, 0xFF))
        case 1:
            struct.pack_into(">H", data, at + 2, int(rng.choice(_NUMBERS)) & 0xFFFF)
        case 2:
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            data[at:at] = data[at:end] * int(rng.integers(1, 200))
        case _:
            frames = [m for m in markers if data[m + 1] in (0xC0, 0xC1, 0xC2) and m + 12 < len(data)]
            if frames:
                struct.pack_into(">H", data, frames[0] + int(rng.choice([5, 7])), int(rng.choice(_NUMBERS)) & 0xFFFF)
                data[frames[0] + int(rng.choice([4, 9, 11]))] = int(
                    rng.choice([1, 2, 3, 4, 8, 12, 16, 0x11, 0x22, 0x44])
                )
    return data


def change_tiff(data: bytearray, rng: Rng) -> Bytes:
    """Tag, type, count or value of an entry of the first directory."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    (start,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    if start + 8 > len(data):
        return data
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, start)
    size, first = (20, start + 8) if big else (12, start + 2)
    at = first + size * int(rng.integers(max(count, 1)))
    if at + size > len(data):
        return data
    wanted = (
        254,
        256,
        257,
        258,
        259,
        262,
        266,
        273,
        277,
        278,
        279,
        284,
        317,
        320,
        322,
        323,
        330,
        338,
        339,
        530,
        34665,
        34675,
    )
    place = order + str(rng.choice(["H", "I"]))
    value = int(rng.choice(_NUMBERS)) & (2 ** (8 * struct.calcsize(place)) - 1)
    match int(rng.integers(4)):
        case 0:
            struct.pack_into(order + "H", data, at, int(rng.choice(wanted)))
        case 1:
            struct.pack_into(order + "H", data, at + 2, int(rng.integers(20)))
        case 2:
            struct.pack_into(place, data, at + 4, value)
        case _:
            struct.pack_into(
                place, data, at + (12 if big else 8), value if rng.random() < 0.6 else int(rng.integers(10))
            )
    return data


def change_sizes(data: bytearray, rng: Rng) -> Bytes:
    """The fields that tell width and height of an image: what a bomb changes."""
    value = int(rng.choice([100, 1000, 5000, 10_000, 14_000, 16_383, 20_000, 65_535]))
    fields: list[tuple[int, str]] = []
    if data[:3] == b"GIF":
        fields = [(6, "<H"), (8, "<H")]
        frame = data.find(b",", 13)
        fields += [(frame + 5, "<H"), (frame + 7, "<H")] if frame > 0 else []
    elif data[:2] == b"BM":
        fields = [(18, "<I"), (22, "<I")]
    elif data[8:12] == b"WEBP":
        fields = [(24, "<H"), (27, "<H")] if data[12:16] == b"VP8X" else [(26, "<H"), (28, "<H")]
        fields = [(21, "<I")] if data[12:16] == b"VP8L" else fields
        value = value & 0x3FFF | (value & 0x3FFF) << 14 if data[12:16] == b"VP8L" else value
    elif data[4:8] == b"ftyp":
        at = data.find(b"ispe")
        fields = [(at + 8, ">I"), (at + 12, ">I")] if at > 0 else []
    for at, code in fields:
        if at + struct.calcsize(code) <= len(data):
            struct.pack_into(code, data, at, value & (2 ** (8 * struct.calcsize(code)) - 1))
    return data


Change = Callable[[bytearray, Rng], Bytes]
_PLAIN: tuple[Change, ...] = (flip_bits, set_bytes, set_number, set_number, cut, remove, repeat)
_STRUCTURAL: dict[str, Change] = {"PNG": change_png, "JPEG": change_jpeg, "TIFF": change_tiff}


def mutant(files: dict[str, bytes], seed: int, index: int) -> tuple[str, bytes]:
    """File ``index`` of a seed: which file it was, and its bytes after one to four changes."""
    rng = np.random.default_rng((seed, index))
    name = sorted(files)[index % len(files)]
    structural = _STRUCTURAL.get(name.split()[0], change_sizes)
    data: Bytes = files[name]
    for _ in range(rng.integers(1, 5)):
        change = structural if rng.random() < 0.5 else _PLAIN[int(rng.integers(len(_PLAIN)))]
        try:
            data = change(bytearray(data), rng) or b"\0"
        except (struct.error, ValueError, IndexError):  # what is broken already has no place for this change
            continue
    return name, bytes(data)


# Working through them


def look(data: bytes) -> tuple[str, str]:
    """What reading gives: "image", "refused" or "failed", and the text of the error."""
    import traceback

    from srcnn.errors import ImageError
    from srcnn.files.decoding import decode

    try:
        picture = decode(data)
    except ImageError as error:
        return ("refused", str(error)) if "\n" not in str(error) else ("failed", f"an error of several lines: {error}")
    except BaseException:
        return "failed", traceback.format_exc()
    return "image", f"{picture.pixels.shape} {picture.pixels.dtype}"


def peak_memory(*, forget: bool = False) -> float:
    """The most memory of this process so far, or since it was told to ``forget``, in MB."""
    try:
        if forget:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return float(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):  # not Linux: what cannot be reset never falls
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def work(seed: int, indices: range) -> None:
    """Look at some of the files; one line of JSON before and one after each."""
    import logging

    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    files = valid_files()
    for name, data in files.items():
        outcome, text = look(data)
        assert outcome == "image", f"{name}: {text}"
    for index in indices:
        name, data = mutant(files, seed, index)
        print(json.dumps({"begin": index, "name": name}), flush=True)
        before, start = peak_memory(forget=True), time.perf_counter()
        outcome, text = look(data)
        seconds = time.perf_counter() - start
        line = {"index": index, "name": name, "outcome": outcome, "text": text, "bytes": len(data)}
        print(json.dumps(line | {"seconds": seconds, "memory": peak_memory() - before}), flush=True)


def _lines(stream: IO[str], into: "queue.Queue[str | None]") -> None:
    for line in stream:
        into.put(line)
    into.put(None)


def results(seed: int, indices: range) -> Iterator[dict[str, Any]]:
    """Results of the given files from a process that is begun again whenever a file ends it."""
    while indices:
        with tempfile.TemporaryFile("w+") as errors:
            call = [
                sys.executable,
                __file__,
                "--seed",
                str(seed),
                "--worker",
                f"{indices.start}:{indices.stop}:{indices.step}",
            ]
            process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=errors, text=True)
            lines: queue.Queue[str | None] = queue.Queue()
            assert process.stdout is not None
            threading.Thread(target=_lines, args=(process.stdout, lines), daemon=True).start()
            begun: dict[str, Any] = {}
            why = ""
            while True:
                try:
                    line = lines.get(timeout=MOST_SECONDS if begun else None)
                except queue.Empty:
                    why = f"more than {MOST_SECONDS:g} s"
                    break
                if line is None:
                    break
                said = json.loads(line)
                if "begin" in said:
                    begun = said
                else:
                    begun, indices = {}, indices[1:]
                    yield said
            process.kill()
            process.wait()
            if not indices:
                return
            errors.seek(0)
            if not begun:
                raise RuntimeError(f"a worker ended before it began: {errors.read()[-2000:]}")
            why = why or f"the process ended with {process.returncode}: {errors.read()[-1000:]}"
            yield begun | {
                "index": begun["begin"],
                "outcome": "failed",
                "text": why,
                "bytes": 0,
                "seconds": 0.0,
                "memory": 0.0,
            }
            indices = indices[1:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="how many files (default 10000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--index", type=int, help="read this file alone, here, and write it to mutant.bin")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        start, stop, step = (int(part) for part in options.worker.split(":"))
        work(options.seed, range(start, stop, step))
        return 0
    if options.index is not None:
        name, data = mutant(valid_files(), options.seed, options.index)
        Path("mutant.bin").write_bytes(data)
        print(name, *look(data), sep="\n")
        return 0
    begin = time.perf_counter()
    found: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def run(first: int) -> None:
        try:
            for result in results(options.seed, range(first, options.count, options.workers)):
                found.put(result)
        finally:
            found.put(None)

    for first in range(options.workers):
        threading.Thread(target=run, args=(first,), daemon=True).start()
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    failed, running = [], options.workers
    slowest: dict[str, Any] = {"seconds": 0.0}
    largest: dict[str, Any] = {"memory": 0.0}
    while running:
        result = found.get()
        if result is None:
            running -= 1
            continue
        counts[result["name"].split()[0], result["outcome"]] += 1
        if result["outcome"] == "failed" or result["memory"] > MOST_MEMORY or result["seconds"] > MOST_SECONDS:
            failed.append(result)
            print(f"file {result['index']} ({result['name']}): {result['text']}", flush=True)
        slowest = max(slowest, result, key=lambda r: r["seconds"])
        largest = max(largest, result, key=lambda r: r["memory"])
    print(f"{'format':8}{'pictures':>10}{'refused':>10}{'failed':>10}")
    for name in sorted({name for name, _ in counts}):
        print(f"{name:8}" + "".join(f"{counts[name, outcome]:10}" for outcome in ("image", "refused", "failed")))
    total = sum(counts.values())
    print(f"{total} files, seed {options.seed}, {time.perf_counter() - begin:.0f} s: {len(failed)} failures")
    for what, result, unit in (("seconds", slowest, "s"), ("memory", largest, "MB")):
        print(
            f"most {what}: {result[what]:.2f} {unit}, file {result.get('index')} ({result.get('name')}): "
            f"{result.get('text')}"
        )
    return 1 if failed or total != options.count else 0


if __name__ == "__main__":
    sys.exit(main())
