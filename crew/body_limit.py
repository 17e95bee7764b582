"""A limit on the size of a request's body, applied before the body is in memory."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FORM_BYTES = 256 * 1024
# For a spreadsheet on the import page.
MAX_FILE_BYTES = 32 * 1024 * 1024
_FILE_PATH = "/import"


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Answers 413 to a body over `MAX_FORM_BYTES`, or `MAX_FILE_BYTES` on the import page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MAX_FILE_BYTES if scope["path"].endswith(_FILE_PATH) else MAX_FORM_BYTES
        length = Headers(scope=scope).get("content-length", "0")
        refusal = PlainTextResponse(f"This is larger than {most // 1024:,} KB.\n", 413)
        if not length.isdigit() or int(length[:15]) > most:
            await refusal(scope, receive, send)
            return
        received, has_started = 0, False

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise _TooLarge
            return message

        async def note_start(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive_bounded, note_start)
        except _TooLarge:
            if not has_started:
                await refusal(scope, receive, send)
