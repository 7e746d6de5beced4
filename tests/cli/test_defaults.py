"""Defaults of the options of `srcnn upscale`: the command line, then the environment, then a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.cli.defaults import ConfiguredCommand
from srcnn.files.io import read_image, write_image
from srcnn.files.picture import Picture


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an image of 12x10 pixels."""
    write_image(tmp_path / "a.png", Picture(np.random.default_rng(0).integers(0, 256, (10, 12, 3), np.uint8)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SRCNN_UPSCALE_MODEL", "bicubic")
    return tmp_path


def srcnn(*arguments: str, **environment: str) -> Any:
    result = CliRunner().invoke(main, ["upscale", *arguments], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def size(name: str) -> tuple[int, ...]:
    return read_image(name).pixels.shape[:2]


def write(name: str, *lines: str) -> None:
    Path(name).write_text("\n".join(("[upscale]", *lines)) + "\n", encoding="utf-8")


def test_the_file_of_the_working_folder_is_read(folder: Path) -> None:
    write("srcnn.toml", "scale = 2", 'format = "jpeg"', "overwrite = true", "no-provenance = true", "quality = 50")
    assert srcnn("a.png").exit_code == 0
    assert size("a_x2.jpg") == (20, 24)
    assert "1 upscaled" in srcnn("a.png").stderr, "overwrite = true replaces it"


def test_a_file_that_is_named_takes_its_place(folder: Path) -> None:
    write("srcnn.toml", "scale = 2")
    write("other.toml", "long-side = 36")
    assert srcnn("a.png", "--config", "other.toml").exit_code == 0
    assert size("a_long36.png") == (30, 36)
    assert srcnn("a.png", "-o", "b.png", SRCNN_CONFIG="other.toml").exit_code == 0
    assert size("b.png") == (30, 36)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(folder: Path) -> None:
    write("srcnn.toml", "scale = 2", "compression = 1")
    assert srcnn("a.png", "-o", "file.png").exit_code == 0
    assert srcnn("a.png", "-o", "environment.png", SRCNN_UPSCALE_SCALE="3").exit_code == 0
    assert srcnn("a.png", "-o", "line.png", "-s", "4", SRCNN_UPSCALE_SCALE="3").exit_code == 0
    assert [size(f"{name}.png") for name in ("file", "environment", "line")] == [(20, 24), (30, 36), (40, 48)]


def test_the_file_is_named_among_other_details(folder: Path) -> None:
    write("srcnn.toml", "scale = 2")
    assert "defaults from srcnn.toml\n" in srcnn("a.png", "-v").stderr
    assert "defaults" not in srcnn("a.png", "-o", "b.png").stderr


def test_a_size_replaces_another_way_to_ask_for_one(folder: Path) -> None:
    write("srcnn.toml", "width = 100", "height = 100", "stretch = true", "lossless = true")
    assert srcnn("a.png", "-o", "file.png").exit_code == 0
    assert srcnn("a.png", "-o", "environment.png", SRCNN_UPSCALE_FIT="24x24").exit_code == 0
    assert srcnn("a.png", "-o", "line.jpg", "--width", "36", "--quality", "9", SRCNN_UPSCALE_FIT="24x24").exit_code == 0
    assert [size(name) for name in ("file.png", "environment.png", "line.jpg")] == [(100, 100), (20, 24), (30, 36)]


def test_a_resolution_serves_prints_alone(folder: Path) -> None:
    write("srcnn.toml", "dpi = 24")
    assert srcnn("a.png", "-s", "2", "-o", "plain.png").exit_code == 0
    assert srcnn("a.png", "--print", "1x2in", "-o", "print.png").exit_code == 0
    assert size("plain.png") == (20, 24)
    assert size("print.png") == (24, 29)
    assert srcnn("a.png", "--dpi", "24").exit_code == 2, "on the command line it is a mistake"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["skale = 2"], "srcnn.toml sets skale, which is no option; known are cluster, compression, "),
        (["long_side = 2"], "sets long_side, which is no option"),
        (["config = 'x.toml'"], "sets config, which is no option"),
        (["scale = 'two'"], "scale in srcnn.toml: "),
        (["scale = [2]"], "scale in srcnn.toml must be a text, a number, true or false, got [2]"),
        (["format = 'psd'"], "format in srcnn.toml: "),
        (["fit = '5'"], "fit must be width and height such as 1920x1080"),
        (["quality = 0"], "quality in srcnn.toml: "),
        (["[train]", "seed = 1"], "srcnn.toml sets train, but holds one table, [upscale]"),
        (["scale = "], "cannot read srcnn.toml: "),
    ],
)
def test_a_mistake_in_a_file_is_named(lines: list[str], message: str, folder: Path) -> None:
    write("srcnn.toml", *lines)
    result = srcnn("a.png")
    assert result.exit_code == 2
    assert message in result.stderr
    assert [path.name for path in folder.iterdir() if path.suffix == ".png"] == ["a.png"]


def test_options_outside_the_table_are_named(folder: Path) -> None:
    Path("srcnn.toml").write_text("scale = 2\n", encoding="utf-8")
    assert "sets scale, but holds one table, [upscale]" in srcnn("a.png").stderr


def test_a_file_that_is_not_there_is_an_error() -> None:
    result = srcnn("a.png", "--config", "none.toml")
    assert result.exit_code == 2
    assert "cannot read none.toml: " in result.stderr


def test_a_mistake_in_the_environment_is_named() -> None:
    unknown = srcnn("a.png", SRCNN_UPSCALE_SKALE="2")
    assert unknown.exit_code == 2
    assert (
        "sets SRCNN_UPSCALE_SKALE, which is no option; known are SRCNN_UPSCALE_CLUSTER, SRCNN_UPSCALE_COMPRESSION, "
        in unknown.stderr
    )
    wrong = srcnn("a.png", SRCNN_UPSCALE_SCALE="two")
    assert wrong.exit_code == 2
    assert "SRCNN_UPSCALE_SCALE: " in wrong.stderr


def test_help_is_there_whatever_the_defaults_say(folder: Path) -> None:
    write("srcnn.toml", "skale = 2")
    assert srcnn("--help").exit_code == 0


def test_every_option_has_a_variable_and_a_key() -> None:
    command = typer.main.get_command(main).get_command(None, "upscale")  # type: ignore[attr-defined]
    assert isinstance(command, ConfiguredCommand)
    for option in command.params:
        if option.param_type_name == "option" and option.name != "config":
            name = max(option.opts, key=len).lstrip("-")
            assert option.envvar == "SRCNN_UPSCALE_" + name.upper().replace("-", "_")


# What contradicts each other


def made(*arguments: str, **environment: str) -> tuple[str, tuple[int, ...]]:
    """The format and the size of the one result of a command that has to work."""
    before = set(Path().iterdir())
    result = srcnn(*arguments, **environment)
    assert result.exit_code == 0, result.stderr
    assert " has no " not in result.stderr, "what a default asks for is given up without a word"
    (path,) = set(Path().iterdir()) - before
    return str(read_image(path).metadata.format), size(str(path))


def test_a_format_or_a_choice_of_another_rank_gives_way(folder: Path) -> None:
    write("srcnn.toml", "format = 'jpeg'", "quality = 97", "long-side = 40")
    (folder / "out").mkdir()
    expected = (33, 40)
    assert made("a.png") == ("JPEG", expected)
    assert made("a.png", "--format", "png") == ("PNG", expected)
    assert made("a.png", "-o", "over.png") == ("PNG", expected)
    assert made("a.png", "-o", "b.tif", "--compression", "5") == ("TIFF", expected)
    assert made("a.png", "--format", "tiff", "--compression", "5") == ("TIFF", expected)
    assert made("a.png", "-o", "c.webp", "--lossless") == ("WEBP", expected)
    assert made("a.png", "-o", "d.webp", SRCNN_UPSCALE_COMPRESSION="9") == ("WEBP", expected)
    assert made("a.png", "-o", "e.jpg", SRCNN_UPSCALE_COMPRESSION="9") == ("JPEG", expected)
    assert made("a.png", "-s", "2", "--format", "jpeg", SRCNN_UPSCALE_COMPRESSION="9") == ("JPEG", (20, 24))
    assert made("a.png", "-s", "3", "--format", "bmp", SRCNN_UPSCALE_OUTPUT="f.jpg") == ("BMP", (30, 36))
    assert srcnn("a.png", "-o", "out").exit_code == 0, "a folder says no format"
    assert read_image("out/a.jpg").metadata.format == "JPEG"


def test_a_choice_replaces_a_format_that_has_none(folder: Path) -> None:
    write("srcnn.toml", "format = 'jpeg'")
    assert made("a.png", "--compression", "9") == ("PNG", (30, 36))
    write("srcnn.toml", "format = 'png'", "compression = 9")
    assert made("a.png", "-s", "2", "--quality", "50", "-o", "b.jpg") == ("JPEG", (20, 24))


def test_of_one_place_a_contradiction_is_a_mistake(folder: Path) -> None:
    write("srcnn.toml", "format = 'jpeg'", "compression = 9")
    result = srcnn("a.png")
    assert result.exit_code == 2
    assert "JPEG has no levels of compression" in result.stderr


def test_what_is_said_of_the_work_gives_way_too(folder: Path) -> None:
    write("srcnn.toml", "json = true", "rows = 'rows.jsonl'", "workers = 2", "null = true", "cluster = 'ray'")
    result = srcnn("a.png", "--dry-run", "-o", "b.png")
    assert (result.exit_code, "planned" in result.stdout) == (0, True)
    assert not Path("rows.jsonl").exists()
    write("srcnn.toml", "json = true", "workers = 2", "null = true")
    result = srcnn("a.png", "-o", "-")
    assert (result.exit_code, result.stdout_bytes[:4]) == (0, b"\x89PNG")


def test_known_wear_and_a_model_that_cannot_be_told_of_it(folder: Path) -> None:
    write("srcnn.toml", "denoise = 20")
    assert srcnn("a.png", "-m", "bicubic", "-o", "b.png").exit_code == 0
    write("srcnn.toml", "model = 'bicubic'")
    result = srcnn("a.png", "-o", "c.png", "--denoise", "20", "--json", SRCNN_UPSCALE_MODEL="bicubic")
    assert (result.exit_code, '"model": "photo"' in result.stdout) == (0, True), result.stderr
