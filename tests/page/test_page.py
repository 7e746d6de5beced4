"""The file that ``srcnn page`` writes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import srcnn.page
from srcnn.cli import main
from srcnn.errors import OptionError
from srcnn.page import make_page, short_floats

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
    assert list(networks["models"]) == ["fast"]
    assert list(networks["models"]["fast"]) == ["2", "3", "4"]
    for scale, stored in networks["models"]["fast"].items():
        numbers = sum(out * inputs * side**2 + out for out, inputs, side in stored["layers"])
        assert len(base64.b64decode(stored["weights"])) == 3 * numbers
        assert stored["layers"][-1][0] == int(scale) ** 2
    assert base64.b64decode(networks["kernel"]).startswith(b"\0asm")


def test_floats_of_24_bits_are_rounded() -> None:
    numbers = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    stored = np.frombuffer(short_floats(numbers), np.uint8).reshape(-1, 3)
    back = np.pad(stored, ((0, 0), (1, 0))).copy().view("<f4")[:, 0]
    assert np.abs(back / numbers - 1).max() <= 2.0**-16


def test_a_page_needs_a_model() -> None:
    with pytest.raises(OptionError, match="a page needs a model; those that a browser can run: fast"):
        make_page([])


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
    [("nothing", 2, "no model"), ("fsrcnn", 1, "cannot be put into a page"), ("", 2, "empty")],
)
def test_the_command_refuses(tmp_path: Path, models: str, status: int, said: str) -> None:
    result = CliRunner().invoke(main, ["page", "-o", str(tmp_path / "page.html"), "--models", models])
    assert result.exit_code == status
    assert said in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())
