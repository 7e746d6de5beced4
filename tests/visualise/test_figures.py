"""The door to Matplotlib."""

import sys

import pytest

from srcnn.errors import MissingExtraError
from srcnn.visualise.canvas import Sheet
from srcnn.visualise.curve import draw_learning_curve
from srcnn.visualise.curves import draw_curves
from srcnn.visualise.figures import printable
from srcnn.weights.log import LogRow


def test_without_matplotlib_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"drawing figures needs matplotlib: pip install 'srcnn\[bench\]'"):
        Sheet(10, 10).encode()


def test_letters_that_the_font_lacks_become_question_marks() -> None:
    assert printable("é → 図") == "é → ?"


def test_names_in_other_scripts_are_drawn_without_warnings() -> None:  # which are errors here
    row = LogRow(1, 0.1, 1e-3, 0.1, 30.0)
    assert draw_learning_curve([row], "모델", baselines={"기준": 28.0})
    assert draw_curves({"변형": [(1, 30.0), (2, 31.0)]}, "연구", levels={"기준": 28.0})
