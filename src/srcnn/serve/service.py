"""The service: from a request with an image to the answer with its result."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from srcnn.errors import OptionError
from srcnn.files.formats import FORMATS, READABLE_SUFFIXES, default_suffix
from srcnn.naming import naming_of
from srcnn.serve.child import Task
from srcnn.serve.config import ServeConfig
from srcnn.serve.folder import job_folder
from srcnn.serve.intake import OF_THE_ADDRESS, file_name, receive
from srcnn.serve.measures import Measures
from srcnn.serve.models import offered
from srcnn.serve.problems import Problem
from srcnn.serve.queueing import FairQueue
from srcnn.serve.sending import FileAnswer
from srcnn.serve.settings import work_of
from srcnn.serve.worker import Worker

_SMALLEST = b"P6 16 16 255 " + bytes(3 * 16 * 16)  # an image of 16x16 pixels
_ID = re.compile(r"[A-Za-z0-9-]{16,64}")
# The part of the limit that a result in these formats may have: all of it is held, and what their encoders add.
# Measured for 49 million pixels: 1.2 GB for WebP, 2.5 GB for AVIF; PNG, JPEG and TIFF hold a few rows at a time.
_PARTS = {"WEBP": 4, "BMP": 4, "GIF": 4, "AVIF": 10}
_PART = {suffix: part for name, part in _PARTS.items() for suffix in FORMATS[name].suffixes}
_MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "AVIF": "image/avif"} | {
    "TIFF": "image/tiff", "BMP": "image/bmp", "GIF": "image/gif"
}  # fmt: skip


@dataclass
class Progress:
    """How far one request is."""

    state: str = "receiving"  # then "waiting", "working", "sending"
    client: str = ""
    turn: asyncio.Future[None] | None = None
    model: str = ""
    size: tuple[int, int] | None = None
    done: int = 0
    total: int = 0
    _began: float = 0.0

    def hear(self, message: dict[str, Any]) -> None:
        """Take what the worker says.

        Parameters
        ----------
        message : dict
            Of `srcnn.serve.child.perform`.
        """
        if "expected" in message:
            self.model, self.size = message["expected"]["model"], message["expected"]["size"]
        elif "total" in message:
            self.done, self.total = message["done"], message["total"]
            if self.done == 0 or not self._began:
                self._began = time.monotonic()

    @property
    def seconds_left(self) -> float | None:
        """An estimate by the blocks that are done."""
        if not self.done or self.state != "working":
            return None
        return (time.monotonic() - self._began) / self.done * (self.total - self.done)


class Service:
    """All that the answers of one service share.

    Parameters
    ----------
    config : ServeConfig
        How it runs.
    folder : Path
        Where images lie while they are in work.
    """

    def __init__(self, config: ServeConfig, folder: Path) -> None:
        self.config = config
        self.offer = offered(config.models)
        self.queue = FairQueue(config.places)
        self.worker = Worker()
        self.measures = Measures()
        self.stopping = False
        self._folder = folder
        self._progress: dict[str, Progress] = {}

    async def warm_up(self) -> None:
        """Load what every image needs, so that the first one does not wait for it."""
        with job_folder(self._folder) as folder:
            source = folder / "source"
            source.write_bytes(_SMALLEST)
            work = work_of([("scale", "2"), ("model", "fast")], self.offer, self.config)
            async with self.queue.turn(""):
                await self.worker.do(_task(work, source, "image.ppm", self.config.max_result), lambda message: None)

    async def upscale(self, request: Request) -> Response:
        """Answer ``POST /v1/upscale``.

        Parameters
        ----------
        request : Request
            With an image.

        Returns
        -------
        Response
            The result.

        Raises
        ------
        Problem
            If there is none, as any other error.
        """
        with ExitStack() as held:
            try:
                return await self._upscaled(request, held)
            except (ClientDisconnect, asyncio.CancelledError) as error:
                self.measures.images["cancelled"] += 1
                if isinstance(error, asyncio.CancelledError):
                    raise
                return Response(status_code=499)  # nobody is there to read it
            except Exception as error:
                is_refused = isinstance(error, Problem) and error.status == 429
                self.measures.images["refused" if is_refused else "failed"] += 1
                raise
        raise AssertionError("nothing suppresses the error")

    async def _upscaled(self, request: Request, held: ExitStack) -> Response:
        if self.stopping:
            raise Problem(503, "the service is stopping", {"Retry-After": "10"})
        given = [pair for pair in request.query_params.multi_items() if pair[0] not in OF_THE_ADDRESS]
        work = work_of(given, self.offer, self.config)  # before the image is read
        client = request.client.host if request.client else ""
        held.enter_context(self.queue.place(client))
        progress = held.enter_context(self._told(request.query_params.get("id"), client))
        folder = held.enter_context(job_folder(self._folder))
        source = folder / "source"
        upload = await receive(request, source, self.config)
        self.measures.bytes_in += upload.size
        if upload.fields:
            work = work_of([*given, *upload.fields], self.offer, self.config)
        name = file_name(upload.name or request.query_params.get("name") or "")
        task = _task(work, source, name, self.config.max_result)
        made, seconds = await _unless_gone(request, self._computed(task, client, progress))
        self.measures.made(seconds, made["size"][0] * made["size"][1])
        progress.state = "sending"
        headers = _headers(made, task.result, seconds)
        return FileAnswer(task.target, headers, _media(task.target), held=held.pop_all(), on_sent=self._sent)

    async def _computed(self, task: Task, client: str, progress: Progress) -> tuple[dict[str, Any], float]:
        progress.state, progress.turn = "waiting", asyncio.get_running_loop().create_future()
        async with self.queue.turn(client, progress.turn):
            progress.state = "working"
            start = time.monotonic()
            try:
                async with asyncio.timeout(self.config.time_limit):
                    made = await self.worker.do(task, progress.hear)
            except TimeoutError:
                limit = f"{self.config.time_limit:g} s"
                words = f"{task.name}: not done after {limit}; ask for a smaller size or a faster model"
                raise Problem(504, words) from None
            return made, time.monotonic() - start

    @contextmanager
    def _told(self, number: str | None, client: str) -> Iterator[Progress]:
        """Let the client ask how far its request is, by a number that it has chosen."""
        if number is None:
            number = str(uuid.uuid4())
        elif not _ID.fullmatch(number):
            raise OptionError("id must be 16 to 64 letters, digits and dashes, such as a random UUID")
        elif number in self._progress:
            raise Problem(409, "another request has this id; choose a random UUID")
        self._progress[number] = progress = Progress(client=client)
        try:
            yield progress
        finally:
            del self._progress[number]

    def progress(self, number: str) -> dict[str, Any]:
        """How far a request is.

        Parameters
        ----------
        number : str
            The ``id`` that it gave.

        Returns
        -------
        dict
            As JSON holds it.

        Raises
        ------
        Problem
            404 if there is none.
        """
        found = self._progress.get(number)
        if found is None:
            raise Problem(404, "no request of this id is in work")
        ahead = self.queue.ahead(found.client, found.turn) if found.turn is not None else 0
        left = found.seconds_left
        return {
            "state": found.state,
            "ahead": ahead if found.state == "waiting" else 0,
            "done": found.done,
            "total": found.total,
            "model": found.model,
            "size": found.size,
            "seconds_left": None if left is None else round(left, 1),
        }

    def _sent(self, count: int) -> None:
        self.measures.bytes_out += count


async def _unless_gone(request: Request, work: Any) -> Any:
    """What work comes to; it is cancelled when the client goes away."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working = asyncio.create_task(work)
    tasks = working, asyncio.create_task(gone())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _task(work: Any, source: Path, name: str, most: int) -> Task:
    """The task, with the name that ``srcnn upscale`` would give the result."""
    path = Path(name)
    if path.suffix.lower() not in READABLE_SUFFIXES:
        path = Path(name + default_suffix(source))
    result = naming_of(work.size.label, work.options.format).name(path)
    suffix = Path(result).suffix.lower()
    return Task(
        work=work,
        source=source,
        target=source.with_name(f"result{suffix}"),
        name=name,
        result=result,
        max_result=most // _PART.get(suffix, 1),
    )


def _media(path: Path) -> str:
    return next((_MEDIA[f.name] for f in FORMATS.values() if path.suffix in f.suffixes), "application/octet-stream")


def _headers(made: dict[str, Any], name: str, seconds: float) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
        "Srcnn-Model": quote(made["model"], safe="+-._"),
        "Srcnn-Input-Size": "x".join(map(str, made["input_size"])),
        "Srcnn-Size": "x".join(map(str, made["size"])),
        "Srcnn-Seconds": f"{seconds:.3f}",
        "Srcnn-Notes": json.dumps(made["notes"]),
    }
