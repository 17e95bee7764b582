"""Health checks and metrics: whether the process serves, and whether its boards are live."""

from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from webapp.feed import Feed
from webapp.hub import Hub
from webapp.listener import Listener
from webapp.metrics import HubCollector

# A board that is not live for longer than this should raise an alarm.
DARK_SECONDS = 60.0
_NO_STORE = {"cache-control": "no-store"}


def health_routes(
    feeds: Mapping[str, Feed], hub: Hub, listener: Listener, *, with_metrics: bool = True
) -> list[Route]:
    """Return the routes `/healthz`, `/readyz`, `/livez` and, with `with_metrics`, `/metrics`.

    `/livez` is for an alarm: it fails if a board has not been live for `DARK_SECONDS`. A load
    balancer must not use it: another process would be no better.
    """
    registry = CollectorRegistry()
    registry.register(HubCollector(hub, listener))

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        boards = {name: feed.status_json() for name, feed in feeds.items()}
        ready = all(feed.status.state != "offline" for feed in feeds.values())
        live = all(feed.live for feed in feeds.values())
        told = {"ready": ready, "live": live, "boards": boards}
        return JSONResponse(told, 200 if ready else 503, _NO_STORE)

    async def livez(_: Request) -> Response:
        now = datetime.now(UTC)
        dark = {
            name: feed.status_json()
            for name, feed in feeds.items()
            if feed.dark_since is not None
            and (now - feed.dark_since).total_seconds() >= DARK_SECONDS
        }
        return JSONResponse({"live": not dark, "dark": dark}, 503 if dark else 200, _NO_STORE)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/livez", livez),
        *([Route("/metrics", metrics)] if with_metrics else []),
    ]
