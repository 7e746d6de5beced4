"""Wrong calls of ``srcnn serve`` end before it listens; what a service does is tested in ``tests/serve``."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from srcnn.cli import main
from srcnn.serve.config import ServeConfig


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[ServeConfig]:
    """With what services were started."""
    configs: list[ServeConfig] = []
    monkeypatch.setattr("srcnn.serve.run.run", lambda config, say, log: configs.append(config))
    return configs


@pytest.mark.parametrize("value", ["inf", "nan", "1e305"])
@pytest.mark.parametrize("option", ["--max-body", "--max-pixels", "--max-result", "--time-limit"])
def test_limits_are_numbers(option: str, value: str, served: list[ServeConfig]) -> None:
    result = CliRunner().invoke(main, ["serve", option, value])
    assert result.exit_code == 2
    assert option in result.stderr
    assert result.stderr.count("\n") == 1
    assert not served


@pytest.mark.parametrize("token", ["correct horse ", " correct horse", "", "short", "pferd äöü"])
def test_token_can_be_sent(token: str, served: list[ServeConfig]) -> None:
    result = CliRunner().invoke(main, ["serve", "--token", token])
    assert result.exit_code == 2
    assert "token" in result.stderr
    assert not served


def test_empty_variable_is_no_open_service(served: list[ServeConfig]) -> None:
    result = CliRunner().invoke(main, ["serve"], env={"SRCNN_SERVE_TOKEN": ""})
    assert result.exit_code == 2
    assert "SRCNN_SERVE_TOKEN is empty" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not served


def test_token_of_the_command_or_the_variable_counts(served: list[ServeConfig]) -> None:
    for arguments, variable in (([], "correct horse"), (["--token", "correct horse"], "")):
        assert CliRunner().invoke(main, ["serve", *arguments], env={"SRCNN_SERVE_TOKEN": variable}).exit_code == 0
    assert [config.token for config in served] == ["correct horse"] * 2
