"""The settings of a request are those of the command."""

from dataclasses import replace

import pytest
import typer

pytest.importorskip("starlette", reason="the service needs the extra 'serve'")

from srcnn.cli import main
from srcnn.errors import OptionError
from srcnn.serve.config import ServeConfig
from srcnn.serve.models import offered
from srcnn.serve.settings import SETTINGS, work_of

# Options of the command that are about many files, this machine or its terminal, and not about one result.
NOT_OF_ONE_RESULT = {"files-from", "null", "output", "suffix", "overwrite", "skip-errors", "keep-date"} | {
    *("dry-run", "json", "quiet", "verbose", "config"),
    *("tile", "threads", "engine", "device", "no-limit", "rows", "cluster", "workers"),
}


def test_every_option_that_decides_a_result_is_a_setting() -> None:
    command = typer.main.get_command(main).get_command(None, "upscale")  # type: ignore[attr-defined]
    options = {max(parameter.opts, key=len).removeprefix("--") for parameter in command.params} - {"inputs", "help"}
    assert options - NOT_OF_ONE_RESULT == set(SETTINGS)


def test_empty_fields_of_a_form_are_not_given() -> None:
    offer, config = offered(()), ServeConfig()
    plain = work_of([], offer, config)
    assert work_of([("scale", " "), ("dpi", ""), ("tta", "off")], offer, config) == plain
    assert work_of([("TTA", "on")], offer, config) == replace(plain, model="auto+tta")
    with pytest.raises(OptionError, match="scale is given twice"):
        work_of([("scale", "2"), ("scale", "")], offer, config)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ([("model", "photo+tta")], "photo+tta"),
        ([("model", "photo tta")], "photo+tta"),  # what an address makes of it
        ([("model", "photo tta"), ("tta", "on")], "photo+tta"),
        ([("model", "a ")], "a+"),
        ([("model", "a  tta")], "a++tta"),
        ([("model", "a"), ("tta", "1")], "a++tta"),
    ],
)
def test_plus_of_a_model_may_come_as_a_space(written: list[tuple[str, str]], meant: str) -> None:
    assert work_of(written, offered(("a+",)), ServeConfig()).model == meant


@pytest.mark.parametrize("name", ["photo  tta", "photo tta tta", "a++", "+tta"])
def test_no_other_model_is_taken_for_one(name: str) -> None:
    with pytest.raises(OptionError, match="no model named"):
        work_of([("model", name)], offered(("a+",)), ServeConfig())


@pytest.mark.parametrize("wrong", [{"token": "short"}, {"origins": ("example.org",)}, {"origins": ("https://a.b/c",)}])
def test_configuration_is_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        ServeConfig(**wrong)  # type: ignore[arg-type]
