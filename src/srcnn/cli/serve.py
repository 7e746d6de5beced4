"""``srcnn serve``: a page and an HTTP interface."""

import os
from typing import Annotated

import typer

from srcnn.cli.upscale import EngineName

_TOKEN = "SRCNN_SERVE_TOKEN"
_HIGHEST = 1e9  # of a limit in MB, MP or seconds
_LISTENING, _LIMITS, _COMPUTING = "Who may use it", "Limits", "Computing"


def serve(
    host: Annotated[
        str,
        typer.Option(
            "--host", help="Address to listen on; 0.0.0.0: every machine may ask.", rich_help_panel=_LISTENING
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="0: any that is free.", rich_help_panel=_LISTENING)
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar=_TOKEN,
            help="Answer only requests that bring this text; in the environment others do not see it.",
            rich_help_panel=_LISTENING,
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A name to answer to, beside those of this machine.",
            rich_help_panel=_LISTENING,
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            metavar="https://SITE",
            help="Another website whose pages may use the service (CORS).",
            rich_help_panel=_LISTENING,
        ),
    ] = None,
    proxy: Annotated[
        str,
        typer.Option(
            "--proxy",
            metavar="ADDRESS",
            help="A reverse proxy whose X-Forwarded-For is believed.",
            rich_help_panel=_LISTENING,
        ),
    ] = "",
    queue: Annotated[
        int,
        typer.Option("--queue", min=1, max=10_000, help="Requests accepted at once.", rich_help_panel=_LIMITS),
    ] = 32,
    max_body: Annotated[
        float, typer.Option("--max-body", min=0.001, metavar="MB", help="Size of a request.", rich_help_panel=_LIMITS)
    ] = 64,
    max_pixels: Annotated[
        float,
        typer.Option("--max-pixels", min=0.001, metavar="MP", help="Megapixels of an image.", rich_help_panel=_LIMITS),
    ] = 50,
    max_result: Annotated[
        float,
        typer.Option("--max-result", min=0.001, metavar="MP", help="Megapixels of a result.", rich_help_panel=_LIMITS),
    ] = 200,
    time_limit: Annotated[
        float,
        typer.Option("--time-limit", min=0.1, metavar="SECONDS", help="For one image.", rich_help_panel=_LIMITS),
    ] = 300,
    threads: Annotated[
        int | None,
        typer.Option("--threads", "-j", min=1, help="Threads; default: all cores.", rich_help_panel=_COMPUTING),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="Inference engine; auto: OpenVINO if installed.", rich_help_panel=_COMPUTING),
    ] = EngineName.auto,
    device: Annotated[
        str, typer.Option("--device", help="Where networks run, as in srcnn upscale.", rich_help_panel=_COMPUTING)
    ] = "auto",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME|FILE",
            help="One more model to offer: an example-based method, or an .onnx or .npz file made by srcnn.",
            rich_help_panel=_COMPUTING,
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line for every answer.")] = False,
) -> None:
    """Upscale images in the browser and over HTTP.

    Without options only this machine can use it.
    Open the address that is printed for the page, and /docs below it for the HTTP interface.
    Ctrl-C and SIGTERM end it once requests in work have ended; a second one ends it at once.
    """
    from srcnn.cli.reporting import note
    from srcnn.errors import OptionError
    from srcnn.options import positive
    from srcnn.serve.config import MEGABYTE, MILLION, ServeConfig
    from srcnn.serve.run import run
    from srcnn.upscale import check_settings

    def limit(name: str, given: float) -> float:
        return float(positive(name, given, at_most=_HIGHEST))

    if token is None and os.environ.get(_TOKEN) == "":
        raise OptionError(f"{_TOKEN} is empty; give it a token of at least 8 characters, or unset it")
    check_settings("auto", engine=engine.value, device=device)
    config = ServeConfig(
        host=host,
        port=port,
        token=token,
        places=queue,
        max_body=int(limit("--max-body", max_body) * MEGABYTE),
        max_pixels=int(limit("--max-pixels", max_pixels) * MILLION),
        max_result=int(limit("--max-result", max_result) * MILLION),
        time_limit=limit("--time-limit", time_limit),
        threads=threads,
        engine=engine.value,
        device=device,
        models=tuple(model or ()),
        origins=tuple(allow_origin or ()),
        hosts=tuple(allow_host or ()),
        proxy=proxy,
    )
    if not config.local and token is None:
        note("srcnn: every machine that reaches this one may use the service; --token restricts that")
    run(config, lambda address: note(f"srcnn: serving at {address} (Ctrl-C ends it)"), note if verbose else _silent)


def _silent(line: str) -> None:
    pass
