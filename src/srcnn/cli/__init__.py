"""The command line: one file per command, imported only when the command is called."""

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from srcnn.cli import reporting
from srcnn.cli.defaults import ConfiguredCommand
from srcnn.console import say_stopped, stop_status
from srcnn.errors import OptionError, SrcnnError, interrupted
from srcnn.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = {
    "upscale": "Upscale images: files, folders, patterns.",
    "serve": "Upscale images in the browser and over HTTP.",
    "models": "List the models with their sizes and scores.",
    "doctor": "Show what is installed, where it can compute, and how fast.",
    "score": "Measure how close an image is to the original.",
    "benchmark": "Measure methods on the standard test sets.",
    "report": "Make a page with the tables and figures of a benchmark.",
    "compare": "Compare methods on one image, side by side.",
    "page": "Make one HTML file that upscales images in the browser.",
    "inspect": "Show what is inside a trained network.",
    "train": "Train a model: from a recipe, or on any folder of images.",
    "study": "Run a study: train variants of a network with equal budgets, measure them, print a table.",
}
"""The commands in the order of the help, each a module of this package with a function of its name."""


@contextmanager
def _errors_in_one_line() -> "Iterator[None]":
    try:
        yield
    except (SrcnnError, KeyboardInterrupt) as error:
        if interrupted(error):
            say_stopped()
            raise typer.Exit(stop_status()) from None
        reporting.error(str(error))
        raise typer.Exit(2 if isinstance(error, OptionError) else 1) from error


class _OnLocalFiles(TyperCommand):
    """A command that refuses empty arguments and URLs; `upscale` checks each of its inputs itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for argument in args:
            if not argument:
                raise OptionError("an argument is empty; give a name or the path of a file")
            if "://" not in argument:
                continue
            from srcnn.files.paths import is_address  # imports NumPy, which the help does not need

            if is_address(argument):
                raise OptionError(
                    f"{argument} is a URL, and only local files can be read and written; download it first, or mount "
                    "its storage"
                )
        return super().parse_args(ctx, args)


_KINDS = {"upscale": ConfiguredCommand, "serve": TyperCommand}  # serve takes the addresses of other sites


class _Commands(TyperGroup):
    """Commands that are imported when called; help and completion need only their names and first lines."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name])
        module = f"srcnn.cli.{cmd_name}"
        try:
            function = getattr(importlib.import_module(module), cmd_name)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            return None
        # A command on its own has no completion options, and keeps its name in "Usage:".
        alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        alone.command(cmd_name, cls=_KINDS.get(cmd_name, _OnLocalFiles))(function)
        return typer.main.get_command(alone)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        with self._names_only():
            super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        with self._names_only():
            return super().shell_complete(ctx, incomplete)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _errors_in_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _errors_in_one_line():
            return super().invoke(ctx)

    @contextmanager
    def _names_only(self) -> "Iterator[None]":
        self._listing = True
        try:
            yield
        finally:
            self._listing = False


main = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        reporting.result(f"srcnn {VERSION}")
        raise typer.Exit


@main.callback()
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
    ),
) -> None:
    """Single-image super-resolution for ordinary computers."""
