"""The index of a folder of models."""

import subprocess
import sys
from pathlib import Path

from srcnn.weights import entries, write
from srcnn.weights.card import Card


def test_writing_keeps_what_another_process_has_added(tmp_path: Path) -> None:
    cards = [Card(name=name, scale=2, architecture="", parameters=0) for name in ("one", "three")]
    write(b"1", cards[0], "npz", tmp_path)
    assert len(entries(tmp_path)) == 1
    code = "import sys, pathlib; from srcnn.weights import write; from srcnn.weights.card import Card; "
    code += "write(b'2', Card(name='two', scale=2, architecture='', parameters=0), 'npz', pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    write(b"3", cards[1], "npz", tmp_path)
    assert [entry.card.name for entry in entries(tmp_path)] == ["one", "three", "two"]
