"""`python -m webapp` with `GET /tasks` beside it: how many asyncio tasks its process has."""

import asyncio
import sys

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from webapp import __main__ as entry
from webapp import app

_create_app = app.create_app


def create_counted_app() -> ASGIApp:
    """Return the product's app, passed through but for one path."""
    inner = _create_app()

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/tasks":
            await PlainTextResponse(str(len(asyncio.all_tasks())))(scope, receive, send)
        else:
            await inner(scope, receive, send)

    return counted


if __name__ == "__main__":
    app.create_app = create_counted_app  # type: ignore[assignment]
    sys.exit(entry.main())
