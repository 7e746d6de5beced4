"""Methods that are kept open for the next image."""

import gc
import weakref
from pathlib import Path
from typing import Any

from srcnn.methods.base import Options
from srcnn.methods.kept import KeptMethods
from srcnn.methods.network import NetworkMethod
from srcnn.wear import Wear


def test_a_method_is_opened_once_for_its_settings() -> None:
    kept = KeptMethods()
    method = kept.of("plain-s", 2, Options(threads=1))
    assert kept.of("plain-s", 2, Options(threads=1)) is method
    assert kept.of("plain-s", 2, Options(threads=2)) is not method
    assert kept.of("photo", 2, Options(wear=Wear(50))) is not kept.of("photo", 2, Options(wear=Wear(60)))


def test_a_file_that_has_changed_is_opened_again(make_network: Any, tmp_path: Path) -> None:
    path, kept = tmp_path / "a.onnx", KeptMethods()
    path.write_bytes(make_network((3, 3), (2,), seed=0))
    first = kept.of(str(path), 3, Options())
    assert kept.of(str(path), 3, Options()) is first
    path.write_bytes(make_network((3, 3), (4,), seed=1))
    assert kept.of(str(path), 3, Options()) is not first


def test_what_is_closed_is_let_go() -> None:
    kept = KeptMethods()
    method = kept.of("plain-s", 2, Options(threads=1))
    assert isinstance(method, NetworkMethod)
    session = weakref.ref(method.session)
    kept.close()
    del method
    gc.collect()
    assert session() is None
