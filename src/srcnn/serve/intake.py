"""The body of a request: an image by itself, or a form with an image and settings, written to a file as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from srcnn.serve.config import MEGABYTE, ServeConfig
from srcnn.serve.problems import Problem

OF_THE_ADDRESS = ("id", "name")
"""What is no setting and stands in the address alone: it must be known before the image is read."""

_FIELD = "image"
_LONGEST_VALUE = 10_000  # bytes of a setting
_MOST_PARTS = 60
_FORM = "multipart/form-data"
_NO_IMAGES = ("application/x-www-form-urlencoded", "application/json", "text/", "multipart/")


@dataclass
class Upload:
    """What a body held.

    Attributes
    ----------
    name : str
        Of the image, as its client calls it; empty where it does not say.
    fields : list of pairs
        Name and value of the other fields of a form.
    size : int
        Bytes of the image.
    """

    name: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0


async def receive(request: Request, path: Path, config: ServeConfig) -> Upload:
    """Write the image of a request to a file.

    Parameters
    ----------
    request : Request
        Whose body was not read yet.
    path : Path
        The file.
    config : ServeConfig
        The limits.

    Returns
    -------
    Upload
        The rest of it.

    Raises
    ------
    Problem
        If there is no image in it, or it is too large, or comes too slowly.
    ClientDisconnect
        If the client goes away.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > config.max_body:
        raise _too_large(config)
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        words = f"the body must come as it is, without Content-Encoding, got {encoding[:80]}"
        raise Problem(415, words, {"Accept-Encoding": "identity"})
    kind, parameters = parse_options_header(request.headers.get("content-type", ""))
    kind_name = kind.decode("latin-1").lower()
    with path.open("wb") as file:
        if kind_name == _FORM:
            upload = await _read_form(request, file, parameters.get(b"boundary", b""), config)
        elif kind_name.startswith(_NO_IMAGES):
            words = f"the body must be an image or a form ({_FORM}) with a field {_FIELD}, got {kind_name[:80]}"
            raise Problem(415, f"{words}; send an image by itself with its own Content-Type, such as image/jpeg")
        else:
            upload = Upload()
            async for chunk in _chunks(request, config):
                file.write(chunk)
                upload.size += len(chunk)
    if not upload.size:
        raise Problem(400, f"the image is empty; send its bytes as the body, or in the field {_FIELD} of a form")
    return upload


async def _chunks(request: Request, config: ServeConfig) -> AsyncIterator[bytes]:
    """The body piece by piece, within the limits of size and time."""
    stream = request.stream()
    size = 0
    clock = asyncio.get_running_loop().time
    end = clock() + config.time_limit
    while True:
        try:
            async with asyncio.timeout(min(config.stall, end - clock())):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise Problem(408, "the image came too slowly; try again over a faster connection") from None
        if chunk is None:
            return
        size += len(chunk)
        if size > config.max_body:
            raise _too_large(config)
        yield chunk


def _too_large(config: ServeConfig) -> Problem:
    words = f"the request has more than {config.max_body / MEGABYTE:g} MB, the most that this service takes"
    return Problem(413, words)


async def _read_form(request: Request, file: BinaryIO, boundary: bytes, config: ServeConfig) -> Upload:
    try:
        form = _Form(file, boundary)
        async for chunk in _chunks(request, config):
            form.write(chunk)
        return form.end()
    except FormParserError as error:
        raise Problem(400, f"the form cannot be read: {error}") from error


class _Form:
    """Takes a form apart: one part is the image, all others are settings."""

    def __init__(self, file: BinaryIO, boundary: bytes) -> None:
        if not boundary:
            raise Problem(400, f"the form has no boundary in its Content-Type; write {_FORM}; boundary=…")
        self._file = file
        self._upload = Upload()
        self._has_image = self._ended = False
        self._parts = 0
        self._header, self._said = b"", b""
        self._disposition = b""
        self._name, self._value = "", b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        self._parser.write(chunk)

    def end(self) -> Upload:
        self._parser.finalize()
        if not self._ended:
            raise Problem(400, "the form ends too early; it was cut off, or its last boundary is missing")
        if not self._has_image:
            raise Problem(400, f"the form has no field {_FIELD} with the image")
        return self._upload

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Problem(400, f"the form has more than {_MOST_PARTS} fields")
        self._disposition, self._name, self._value = b"", "", b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._said += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._said
        self._header, self._said = b"", b""

    def _end_headers(self) -> None:
        kind, words = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in words:
            raise Problem(400, "a field of the form has no name")
        self._name = words[b"name"].decode("utf-8", "replace")
        if self._name in OF_THE_ADDRESS:
            raise Problem(400, f"{self._name} goes into the address, /v1/upscale?{self._name}=…, and not into the form")
        if self._name != _FIELD:
            return
        if self._has_image:
            raise Problem(400, f"the form has several fields {_FIELD}; send one image in a request")
        self._has_image = True
        self._upload.name = words.get(b"filename", b"").decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == _FIELD:
            self._file.write(data[start:end])
            self._upload.size += end - start
            return
        self._value += data[start:end]
        if len(self._value) > _LONGEST_VALUE:
            raise Problem(400, f"the field {self._name[:80]} is longer than any setting; the image goes into {_FIELD}")

    def _end_part(self) -> None:
        if self._name != _FIELD:
            self._upload.fields.append((self._name, self._value.decode("utf-8", "replace")))

    def _end(self) -> None:
        self._ended = True


def file_name(given: str) -> str:
    """A name that is safe in a message and in a header: the last part of what a client calls its file.

    Parameters
    ----------
    given : str
        From a form or an address; some clients send a whole path.

    Returns
    -------
    str
        At most 150 characters; "image" where nothing is left.
    """
    last = PurePosixPath(given.replace("\\", "/")).name
    name = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>:|?*')
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return f"{stem[:140]}{suffix[:10]}".strip(". ") or "image"
