"""The API: queries of one's own, stored queries, and the table they read. All of it needs a key."""

import hashlib
import logging
import time
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregates.board import Board
from explore.answer_body import (
    CSV_TYPE,
    JSON_TYPE,
    csv_headers,
    encode,
    tell_status,
    write_csv,
    write_json,
)
from explore.asking import Question, read_question
from explore.engine_client import Engine
from explore.errors import EngineError
from explore.key_ring import KeyRing
from explore.keys import Key
from explore.leaving import work_until_left
from explore.parameters import ParameterError, read_values
from explore.problems import Problem, to_problem
from explore.results import Result, Results, is_restless
from explore.stored import StoredQuery, find_stored
from explore.versions import Version, Versions

logger = logging.getLogger("tallyboard")

_T = TypeVar("_T")

_PRIVATE = {"cache-control": "private, no-cache", "vary": "accept, authorization"}
_NEVER_KEPT = {"cache-control": "no-store"}


class Api:
    """The handlers of the API's addresses."""

    def __init__(
        self,
        engine: Engine,
        boards: Mapping[str, Board],
        stored: Mapping[str, StoredQuery],
        keys: KeyRing,
    ) -> None:
        self._engine, self._boards, self._stored, self._keys = engine, boards, stored, keys
        self.versions = Versions(engine)
        self.results = Results(engine, self.versions)

    def routes(self) -> list[Route]:
        """Return the API's routes."""
        return [
            Route("/api/explore", self.tell, methods=["GET"]),
            Route("/api/boards/{board}/query", self.query, methods=["POST"]),
            Route("/api/boards/{board}/queries/{name}", self.ask_stored, methods=["GET"]),
            Route("/api/boards/{board}/schema", self.show_schema, methods=["GET"]),
        ]

    async def tell(self, request: Request) -> Response:
        """Tell what a key may do: boards, stored queries, limits."""
        key = self._keys.require(request)
        boards = [
            {
                "name": name,
                "title": board.title,
                "queries": [_tell_query(query, key) for query in find_stored(self._stored, name)],
            }
            for name, board in self._boards.items()
            if key.may_read(name)
        ]
        about: dict[str, object] = {"id": key.id, "name": key.name, "ad_hoc": key.ad_hoc}
        about |= {"rows": key.rows, "timeout_ms": key.timeout_ms, "at_once": key.at_once}
        return _json({"key": about, "boards": boards})

    async def query(self, request: Request) -> Response:
        """Answer a query of one's own."""
        key, board = self._require(request)
        if not key.ad_hoc:
            text = f"This key is for stored queries only: GET /api/boards/{board}/queries/NAME."
            raise Problem(403, text)
        question = await read_question(request, board, key)
        result = await self._answer(request, question, key, "query")
        return _write(request, result, board, _NEVER_KEPT)

    async def ask_stored(self, request: Request) -> Response:
        """Answer a stored query; 304 if the asker has the answer already."""
        key, board = self._require(request)
        query = self._stored.get(request.path_params["name"])
        if query is None or not query.is_for(board):
            there_are = ", ".join(one.name for one in find_stored(self._stored, board)) or "none"
            name = request.path_params["name"][:60]
            text = f"This board has no stored query {name!r}; it has: {there_are}."
            raise Problem(404, text)
        try:
            values = read_values(query.parameters, request.query_params.multi_items())
        except ParameterError as error:
            raise Problem(400, str(error)) from None
        limit, timeout_ms = min(query.limit, key.rows), min(query.timeout_ms, key.timeout_ms)
        question = Question(board, query.sql, values, limit, timeout_ms)
        is_kept = not is_restless(query.sql)
        if is_kept:
            version = await self._ask(question, self.versions.read(board))
            tag = _make_tag(request, question, version)
            if tag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=_PRIVATE | {"etag": tag})
        result = await self._answer(request, question, key, query.name)
        if not is_kept:
            return _write(request, result, query.name, _NEVER_KEPT)
        is_live = result.answer.state == "live"
        version = Version(version.epoch, result.answer.version, is_live)
        tag = _make_tag(request, question, version)
        return _write(request, result, query.name, _PRIVATE | {"etag": tag})

    async def show_schema(self, request: Request) -> Response:
        """Show the board's table: columns, types, how many items have another type."""
        _, board = self._require(request)
        schema = await self._ask(Question(board, "", {}, 0, 0), self._engine.schema(board))
        columns = [column._asdict() for column in schema.columns]
        body = {"table": schema.table, "columns": columns, "rows": schema.rows}
        return _json(body | {"status": tell_status(schema.state, schema.version)})

    def _require(self, request: Request) -> tuple[Key, str]:
        """Return the key and the board of a request; raise `Problem` (401, 403, 404)."""
        key, board = self._keys.require(request), request.path_params["board"]
        readable = [name for name in self._boards if key.may_read(name)]
        if board not in readable:
            there_are = ", ".join(readable) or "none"
            is_other = board in self._boards or key.boards != ("*",)
            text = f"This key is not for a board {board[:60]!r}; it is for: {there_are}."
            if is_other:
                raise Problem(403, text)
            raise Problem(404, f"There is no board {board[:60]!r}; there are: {there_are}.")
        return key, board

    async def _answer(self, request: Request, question: Question, key: Key, name: str) -> Result:
        began = time.monotonic()
        work = self.results.answer(question, lambda: self._keys.running(key))
        status = "left"
        try:
            result = await self._ask(question, work_until_left(request, work))
            status = "answered"
            return result
        except Problem as problem:
            status = str(problem.status)
            raise
        finally:
            # Never the SQL: it may have a donor's name.
            ms = (time.monotonic() - began) * 1000
            logger.info("key %s, board %s, %s: %s, %d ms", key.id, question.board, name, status, ms)

    async def _ask(self, question: Question, work: Awaitable[_T]) -> _T:
        try:
            return await work
        except EngineError as error:
            raise to_problem(error, question.sql, question.timeout_ms) from error


def _write(request: Request, result: Result, name: str, headers: Mapping[str, str]) -> Response:
    if wants_csv(request):
        more = {**headers, **csv_headers(result, name)}
        return Response(write_csv(result.answer), headers=more, media_type=CSV_TYPE)
    return Response(write_json(result), headers=dict(headers), media_type=JSON_TYPE)


def wants_csv(request: Request) -> bool:
    """Return whether the asker names CSV, and does not prefer JSON."""
    accept = request.headers.get("accept", "").lower()
    return "text/csv" in accept and "application/json" not in accept


def _make_tag(request: Request, question: Question, version: Version) -> str:
    said = (question, sorted(question.parameters.items()), wants_csv(request), version)
    return f'"{version.number}-{hashlib.sha256(repr(said).encode()).hexdigest()[:20]}"'


def _json(body: object) -> Response:
    return Response(encode(body), headers=_NEVER_KEPT, media_type=JSON_TYPE)


def _tell_query(query: StoredQuery, key: Key) -> dict[str, object]:
    told: dict[str, object] = {
        "name": query.name,
        "title": query.title,
        "parameters": [
            {
                "name": one.name,
                "type": one.kind,
                "default": one.default,
                "required": one.is_required,
            }
            for one in query.parameters
        ],
    }
    return told | ({"sql": query.sql} if key.ad_hoc else {})
