"""The Dockerfile, as far as it can be checked without building it."""

import re
import shlex
import tomllib
from pathlib import Path

import typer

from srcnn.cli import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [
    line for line in re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines() if line.strip()
]


def values(instruction: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in LINES if line.split()[0] == instruction]


def test_user_is_not_root_when_the_service_starts() -> None:
    names = [line.split()[0] for line in LINES]
    assert values("USER") == ["10001"]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "useradd --uid 10001" in TEXT


def test_images_are_slim_and_pinned_to_a_python_that_is_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    for base in values("FROM"):
        found = re.match(r"python:(\d+)\.(\d+)-slim", base)
        assert found is not None
        assert (int(found[1]), int(found[2])) >= oldest
    extras = re.search(r"/src\[([\w,]+)\]", TEXT)
    assert extras is not None
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])


def test_what_is_copied_exists_and_reaches_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in values("COPY"):
        if line.startswith("--from"):
            continue
        for name in line.split()[:-1]:
            assert (ROOT / name).exists()
            assert f"!{name}" in ignored


def test_service_is_started_with_options_that_it_has() -> None:
    words = re.findall(r'"([^"]*)"', values("ENTRYPOINT")[0])
    assert words[:2] == ["srcnn", "serve"]
    command = typer.main.get_command(main).get_command(None, "serve")  # type: ignore[attr-defined]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
    port = next(parameter.default for parameter in command.params if parameter.name == "port")
    assert values("EXPOSE") == [str(port)]
    assert f"127.0.0.1:{port}/healthz" in values("HEALTHCHECK")[0]


def test_nothing_is_written_outside_the_temporary_folder() -> None:
    settings = dict(word.split("=", 1) for line in values("ENV") for word in shlex.split(line))
    assert settings["TMPDIR"] == settings["HOME"] == "/tmp"
    assert settings["PYTHONDONTWRITEBYTECODE"] == "1"
    assert values("VOLUME") == ["/tmp"]
    assert "--read-only" in TEXT
