"""Reads a query from the body of a request. Every mistake gets a sentence."""

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from starlette.requests import ClientDisconnect, Request

from explore.keys import Key
from explore.problems import Problem
from explore.request_limits import (
    BODY_SECONDS,
    DEFAULT_ROWS,
    DEFAULT_TIMEOUT_MS,
    MAX_BODY_BYTES,
    MAX_PARAMETERS,
)

_EXAMPLE = '{"sql": "select count(*) from donations"}'
_FIELDS = ("sql", "parameters", "limit", "timeout_ms")
_MOST_INTEGER = 2**127 - 1


@dataclass(frozen=True)
class Question:
    """A query, the values of its `$name`, and its limits."""

    board: str
    sql: str
    parameters: Mapping[str, object]
    limit: int
    timeout_ms: int


async def read_question(request: Request, board: str, key: Key) -> Question:
    """Return the query in a request's body; raise `Problem` (400, 408, 413)."""
    fields = _parse(await _read_body(request))
    for name in fields:
        if name not in _FIELDS:
            close = get_close_matches(name, _FIELDS, n=1)
            fix = f"did you mean {close[0]}?" if close else f"there are {', '.join(_FIELDS)}"
            raise Problem(400, f"There is no field {name[:60]!r}: {fix}")
    sql = fields.get("sql")
    if not isinstance(sql, str) or not sql.strip():
        raise Problem(400, f"The field sql is missing; send JSON such as {_EXAMPLE}.")
    return Question(
        board,
        sql,
        _read_parameters(fields.get("parameters")),
        _read_limit(fields, "limit", min(DEFAULT_ROWS, key.rows), key.rows),
        _read_limit(fields, "timeout_ms", min(DEFAULT_TIMEOUT_MS, key.timeout_ms), key.timeout_ms),
    )


async def _read_body(request: Request) -> bytes:
    too_large = Problem(413, f"The request is larger than {MAX_BODY_BYTES // 1024} KB.")
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length[:15]) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise too_large
    except TimeoutError:
        raise Problem(408, "The body of the request came too slowly.") from None
    except ClientDisconnect:
        raise Problem(400, "The body of the request did not come.") from None
    return bytes(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode(), parse_constant=_refuse_constant)
        # Half of a surrogate pair is no character.
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Problem(
            400, f"The body is not JSON ({str(error)[:100]}); send such as {_EXAMPLE}."
        ) from None
    if not isinstance(fields, dict):
        raise Problem(400, f"The body is not a JSON object; send such as {_EXAMPLE}.")
    return fields


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _read_parameters(value: Any) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Problem(400, 'parameters must be an object, such as {"p": "Phone"} for $p.')
    if len(value) > MAX_PARAMETERS:
        raise Problem(400, f"There are {len(value)} parameters; the limit is {MAX_PARAMETERS}.")
    for name, one in value.items():
        is_plain = one is None or isinstance(one, str | bool | int | float)
        is_number = isinstance(one, int | float) and not isinstance(one, bool)
        if not is_plain or (is_number and not _is_in_range(one)):
            text = f"The parameter {name[:60]!r} must be text, a number, true, false or null."
            raise Problem(400, text)
    return dict(value)


def _is_in_range(number: float) -> bool:
    return abs(number) <= _MOST_INTEGER if isinstance(number, int) else math.isfinite(number)


def _read_limit(fields: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = fields.get(name)
    if value is None:
        return default
    if type(value) is not int or not 1 <= value <= most:
        text = f"{name} is {str(value)[:40]!r}; with this key it can be 1 to {most:,}."
        raise Problem(400, text)
    return value
