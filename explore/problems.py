"""What goes wrong with a request, as an answer: a status, and a sentence for a person."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from explore.errors import EngineBusy, EngineError, QueryRefused, QueryTimeout

_BUSY_SECONDS = 1
_RESTART_SECONDS = 2


class Problem(Exception):
    """A request gets another answer than it asked for. `fields` are added to the JSON."""

    def __init__(
        self, status: int, text: str, *, retry_after_seconds: int = 0, **fields: Any
    ) -> None:
        super().__init__(text)
        self.status, self.text, self.fields = status, text, fields
        self.retry_after_seconds = retry_after_seconds

    def answer(self) -> Response:
        """Return the response."""
        headers = {"cache-control": "no-store"}
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        if self.retry_after_seconds:
            headers["retry-after"] = str(self.retry_after_seconds)
        return JSONResponse({"error": self.text, **self.fields}, self.status, headers)


def to_problem(error: EngineError, sql: str, timeout_ms: int) -> Problem:
    """Return what the engine's error means for whoever asked."""
    if isinstance(error, QueryRefused):
        return Problem(400, _sentence(error.message), **_place(sql, error.position))
    if isinstance(error, QueryTimeout):
        text = (
            f"The query took longer than {timeout_ms:,} ms and was stopped. Ask for less, or set"
            " timeout_ms higher."
        )
        return Problem(408, text)
    if isinstance(error, EngineBusy):
        text = "Too many queries are waiting. Try again in a moment."
        return Problem(429, text, retry_after_seconds=_BUSY_SECONDS)
    text = f"{_sentence(str(error)) or 'The engine ended.'} Try again in a moment."
    return Problem(503, text, retry_after_seconds=_RESTART_SECONDS)


async def answer_problem(_: Request, error: Exception) -> Response:
    """Return the response to a `Problem`."""
    assert isinstance(error, Problem)
    return error.answer()


async def answer_http(request: Request, error: Exception) -> Response:
    """Return the response to an address or a method that does not exist."""
    assert isinstance(error, HTTPException)
    known = {
        404: "There is no such address. docs/explore.md lists those there are.",
        405: f"This address does not take {request.method}.",
    }
    return Problem(error.status_code, known.get(error.status_code, error.detail)).answer()


async def answer_failure(_: Request, __: Exception) -> Response:
    """Return the response to an unexpected error; only the log has the error itself."""
    return Problem(500, "Something is wrong in the server. Its log says what.").answer()


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def _place(sql: str, position: int | None) -> dict[str, int]:
    """Return where in the SQL an error is: characters from 0, line and column from 1."""
    if position is None or not 0 <= position <= len(sql):
        return {}
    before = sql[:position]
    line = before.count("\n") + 1
    return {"position": position, "line": line, "column": position - before.rfind("\n")}
