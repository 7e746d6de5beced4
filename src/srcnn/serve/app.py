"""The addresses of the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from srcnn.page import make_page
from srcnn.serve.answering import Answering
from srcnn.serve.guard import Guard
from srcnn.serve.openapi import MADE, described, reference
from srcnn.serve.problems import Problem, answer
from srcnn.serve.service import Service
from srcnn.web import PARTS

PAGE = Path(__file__).parent / "page"


def application(service: Service, log: Callable[[str], None] = lambda line: None) -> Starlette:
    """The application that a server runs.

    Parameters
    ----------
    service : Service
        What it answers with.
    log : callable
        Told of every answer, one line each.

    Returns
    -------
    Starlette
        An ASGI application.
    """
    config = service.config
    document = described(service)

    async def models(request: Request) -> Response:
        return JSONResponse(service.offer.described())

    async def progress(request: Request) -> Response:
        return JSONResponse(service.progress(request.path_params["id"]))

    async def health(request: Request) -> Response:
        return PlainTextResponse("stopping" if service.stopping else "ok", 503 if service.stopping else 200)

    async def metrics(request: Request) -> Response:
        text = service.measures.text(service.queue, service.worker)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def openapi(request: Request) -> Response:
        return JSONResponse(document)

    async def docs(request: Request) -> Response:
        return HTMLResponse(reference(document, str(request.base_url)))

    building = asyncio.Lock()

    async def browser(request: Request) -> Response:
        async with building:  # once, and meanwhile others are answered
            page = await asyncio.to_thread(_page_of_one_file)
        # The page brings its own policy, for it holds its styles and scripts itself.
        return HTMLResponse(page, headers={"Content-Security-Policy": "frame-ancestors 'none'"})

    async def home(request: Request) -> Response:
        return RedirectResponse("page/index.html")

    def on_status(status: int, method: str, path: str) -> None:
        service.measures.answers[status] += 1
        log(f"{method} {path} {status}")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        warming = asyncio.create_task(service.warm_up())
        try:
            yield
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)
            await service.worker.stop()

    # Outside the guard, so that pages of other sites can read its refusals too.
    middleware = [Middleware(Answering, stall=config.stall, on_status=on_status)]
    if config.origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=config.accepted_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", *MADE],
        )
        middleware.append(cors)
    middleware.append(Middleware(Guard, config=config))
    return Starlette(
        routes=[
            Route("/", home),
            Route("/v1/upscale", service.upscale, methods=["POST"]),
            Route("/v1/progress/{id}", progress),
            Route("/v1/models", models),
            Route("/healthz", health),
            Route("/metrics", metrics),
            Route("/openapi.json", openapi),
            Route("/docs", docs),
            Route("/browser", browser),
            Mount("/page", StaticFiles(directory=PAGE, html=True, packages=[("srcnn.web", PARTS.name)])),
        ],
        middleware=middleware,
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )


@cache
def _page_of_one_file() -> str:
    return make_page()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {
        404: f"there is nothing at {request.url.path[:200]}; see /docs",
        405: f"{request.method[:20]} does not go with {request.url.path[:200]}; see /docs",
    }
    return answer(Problem(error.status_code, words.get(error.status_code, error.detail), error.headers))
