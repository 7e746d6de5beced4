"""The command itself: help, version, commands, models."""

import importlib
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from srcnn import __version__
from srcnn.cli import COMMANDS, main
from srcnn.weights import entries


def test_help_lists_all_commands() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, line in COMMANDS.items():
        assert name in result.stdout
        assert line.split(":", maxsplit=1)[0] in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_file_and_help(name: str) -> None:
    assert callable(getattr(importlib.import_module(f"srcnn.cli.{name}"), name))
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert f" {name} " in result.stdout


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"srcnn {__version__}\n"


def test_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["enlarge"])
    assert result.exit_code == 2
    assert "enlarge" in result.stderr


def test_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "srcnn", "--version"], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == f"srcnn {__version__}\n"


def test_models_lists_every_model() -> None:
    result = CliRunner().invoke(main, ["models"])
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    for card in [entry.card for entry in entries()]:
        (row,) = (row for row in rows if row[:2] == [card.name, f"x{card.scale}"])
        assert row[2] == f"{card.parameters:,}"
    assert any(row[:1] == ["bicubic"] for row in rows)


def test_models_as_json() -> None:
    cards = json.loads(CliRunner().invoke(main, ["models", "--json"]).stdout)
    assert [(card["name"], card["scale"]) for card in cards if card["bytes"] > 0] == [
        (card["name"], card["scale"]) for card in cards
    ]
    assert len(cards) == len(entries())


def test_models_that_are_named_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SRCNN_DATA", raising=False)
    result = CliRunner().invoke(main, ["models", "fast", "srcnn-9-1-5", "--time", "-j", "1"])
    assert result.exit_code == 0, result.output
    head, *rows = [line.split() for line in result.stdout.splitlines() if line]
    assert head[4:8] == ["Set5", "dB", "s/Mpixel", "CPU"]
    assert [row[:2] for row in rows[:6]] == [[n, f"x{s}"] for n in ("srcnn-9-1-5", "plain-s") for s in (2, 3, 4)]
    assert all(0 < float(row[6]) < 1000 for row in rows[:6])
    (card, *_) = json.loads(CliRunner().invoke(main, ["models", "fast", "--time", "--json"]).stdout)
    assert card["measured"]["seconds"] > 0
    assert card["measured"]["psnr"] is None


def test_bicubic_is_a_model_that_can_be_named() -> None:
    result = CliRunner().invoke(main, ["models", "bicubic", "fast"])
    assert result.exit_code == 0
    rows = [line.split()[:2] for line in result.stdout.splitlines()[1:5]]
    assert rows == [["bicubic", "any"], *(["plain-s", f"x{scale}"] for scale in (2, 3, 4))]
    alone = CliRunner().invoke(main, ["models", "bicubic"])
    assert alone.stdout.splitlines()[1].split()[:2] == ["bicubic", "any"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["slow"], "no model named"),
        (["bicubic", "--json"], "no card"),
        (["fast", "-j", "1"], "need --time"),
        (["fast", "--time", "--data", "none"], "none"),
    ],
)
def test_models_that_cannot_be_measured(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["models", *arguments])
    assert result.exit_code in {1, 2}
    assert text in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["score", "compare", "inspect", "report", "train", "benchmark"])
@pytest.mark.parametrize(("argument", "text"), [("", "empty"), ("s3://bucket//a.png", "s3://bucket//a.png is a URL")])
def test_commands_on_files_refuse_empty_arguments_and_addresses(command: str, argument: str, text: str) -> None:
    result = CliRunner().invoke(main, [command, argument, "b.png", "-o", "out"])
    assert result.exit_code == 2
    assert text in result.stderr
    assert result.stderr.count("\n") == 1
