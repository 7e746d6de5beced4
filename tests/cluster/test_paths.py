"""Models given by their path are found from every folder."""

from pathlib import Path

import pytest

from srcnn.cluster.paths import everywhere


@pytest.mark.parametrize("name", ["fast", "best+tta", "auto"])
def test_names_stay(name: str) -> None:
    assert everywhere(name) == name


@pytest.mark.parametrize("ending", ["", "+tta"])
def test_files_get_absolute_paths(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "model.onnx").touch()
    monkeypatch.chdir(tmp_path)
    assert everywhere(f"runs/model.onnx{ending}") == f"{tmp_path}/runs/model.onnx{ending}"
