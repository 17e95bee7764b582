"""Adds headers to every response: security, caching, and permission for other origins.

This is a middleware around all routes, including other rooms' routes. It keeps headers that a route
sets itself.
"""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Browsers must not guess the content type, nor send a referrer to other sites.
SECURITY_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
# For responses whose route sets nothing: errors, health, metrics. Else a CDN would cache a 404.
_CACHE_CONTROL = "no-store"
# How long a browser refuses plain HTTP; short, because the name may serve something else later.
_HTTPS_ONLY = "max-age=86400"

# The figures are public, so that a sponsor's page can show them: any origin may read these paths.
_CROSS_ORIGIN = ("/events", "/api")
_ALLOWED = {"access-control-allow-origin": "*"}
# A page that resumes a stream itself sends `Last-Event-ID`, for which a browser asks permission.
_ALLOWED_BEFORE = _ALLOWED | {
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "last-event-id, if-none-match, cache-control",
    "access-control-max-age": "86400",
}
_ALLOWED_AFTER = _ALLOWED | {"access-control-expose-headers": "etag, retry-after"}


class Answers:
    """The middleware. `root_path` is a prefix that a proxy may leave on the path, like `/live`."""

    def __init__(self, app: ASGIApp, root_path: str = "") -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._root_path:
            # Starlette's router then matches the path with or without the prefix.
            scope["root_path"] = self._root_path
        path = scope["path"].removeprefix(self._root_path)
        is_shared = any(path == one or path.startswith(f"{one}/") for one in _CROSS_ORIGIN)
        added = SECURITY_HEADERS | (_ALLOWED_AFTER if is_shared else {})
        if scope["scheme"] == "https":
            added = added | {"strict-transport-security": _HTTPS_ONLY}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                for name, value in added.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", _CACHE_CONTROL)
                message = {**message, "headers": headers.raw}
            await send(message)

        if scope["method"] == "OPTIONS" and is_shared:
            await Response(status_code=204, headers=_ALLOWED_BEFORE)(
                scope, receive, send_with_headers
            )
            return
        await self._app(scope, receive, send_with_headers)


async def answer_failure(_: Request, __: Exception) -> Response:
    """Return the 500 response for an unexpected error. Only the log has the error itself."""
    headers = SECURITY_HEADERS | {"cache-control": _CACHE_CONTROL}
    return PlainTextResponse("Internal Server Error\n", status_code=500, headers=headers)
