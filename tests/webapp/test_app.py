"""The whole app: additional rooms, redirects, headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.conftest import ROOT
from webapp.app import create_app
from webapp.hub import Hub
from webapp.rooms import Room
from webapp.settings import Settings

pytestmark = pytest.mark.anyio

SETTINGS = Settings(redis_url="redis://127.0.0.1:1", boards=str(ROOT / "boards"))


def ask(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tallyboard")


async def test_another_room_is_served_beside_the_display_and_knows_who_watches() -> None:
    steps: list[str] = []

    def open_crew(hub: Hub) -> Room:
        async def screens(request: Request) -> Response:
            form = await request.body()
            return JSONResponse({"screens": hub.presence.count("fundraiser"), "sent": len(form)})

        @asynccontextmanager
        async def running() -> AsyncIterator[None]:
            steps.append("opened")
            yield
            steps.append("closed")

        crew = Starlette(routes=[Route("/screens", screens, methods=["POST"])])
        return Room([Mount("/crew", crew)], running)

    app = create_app(SETTINGS, rooms=[open_crew])
    app.state.hub.presence.enter("fundraiser", "wall")
    async with app.router.lifespan_context(app):
        assert steps == ["opened"]
        async with ask(app) as client:
            reply = await client.post("/crew/screens", content=b"form")
            assert reply.json()["screens"]["wall"] == 1
            assert reply.json()["sent"] == 4
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert (await client.get("/")).status_code == 200
    assert steps == ["opened", "closed"]


@pytest.mark.parametrize("address", ["/boards/", "/static", "/healthz/", "/api/boards/"])
async def test_no_path_is_redirected(address: str) -> None:
    async with ask(create_app(SETTINGS)) as client:
        reply = await client.get(address, headers={"host": "evil.example"})
    assert reply.status_code == 404
    assert "location" not in reply.headers


@pytest.mark.parametrize("address", ["/nothing", "/readyz", "/metrics", "/healthz"])
async def test_what_changes_is_kept_by_no_cache(address: str) -> None:
    async with ask(create_app(SETTINGS)) as client:
        assert (await client.get(address)).headers["cache-control"] == "no-store"


async def test_screens_and_owed_bytes_are_in_the_metrics() -> None:
    app = create_app(SETTINGS)
    app.state.hub.presence.enter("fundraiser", "overlay")
    async with ask(app) as client:
        text = (await client.get("/metrics")).text
    assert 'tallyboard_screens{board="fundraiser",kind="overlay"} 1.0' in text
    assert 'tallyboard_owed_bytes{board="fundraiser"} 0.0' in text
    assert "# TYPE tallyboard_refused_total counter" in text
