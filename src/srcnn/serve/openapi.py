"""The description of the service for programs (OpenAPI 3.1), and the same as a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from srcnn.serve.settings import SETTINGS, Setting
from srcnn.version import VERSION
from srcnn.web import marked

if TYPE_CHECKING:
    from srcnn.serve.service import Service

_TYPES = {"number": "number", "whole number": "integer", "flag": "boolean", "text": "string"}
_BINARY = {"type": "string", "format": "binary"}
MADE = {
    "Content-Disposition": "The name of the result.",
    "Srcnn-Model": "The model that made it.",
    "Srcnn-Size": "Its width and height: 1024x768.",
    "Srcnn-Input-Size": "Those of the image.",
    "Srcnn-Notes": "What the command would say, a JSON list of texts.",
    "Srcnn-Seconds": "Seconds of the work, without waiting.",
}
"""Headers of an answer with a result."""

_ERRORS = {
    400: "A setting makes no sense, or the body cannot be read.",
    401: "The token is missing or wrong.",
    403: "A page of another site asks.",
    408: "The image came too slowly.",
    409: "Another request has this id.",
    413: "The request, or the result that it asks for, is too large.",
    415: "The body is neither an image nor a form, or it is compressed.",
    421: "The service does not answer to this name.",
    422: "The image cannot be read, or its result cannot be written.",
    429: "All places are taken; Retry-After says when to come again.",
    500: "A fault of the service.",
    503: "The service is stopping, cannot start its work, or has not enough memory.",
    504: "The work took longer than the service allows.",
    507: "The service has no room for the image or its result.",
}


def described(service: Service) -> dict[str, Any]:
    """The OpenAPI document of a service.

    Parameters
    ----------
    service : Service
        Whose models and limits it names.

    Returns
    -------
    dict
        As JSON holds it.
    """
    properties = {name: _schema(setting) for name, setting in SETTINGS.items()}
    properties["model"]["enum"] = list(service.offer.names)
    parameters = [{"name": n, "in": "query", "schema": s} | _words(s) for n, s in properties.items()]
    parameters += [
        _query("name", "Name of an image that is the body itself; it decides name and format of the result."),
        _query("id", "A random UUID by which /v1/progress tells how far the request is."),
    ]
    form = {"type": "object", "required": ["image"], "properties": {"image": _BINARY} | properties}
    made = {
        "description": "The result.",
        "headers": {name: {"description": words, "schema": {"type": "string"}} for name, words in MADE.items()},
        "content": {"image/*": {"schema": _BINARY}},
    }
    upscale = {
        "summary": "Upscale an image.",
        "description": "The same bytes as `srcnn upscale` makes. Settings go into the address or the form.",
        "operationId": "upscale",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": form}, "image/*": {"schema": _BINARY}},
        },
        "responses": {"200": made} | {str(status): _problem(words) for status, words in _ERRORS.items()},
    }
    guarded: dict[str, Any] = {} if service.config.token is None else {"security": [{"token": []}]}
    refusal = {} if service.config.token is None else {"401": _problem(_ERRORS[401])}
    stopping = {"503": {"description": "It is stopping.", "content": {"text/plain": {}}}}
    unknown = {"404": _problem("No request of this id is in work.")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "srcnn", "version": VERSION, "description": "Single-image super-resolution."},
        "paths": {
            "/v1/upscale": {"post": upscale | guarded},
            "/v1/progress/{id}": {
                "get": _get("How far a request is.", "application/json", refusal | unknown) | _path("id") | guarded
            },
            "/v1/models": {"get": _get("The models that can be named.", "application/json", refusal) | guarded},
            "/healthz": {"get": _get("Whether the service answers: ok.", "text/plain", stopping)},
            "/metrics": {"get": _get("Figures for Prometheus.", "text/plain", refusal) | guarded},
        },
        "components": {
            "schemas": {
                "Problem": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                    },
                }
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def reference(document: dict[str, Any], address: str) -> str:
    """The document as a page.

    Parameters
    ----------
    document : dict
        From `described`.
    address : str
        Of the service, as whoever reads the page reached it.

    Returns
    -------
    str
        HTML.
    """
    parts, here = [], escape(address)
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            parts.append(f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(told['summary'])}</p>")
            parts.append(f"<p>{marked(told['description'])}</p>" if "description" in told else "")
            rows = [(p["name"], _kind(p["schema"]), p.get("description", "")) for p in told.get("parameters", [])]
            parts.append(_table("Settings", ("name", "value", "meaning"), rows))
            answers = [(status, "", one["description"]) for status, one in told["responses"].items()]
            parts.append(_table("Answers", ("status", "", "meaning"), answers))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>srcnn: HTTP interface</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="page/colours.css"><link rel="stylesheet" href="page/style.css"></head><body>'
        '<main class="reference">'
        f"<h1>srcnn {escape(document['info']['version'])}: HTTP interface</h1>"
        '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). For people: '
        '<a href="page/index.html">the page</a>.</p><pre tabindex="0">'
        f"curl -F image=@photo.jpg -F scale=2 -OJ {here}v1/upscale\n"
        "curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' -o large.jpg "
        f"'{here}v1/upscale?scale=2&amp;name=photo.jpg'"
        f"</pre>{''.join(parts)}</main></body></html>"
    )


def _schema(setting: Setting) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES[setting.kind], "description": setting.help}
    if setting.choices:
        schema["enum"] = list(setting.choices)
    return schema


def _words(schema: dict[str, Any]) -> dict[str, str]:
    return {"description": schema["description"]}


def _query(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}


def _path(name: str) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]}


def _get(words: str, kind: str, others: dict[str, Any] | None = None) -> dict[str, Any]:
    answers = {"200": {"description": words, "content": {kind: {}}}} | (others or {})
    return {"summary": words, "responses": answers}


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}


def _kind(schema: dict[str, Any]) -> str:
    return " | ".join(schema["enum"]) if "enum" in schema else schema["type"]


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    kept = [number for number, head in enumerate(heads) if head]
    head = "".join(f'<th scope="col">{heads[n]}</th>' for n in kept)
    body = "".join("<tr>" + "".join(f"<td>{escape(row[n])}</td>" for n in kept) + "</tr>" for row in rows)
    head = f"<caption>{title}</caption><thead><tr>{head}</tr></thead>"
    return f'<div class="wide" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'
