"""The file that ``srcnn page`` writes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import srcnn.page
from srcnn.cli import main
from srcnn.errors import OptionError
from srcnn.page import MODELS, make_page
from srcnn.page.packing import as_floats, packed
from srcnn.web import bundled

FOLDER = Path(srcnn.page.__file__).parent
LARGEST = 400_000  # bytes, which is a promise


@pytest.fixture(scope="module")
def html() -> str:
    return make_page()


def script_of(html: str, attributes: str) -> str:
    found = re.search(rf"<script{attributes}>(.*?)</script>", html, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_is_small_and_complete(html: str) -> None:
    assert len(html.encode()) < LARGEST
    assert "{{" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:,)""", html), "the page would load something"
    assert "https://" not in html


def test_the_policy_allows_the_scripts_of_the_page_alone(html: str) -> None:
    digest = base64.b64encode(hashlib.sha256(script_of(html, "").encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert f"script-src 'sha256-{digest}' 'wasm-unsafe-eval';" in policy[1]
    assert policy[1].startswith("default-src 'none'; ")


def test_every_scale_is_there(html: str) -> None:
    networks = json.loads(script_of(html, ' type="application/json" id="networks"'))
    assert next(iter(networks["models"])) == "fast"
    assert set(networks["models"]) <= set(MODELS)
    assert list(networks["models"]["fast"]) == ["2", "3", "4"]
    for scale, stored in networks["models"]["fast"].items():
        shapes = [layer["shape"] for layer in stored["layers"]]
        size = sum(8 * out + -(-out * inputs * side**2 * stored["bits"] // 8) for out, inputs, side in shapes)
        assert len(base64.b64decode(stored["numbers"])) == size
        assert shapes[-1][0] == int(scale) ** 2
    assert base64.b64decode(networks["kernel"]).startswith(b"\0asm")


def test_scales_of_later_models_are_left_out_for_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    def offered() -> dict[str, list[str]]:
        networks = json.loads(script_of(make_page(), ' type="application/json" id="networks"'))
        return {name: list(scales) for name, scales in networks["models"].items()}

    both = json.loads(script_of(make_page(["fast", "photo"]), ' type="application/json" id="networks"'))
    small = len(make_page(["fast"]).encode()) + 1000
    monkeypatch.setattr(srcnn.page, "MODELS", ("fast", "photo", "not-shipped"))
    monkeypatch.setattr(srcnn.page, "LARGEST", small)
    assert offered() == {"fast": ["2", "3", "4"]}
    monkeypatch.setattr(srcnn.page, "LARGEST", small + len(json.dumps(both["models"]["photo"]["2"])))
    assert offered() == {"fast": ["2", "3", "4"], "photo": ["2"]}


def test_the_script_of_the_worker_is_inside(html: str) -> None:
    packed = script_of(html, ' type="text/plain" id="worker"')
    assert zlib.decompress(base64.b64decode(packed)).decode() == bundled(FOLDER / "job.js")


@pytest.mark.parametrize("bits", [2, 11, 14, 20, 24])
def test_packed_numbers_are_near_and_small(bits: int) -> None:
    rows = np.random.default_rng(0).normal(size=(5, 77)).astype(np.float32)
    rows[3] = 0
    data = packed(rows, bits)
    assert len(data) == 5 * 4 + -(-5 * 77 * bits // 8)
    factors = np.frombuffer(data[:20], "<f4")[:, None]
    stream = int.from_bytes(data[20:], "little")
    whole = np.array([stream >> bits * n & 2**bits - 1 for n in range(5 * 77)]).reshape(5, 77)
    whole -= (whole >> bits - 1) << bits
    assert np.abs(whole * factors.astype(np.float64) - rows).max() <= np.abs(rows).max() / (2**bits - 2) * 1.0001
    assert not whole[3].any()
    assert as_floats(rows[0]) == rows[0].tobytes()


def test_a_page_needs_a_model() -> None:
    with pytest.raises(OptionError, match="a page needs a model; those that a browser can run: fast, photo-fast"):
        make_page([])


@pytest.mark.parametrize("name", ["photo.png", "page", "-"])
def test_a_page_has_the_name_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["page", "-o", name])
    assert result.exit_code == 2
    assert f"--output must be the name of an .html file, got '{name}'" in result.output
    assert not list(tmp_path.iterdir())


def test_the_kernel_is_made_of_its_source(tmp_path: Path) -> None:
    if shutil.which("wat2wasm") is None:
        pytest.skip("needs wat2wasm, of Debian's package wabt")
    subprocess.run(["wat2wasm", FOLDER / "convolve.wat", "-o", tmp_path / "made.wasm"], check=True)
    assert (tmp_path / "made.wasm").read_bytes() == (FOLDER / "convolve.wasm").read_bytes()


def test_the_command_writes_the_page(tmp_path: Path, html: str) -> None:
    path = tmp_path / "page.html"
    result = CliRunner().invoke(main, ["page", "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert path.read_text(encoding="utf-8") == html


@pytest.mark.parametrize(
    ("models", "status", "said"),
    [("nothing", 2, "no model"), ("fsrcnn", 1, "cannot be put into a page"), ("", 2, "empty")]
    + [(name, 2, f"'{name}' is none") for name in ("kk", "bicubic")],
)
def test_the_command_refuses(tmp_path: Path, models: str, status: int, said: str) -> None:
    result = CliRunner().invoke(main, ["page", "-o", str(tmp_path / "page.html"), "--model", models])
    assert result.exit_code == status
    assert said in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())
