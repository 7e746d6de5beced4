"""One hash over files, whatever their names."""

from pathlib import Path

from srcnn.files.digest import files_sha256


def test_the_hash_follows_bytes_and_order_and_no_names(tmp_path: Path) -> None:
    one, two, three, again = (tmp_path / name for name in ("one", "two", "three", "again"))
    for path, data in ((one, b"1"), (two, b"2"), (three, b"3"), (again, b"1")):
        path.write_bytes(data)
    assert files_sha256([one, two]) != files_sha256([two, one])
    assert files_sha256([one, two]) != files_sha256([one, three])
    assert files_sha256([one, two]) == files_sha256([again, two])
