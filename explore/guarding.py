"""Adds security headers to every answer."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webapp.answers import SECURITY_HEADERS

# Nothing of an answer is a page, unless its route says so.
_ADDED = {
    **SECURITY_HEADERS,
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
# How long a browser refuses plain HTTP; short, because the name may serve something else later.
_HTTPS_ONLY = "max-age=86400"


class Guarding:
    """The middleware. It keeps headers that a route sets itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                for name, value in _ADDED.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", _HTTPS_ONLY)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, send_guarded)
