"""``srcnn doctor``: the page, the JSON, and a device that does not work."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from srcnn import __version__
from srcnn.benchmark import doctor
from srcnn.benchmark.doctor import Checked, diagnose
from srcnn.cli import main
from srcnn.engine.devices import Device


def test_json_says_what_there_is() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json", "--seconds", "0"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["versions"]["srcnn"] == __version__
    assert found["machine"]["cores"] >= 1
    assert found["engine"] in ("onnxruntime", "openvino")
    assert all(Path(place).exists() for place in found["files"].values())
    by_engine = {row["engine"]: row for row in found["devices"] if row["device"] == "cpu"}
    assert "onnxruntime" in by_engine
    assert by_engine[found["engine"]]["speed"] > 0
    assert not by_engine[found["engine"]]["problem"]


def test_page_has_a_row_for_every_device() -> None:
    done = CliRunner().invoke(main, ["doctor", "--seconds", "0"])
    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert sum(row[:1] == ["cpu"] for row in rows) >= 1
    assert sum(row[-1:] == ["auto"] for row in rows) == 1
    assert ["srcnn", __version__] in rows


def test_a_device_that_does_not_work_stands_in_the_page_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Device("openvino:GPU", "openvino", "GPU")
    monkeypatch.setattr(doctor, "present", lambda: (broken,))
    (row,) = (row for row in diagnose(0).devices if row.device == "openvino:GPU")
    assert row.speed is None
    assert "openvino:GPU" in row.problem


def test_exit_code_when_nothing_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_checked", lambda device, seconds: Checked("cpu", device.engine, None, "no\nluck"))
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert r"no\nluck" in done.stdout
