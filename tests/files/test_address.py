"""Addresses behave like paths, and storages are reached through fsspec: its memory, its local files, a real server."""

import builtins
import importlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from srcnn.batch import run
from srcnn.errors import ImageError, MissingExtraError, OptionError
from srcnn.files.address import Address, check_storage, download, exists, upload
from srcnn.files.address_listing import stream_files
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Picture
from srcnn.output import WriteOptions
from srcnn.planning import Outcome, Plan, plan
from srcnn.sizes import TargetSize
from srcnn.upscale_file import UpscaleFile

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (extra 'remote')")
WORK = UpscaleFile(size=TargetSize(scale=2), model="bicubic")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.png"
    write_image(path, Picture(np.arange(20, dtype=np.uint8).reshape(4, 5)))
    return path


@pytest.fixture
def bucket(image: Path) -> Iterator[Any]:
    """a.png, b.JPG (no image), notes.txt, .hidden.png, sub/c.png in ``memory://bucket``."""
    memory = fsspec.filesystem("memory")
    for name in ("a.png", "notes.txt", ".hidden.png", "sub/c.png", "sub/.trash/d.png"):
        memory.pipe_file(f"/bucket/{name}", image.read_bytes())
    memory.pipe_file("/bucket/b.JPG", b"no image")
    yield memory
    memory.rm("/bucket", recursive=True)


def states(found: Plan, **options: Any) -> list[str]:
    return [outcome.state for outcome in run(found, WORK, **options)]


def size(fs: Any, path: str, tmp_path: Path) -> tuple[int, ...]:
    (tmp_path / "copy").write_bytes(fs.cat_file(path))
    return read_image(tmp_path / "copy").pixels.shape


# Names
# ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "name", "parent"),
    [
        ("s3://bucket/a/b.c.png", "b.c.png", "s3://bucket/a"),
        ("s3://bucket/what?.png", "what?.png", "s3://bucket"),
        ("https://host/my%20photo.jpg?sig=a/b.png#x", "my photo.jpg", "https://host"),
        ("https://host/a%2Fb.jpg", "a_b.jpg", "https://host"),
        ("memory://x/folder/", "folder", "memory://x"),
    ],
)
def test_the_parts_of_an_address(url: str, name: str, parent: str) -> None:
    address = Address(url)
    assert (address.name, str(address.parent), str(address)) == (name, parent, url)
    assert address.suffix == Path(name).suffix
    assert address.stem == Path(name).stem


def test_addresses_are_joined_as_paths_are() -> None:
    folder = Address("s3://bucket/out/")
    assert folder / Path("sub/a.png") == Address("s3://bucket/out/sub/a.png")
    assert folder / Path() / "a.png" == Address("s3://bucket/out/a.png")
    assert Address("s3://b/x/y/a.png").relative_to(Address("s3://b/x")).as_posix() == "y/a.png"
    assert Address("s3://b/a.png").with_name("c.png") == Address("s3://b/c.png")


# A storage
# ----------------------------------------------------------------------------------------------------------------------


def test_folders_and_patterns_of_a_storage(bucket: Any) -> None:
    root, files = stream_files(Address("memory://bucket")) or (Address("x://"), iter(()))
    found = list(files)
    assert str(root) == "memory:///bucket"
    assert [str(file.address.relative_to(root)) for file in found] == ["a.png", "b.JPG", "notes.txt", "sub/c.png"]
    assert found[0].size == bucket.size("/bucket/a.png") > 0
    for pattern, names in (("**/*.png", ["a.png", "c.png"]), ("*.png", ["a.png"]), ("s?b/*", ["c.png"])):
        _, files = stream_files(Address(f"memory://bucket/{pattern}")) or (root, iter(()))
        assert [file.address.name for file in files] == names
    assert stream_files(Address("memory://bucket/a.png")) is None


def test_from_storage_to_storage(bucket: Any, tmp_path: Path) -> None:
    found = plan(["memory://bucket"], "memory://bucket/large/", suffix="")
    assert sorted(states(found)) == ["done", "done", "failed"]
    assert bucket.find("/bucket/large") == ["/bucket/large/a.png", "/bucket/large/sub/c.png"]
    assert size(bucket, "/bucket/large/sub/c.png", tmp_path) == (8, 10)
    assert states(plan(["memory://bucket/a.png"], "memory://bucket/large/")) == ["skipped"]


def test_results_beside_their_inputs_are_left_out_the_next_time(bucket: Any) -> None:
    assert states(plan(["memory://bucket/*.png"], suffix="_x2")) == ["done"]
    assert states(plan(["memory://bucket/*.png"], suffix="_x3")) == ["done", "left out"]
    assert [path.split("/")[-1] for path in bucket.glob("/bucket/a*")] == ["a.png", "a_x2.png", "a_x3.png"]


def test_what_fails_is_named_by_its_address(bucket: Any, tmp_path: Path) -> None:
    found = plan(["memory://bucket/b.JPG", "memory://bucket/none.png"], tmp_path / "out/")
    failures = list(run(found, WORK))
    assert [outcome.state for outcome in failures] == ["failed"] * 2
    assert failures[0].message.startswith("cannot read memory://bucket/b.JPG: it is not an image")
    assert failures[1].message == "cannot read memory://bucket/none.png: there is no such file or folder"


def test_an_empty_folder_of_a_storage_is_no_failure(bucket: Any) -> None:
    bucket.makedirs("/bucket/empty")
    found = plan(["memory://bucket/empty"], "out/")
    assert (found.failed, len(found.left_out)) == ((), 1)
    assert len(plan(["memory://bucket/*.webp"], "out/").failed) == 1


def test_a_failed_upload_leaves_nothing(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Address(f"file://{tmp_path}/out/a.png")

    def torn(self: Any, source: str, target: str, **options: Any) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    local = type(fsspec.filesystem("file"))
    with monkeypatch.context() as patch:
        patch.setattr(local, "put_file", torn)
        with pytest.raises(ImageError, match=r"cannot write file://.*: no space left on device"):
            upload(image, target)
    assert not exists(target)
    upload(image, target)
    assert (tmp_path / "out" / "a.png").read_bytes() == image.read_bytes()


# A server
# ----------------------------------------------------------------------------------------------------------------------


class Server(BaseHTTPRequestHandler):
    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        data = self.files.get(self.path.split("?")[0])
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data or b"")

    do_HEAD = do_GET  # noqa: N815

    def do_PUT(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while length := int(self.rfile.readline(), 16):
                data += self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers["Content-Length"]))
        self.files[self.path] = data
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(image: Path) -> Iterator[str]:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed (extra 'remote')")
    Server.files = {"/my%20photo.png": image.read_bytes()}
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()
        thread.join()


def test_an_image_of_a_server_is_read_and_its_result_put(server: str, tmp_path: Path) -> None:
    source = f"{server}/my%20photo.png?token=[1]"
    assert states(plan([source], tmp_path / "out/", suffix="_x2")) == ["done"]
    assert read_image(tmp_path / "out" / "my photo_x2.png").pixels.shape == (8, 10)
    assert states(plan([source], f"{server}/large.png")) == ["done"]
    assert Server.files["/large.png"] == (tmp_path / "out" / "my photo_x2.png").read_bytes()
    (missing,) = run(plan([f"{server}/none.png"], tmp_path / "out/"), WORK)
    assert isinstance(missing, Outcome)
    assert missing.message == f"cannot read {server}/none.png: there is no such file or folder"


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed (extra 'remote')")
    with pytest.raises(ImageError, match=r"cannot read http://127.0.0.1:9/a\.png: "):
        download(Address("http://127.0.0.1:9/a.png"), tmp_path / "a.png")


def test_a_result_cannot_lie_beside_an_image_of_the_web() -> None:
    with pytest.raises(OptionError, match="give --output"):
        plan(["https://example.org/a.png"], suffix="_x2")


# What is missing
# ----------------------------------------------------------------------------------------------------------------------


def test_an_unknown_storage_is_named(tmp_path: Path) -> None:
    (failure,) = plan(["nowhere://a/b.png"], tmp_path / "out/").failed
    assert failure.message.startswith("nowhere://a/b.png: fsspec knows no storage called nowhere://")
    with pytest.raises(OptionError, match="nowhere://"):
        plan(["a.png"], "nowhere://a/")


def test_the_library_of_a_storage_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = importlib.import_module("fsspec.registry")
    known = {"class": "no_such_library.FileSystem", "err": "Install no_such_library to access it"}
    monkeypatch.setitem(registry.known_implementations, "special", known)
    with pytest.raises(MissingExtraError, match="special://a/: Install no_such_library to access it"):
        check_storage(Address("special://a/"))


def test_without_fsspec_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def missing(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("fsspec"):
            raise ImportError(name)
        return plain(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"s3:// needs fsspec: pip install 'srcnn\[remote\]'"):
        check_storage(Address("s3://bucket/a.png"))


def test_the_date_that_is_kept_is_that_of_the_storage(bucket: Any, tmp_path: Path) -> None:
    bucket.store["/bucket/a.png"].modified = datetime(2001, 2, 3, tzinfo=UTC)
    work = replace(WORK, options=WriteOptions(keep_date=True))
    (outcome,) = run(plan(["memory://bucket/a.png"], tmp_path / "a.png"), work)
    assert outcome.state == "done"
    assert (tmp_path / "a.png").stat().st_mtime == datetime(2001, 2, 3, tzinfo=UTC).timestamp()
