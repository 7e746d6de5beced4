"""The door to Matplotlib."""

import sys

import pytest

from srcnn.errors import MissingExtraError
from srcnn.visualise.canvas import Sheet


def test_without_matplotlib_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"drawing figures needs matplotlib: pip install 'srcnn\[bench\]'"):
        Sheet(10, 10).encode()
