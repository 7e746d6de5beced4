"""Listings of S3, page by page."""

from typing import Any

import pytest

from srcnn.errors import ImageError
from srcnn.files import address_listing
from srcnn.files.address import Address
from srcnn.files.address_listing import stream_files


class Bucket:
    """Answers as s3fs does, two names a page."""

    def __init__(self, keys: list[str], fails_at: int = 99) -> None:
        self.keys = sorted(keys)
        self.pages = 0
        self.fails_at = fails_at

    def isdir(self, path: str) -> bool:
        return not path.endswith("*.png")

    def exists(self, path: str) -> bool:
        return False

    def unstrip_protocol(self, path: str) -> str:
        return f"s3://{path}"

    def call_s3(self, method: str, *, Bucket: str, Prefix: str, ContinuationToken: str = "0") -> dict[str, Any]:  # noqa: N803
        assert (method, Bucket) == ("list_objects_v2", "bucket")
        self.pages += 1
        if self.pages >= self.fails_at:
            raise OSError(5, "Slow down")
        keys = [key for key in self.keys if key.startswith(Prefix)]
        start = int(ContinuationToken)
        page = {"Contents": [{"Key": key, "Size": len(key)} for key in keys[start : start + 2]]}
        return page | {"IsTruncated": start + 2 < len(keys), "NextContinuationToken": str(start + 2)}


KEYS = ["in/a.png", "in/", "in/.b/c.png", "in/b.jpg", "in/sub/d.png", "inside/e.png", "in/f.png"]


def found_in(bucket: Bucket, address: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(address_listing, "opened", lambda given: (bucket, given.url.removeprefix("s3://")))
    root, files = stream_files(Address(address)) or (None, iter(()))
    assert str(root) == "s3://bucket/in"
    return files


def test_a_folder_is_what_begins_with_its_name_and_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    files = list(found_in(Bucket(KEYS), "s3://bucket/in", monkeypatch))
    assert [(str(file.address), file.size) for file in files] == [
        (f"s3://bucket/{key}", len(key)) for key in ("in/a.png", "in/b.jpg", "in/f.png", "in/sub/d.png")
    ]


def test_a_pattern_takes_of_it_what_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed (extra 'remote')")
    files = found_in(Bucket(KEYS), "s3://bucket/in/*.png", monkeypatch)
    assert [file.address.name for file in files] == ["a.png", "f.png"]


def test_pages_are_asked_for_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket([f"in/{n:04}.png" for n in range(1000)])
    files = found_in(bucket, "s3://bucket/in", monkeypatch)
    for _ in range(5):
        next(files)
    assert bucket.pages == 3


def test_a_storage_that_fails_in_the_middle_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    files = found_in(Bucket(KEYS, fails_at=2), "s3://bucket/in", monkeypatch)
    with pytest.raises(ImageError, match=r"cannot reach s3://bucket/in: slow down"):
        list(files)
