"""Whether the process serves, whether it hears of its boards, and its figures."""

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from webapp.feed import Feed
from webapp.hub import Hub
from webapp.listener import Listener
from webapp.metrics import HubCollector


def health_routes(feeds: Mapping[str, Feed], hub: Hub, listener: Listener) -> list[Route]:
    """Return the routes `/healthz`, `/readyz` and `/metrics`."""
    registry = CollectorRegistry()
    registry.register(HubCollector(hub, listener))

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        boards = {name: feed.status_json() for name, feed in feeds.items()}
        ready = all(feed.status.state != "offline" for feed in feeds.values())
        return JSONResponse({"ready": ready, "boards": boards}, 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
