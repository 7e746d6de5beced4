"""Defaults of a command's options, from a file and from the environment.

The command line wins over the environment, and the environment over the file.
Click looks the values up (``envvar`` and ``default_map``); here the names are checked, and what contradicts each other
is settled: a size on the command line replaces the size of the file, and a format what it has no choice of.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from srcnn.cli import reporting
from srcnn.cli.conflicts import CONFLICTS
from srcnn.errors import OptionError, reason

FILE = "srcnn.toml"
"""Read from the working folder where ``--config`` names no file."""

_CONFIG = "config"
_SIZES = ("scale", "width", "height", "stretch", "fit", "fill", "long-side", "short-side", "megapixels", "print")
_EXCLUSIVE = (_SIZES, ("quality", "lossless"), ("quiet", "verbose"))
# A default of the first means nothing without the second.
_ONLY_WITH = {"dpi": "print", "null": "files-from", "workers": "cluster"}
_RANKS = {"COMMANDLINE": 3, "ENVIRONMENT": 2, "DEFAULT_MAP": 1}


class ConfiguredCommand(TyperCommand):
    """A command whose options take defaults from a file and from the environment; it has the option `Config`."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        found = {_key(param): param for param in self.params if param.param_type_name == "option"}
        self._options = {key: option for key, option in found.items() if key != _CONFIG}
        self._prefix = f"SRCNN_{(name or '').upper()}_"
        for key, option in self._options.items():
            option.envvar = self._variable(key)
            option.show_envvar = False  # type: ignore[attr-defined]  # of every option it would fill the help

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, and fill in the defaults."""
        self._check_environment()
        try:
            rest: list[str] = super().parse_args(ctx, args)
        except Exception as error:
            param = getattr(error, "param", None)
            source = "" if param is None else self._source(ctx, _key(param))
            if source in ("ENVIRONMENT", "DEFAULT_MAP"):
                key = _key(param)
                place = self._variable(key) if source == "ENVIRONMENT" else f"{key} in {ctx.meta[FILE]}"
                raise OptionError(f"{place}: {getattr(error, 'message', error)}") from error
            raise
        if not ctx.resilient_parsing:
            self._settle(ctx)
            if FILE in ctx.meta and ctx.params.get("verbose"):
                reporting.note(f"defaults from {ctx.meta[FILE]}")
        return rest

    def _variable(self, key: str) -> str:
        return self._prefix + key.upper().replace("-", "_")

    def _check_environment(self) -> None:
        known = {self._variable(key) for key in self._options}
        unknown = sorted(name for name in os.environ if name.startswith(self._prefix) and name not in known)
        if unknown:
            raise OptionError(
                f"the environment sets {', '.join(unknown)}, which is no option; known are {', '.join(sorted(known))}"
            )

    def read_defaults(self, ctx: Any, given: str | None) -> None:
        """Read the file of defaults, before the other options are looked at."""
        if ctx.resilient_parsing or (given is None and not Path(FILE).is_file()):
            return
        path = FILE if given is None else given
        ctx.meta[FILE] = path
        ctx.default_map = {self._options[key].name: value for key, value in self._values(path).items()}

    def _values(self, path: str) -> dict[str, Any]:
        """The table of this command, with names and kinds checked."""
        import tomllib

        try:
            tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:  # what is no TOML, or no UTF-8
            why = reason(error) if isinstance(error, OSError) else " ".join(str(error).split())
            raise OptionError(f"cannot read {path}: {why}") from error
        found = tables.pop(self.name or "", {})
        if tables or not isinstance(found, dict):
            names = ", ".join(tables) or self.name
            raise OptionError(f"{path} sets {names}, but holds one table, [{self.name}]; write the options below it")
        unknown = sorted(set(found) - set(self._options))
        if unknown:
            raise OptionError(
                f"{path} sets {', '.join(unknown)}, which is no option; known are {', '.join(sorted(self._options))}"
            )
        return {key: _checked(path, key, value) for key, value in found.items()}

    def _settle(self, ctx: Any) -> None:
        """Drop values that one from a place of higher rank replaces."""
        ranks = {key: _RANKS.get(self._source(ctx, key), 0) for key in self._options}

        def drop(key: str) -> None:
            ranks[key] = 0
            self._drop(ctx, key)

        for names in _EXCLUSIVE:
            highest = max(ranks[key] for key in names)
            for key in names:
                if 0 < ranks[key] < highest:
                    drop(key)
        for key, stronger, contradict in CONFLICTS:
            if 0 < ranks[key] < ranks[stronger]:
                values = {name: ctx.params[option.name] for name, option in self._options.items()}
                if contradict(values):
                    drop(key)
        for key, needed in _ONLY_WITH.items():
            if self._source(ctx, key) in ("ENVIRONMENT", "DEFAULT_MAP"):
                other = self._options.get(needed)
                if other is not None and ctx.params[other.name] is None:
                    self._drop(ctx, key)

    def _drop(self, ctx: Any, key: str) -> None:
        option = self._options[key]
        ctx.params[option.name] = option.default

    def _source(self, ctx: Any, key: str) -> str:
        option = self._options.get(key)
        source = None if option is None else ctx.get_parameter_source(option.name)
        return "" if source is None else str(source.name)


def _read(ctx: typer.Context, given: str | None) -> None:
    if isinstance(ctx.command, ConfiguredCommand):
        ctx.command.read_defaults(ctx, given)


Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help=f"Take defaults of these options from a file; without it, from {FILE} in the working folder.",
        envvar="SRCNN_CONFIG",
        show_envvar=False,
        is_eager=True,
        callback=_read,
    ),
]


def _key(option: Any) -> str:
    """The name of an option in a file: its long form without dashes."""
    return str(max(option.opts, key=len)).lstrip("-")


def _checked(path: str, key: str, value: object) -> object:
    """True or false, or a text as it would stand on the command line."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int, float)):
        return str(value)
    raise OptionError(f"{key} in {path} must be a text, a number, true or false, got {' '.join(repr(value).split())}")
