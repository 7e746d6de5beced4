"""Errors as RFC 9457 has them: ``application/problem+json``, with the words of the command."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

from srcnn.errors import OptionError, SrcnnError
from srcnn.serve.folder import is_full


class Problem(SrcnnError):  # noqa: N818 - the name that the RFC has for it
    """An answer that is no image.

    Parameters
    ----------
    status : int
        Of HTTP.
    detail : str
        What was expected, what came, what to do.
    headers : mapping, optional
        Of the answer.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})


def problem_of(error: Exception) -> Problem:
    """What a client is told of an error.

    Parameters
    ----------
    error : Exception
        As it was raised.

    Returns
    -------
    Problem
        The error itself, if it is one; of a fault of the service no more than that it is one.
    """
    if isinstance(error, Problem):
        return error
    if isinstance(error, OptionError):
        return Problem(400, str(error))
    if is_full(error):
        return Problem(507, "the service has no room for the image now; try again later")
    return Problem(500, "a fault of the service, whose log says more")


def answer(problem: Problem) -> JSONResponse:
    """The answer to a request that failed.

    Parameters
    ----------
    problem : Problem
        What is wrong.

    Returns
    -------
    JSONResponse
        In ``application/problem+json``.
    """
    status = HTTPStatus(problem.status)
    body = {"type": "about:blank", "title": status.phrase, "status": problem.status, "detail": str(problem)}
    return JSONResponse(body, problem.status, problem.headers, "application/problem+json")
