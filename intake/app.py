"""The addresses that sources send to: `POST /in/NAME`, and the same with a slash at the end."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from intake.errors import Forged, Malformed
from intake.intake import Intake
from intake.request import Request
from intake.signature import now_utc
from intake.store import Busy

logger = logging.getLogger("tallyboard")

# Whoever enters an address may end it with a slash, and no provider follows a redirect.
PATHS = ("/in/{source}", "/in/{source}/")
MAX_BODY_BYTES = 256 * 1024
# A provider sends a few kilobytes at once; a slow body is an attack, or a broken line.
BODY_SECONDS = 10.0


class _TooLarge(Exception):
    pass


def intake_routes(
    intake: Intake,
    public_url: str = "",
    clock: Callable[[], datetime] = now_utc,
    body_seconds: float = BODY_SECONDS,
) -> list[Route]:
    """Return the routes. `public_url` is the address under which providers know this service.

    It is never taken from a request: some signatures cover it, and a header can say anything. A
    body has to be here after `body_seconds`.
    """

    async def take(http: HttpRequest) -> Response:
        name = http.path_params["source"]
        if name not in intake.sources:
            return _refuse(404, f"There is no source {name[:40]!r}.")
        try:
            async with asyncio.timeout(body_seconds):
                body = await _read_body(http)
        except TimeoutError:
            return _refuse(408, "The body came too slowly.")
        except _TooLarge:
            return _refuse(413, f"The body is larger than {MAX_BODY_BYTES // 1024} KB.")
        except ClientDisconnect:
            return _refuse(400, "The body did not come.")
        query = http.scope["query_string"].decode("ascii", "replace")
        path = http.scope.get("raw_path", b"").decode("ascii", "replace") or http.url.path
        url = f"{public_url}{path}{'?' if query else ''}{query}"
        request = Request(_read_headers(http.headers), body, url, clock())
        return await run_in_threadpool(_take, intake, name, request)

    return [Route(path, take, methods=["POST"]) for path in PATHS]


def _take(intake: Intake, name: str, request: Request) -> Response:
    try:
        answer = intake.take(name, request)
    except Forged as error:
        return _refuse(401, f"Refused: {error}.")
    except Malformed as error:
        intake.heard.note(name, request.now, "malformed", why=str(error))
        return _refuse(400, f"{error}.")
    except (ClientError, BotoCoreError, Busy, OSError) as error:
        # An OSError is of the disk, which keeps what DynamoDB has taken.
        logger.error("source %s: this was not kept: %s", name, error)
        return _refuse(503, "This could not be kept; please send it again.")
    return Response(answer.body, media_type=answer.media_type)


async def _read_body(http: HttpRequest) -> bytes:
    length = http.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length[:15]) > MAX_BODY_BYTES:
        raise _TooLarge
    parts, size = [], 0
    async for part in http.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


def _read_headers(headers: Headers) -> dict[str, str]:
    """Return headers by small name; one that comes twice is no header of a provider's."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        found[name] = "" if name in found else value
    return found


def _refuse(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status, {"cache-control": "no-store"})
