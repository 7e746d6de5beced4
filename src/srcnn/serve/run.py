"""A service from its start to its end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib.util import find_spec

from srcnn.errors import SrcnnError, missing_extra, reason
from srcnn.serve.config import ServeConfig


def run(config: ServeConfig, say: Callable[[str], None], log: Callable[[str], None] = lambda line: None) -> None:
    """Serve until Ctrl-C or SIGTERM: then requests that are in work have a while to end.

    Parameters
    ----------
    config : ServeConfig
        How it runs.
    say : callable
        Told of the address, once the service listens.
    log : callable
        Told of every answer, one line each.

    Raises
    ------
    MissingExtraError
        If the extra is not installed.
    SrcnnError
        If it cannot listen.
    """
    if any(find_spec(name) is None for name in ("starlette", "uvicorn", "python_multipart")):
        raise missing_extra("the service", "Starlette, Uvicorn and python-multipart", "serve")
    import uvicorn

    from srcnn.serve.app import application
    from srcnn.serve.connection import Connection
    from srcnn.serve.folder import service_folder
    from srcnn.serve.service import Service

    with service_folder() as folder, _listening(config) as listener:
        service = Service(config, folder)

        class Server(uvicorn.Server):
            def handle_exit(self, sig: int, frame: object) -> None:
                service.stopping = True
                super().handle_exit(sig, frame)  # type: ignore[arg-type]

        settings = uvicorn.Config(
            application(service, log),
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=bool(config.proxy),
            forwarded_allow_ips=config.proxy or None,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=int(config.grace),
        )
        host, port = listener.getsockname()[:2]
        say(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        Server(settings).run(sockets=[listener])


def _listening(config: ServeConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server((config.host, config.port), family=family, backlog=512)
    except OSError as error:
        raise SrcnnError(
            f"cannot listen on {config.host}, port {config.port}: {reason(error)}; choose another --port or --host"
        ) from error
