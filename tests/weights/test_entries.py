"""The shipped models: what is opened is what was shipped, and what is written is found again."""

from dataclasses import replace
from pathlib import Path

import pytest

from srcnn import weights
from srcnn.errors import OptionError, WeightsError
from srcnn.weights.card import Card

CARD = Card(name="mine", scale=3, architecture="arrays", parameters=4)


def test_changed_bytes_are_refused(tmp_path: Path) -> None:
    entry = weights.write(b"the weights", CARD, "npz", tmp_path)
    assert entry.read() == b"the weights"
    entry.path.write_bytes(b"the weight!")
    with pytest.raises(WeightsError, match=r"mine_x3\.npz is damaged: its SHA-256 is [0-9a-f]{64}, expected"):
        entry.read()
    entry.path.unlink()
    with pytest.raises(WeightsError, match="cannot read the weights"):
        entry.read()


def test_what_is_written_is_found_at_once_and_replaces_its_like(tmp_path: Path) -> None:
    assert weights.entries(tmp_path) == ()
    weights.write(b"first", CARD, "npz", tmp_path)
    weights.write(b"other scale", replace(CARD, scale=2), "npz", tmp_path)
    second = weights.write(b"second", replace(CARD, notes="again"), "npz", tmp_path)
    assert [(entry.card.scale, entry.read()) for entry in weights.entries(tmp_path)] == [
        (2, b"other scale"),
        (3, b"second"),
    ]
    assert weights.find("mine", 3, tmp_path) == second
    with pytest.raises(OptionError, match="exists for scale 2, 3, not for 4"):
        weights.find("mine", 4, tmp_path)
