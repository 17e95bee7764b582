"""The headers of every answer, and who may read it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webapp.answers import Answers, answer_failure

pytestmark = pytest.mark.anyio


async def _tell(_: Request) -> Response:
    return JSONResponse({}, headers={"cache-control": "no-cache"})


async def _busy(_: Request) -> Response:
    return JSONResponse({"error": "full"}, status_code=503, headers={"retry-after": "3"})


async def _fail(_: Request) -> Response:
    raise ZeroDivisionError("a secret")


def make_app(root_path: str = "") -> Starlette:
    app = Starlette(
        routes=[
            Route("/", _tell),
            Route("/api/boards", _tell),
            Route("/events", _busy),
            Route("/metrics", _busy),
            Route("/fails", _fail),
        ],
        middleware=[Middleware(Answers, root_path=root_path)],
        exception_handlers={Exception: answer_failure},
    )
    app.router.redirect_slashes = False
    return app


def ask(app: Starlette, url: str = "http://tallyboard") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=url)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with ask(make_app()) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/nothing", 404),
        ("GET", "/api/boards/", 404),
        ("POST", "/", 405),
        ("GET", "/metrics", 503),
        ("GET", "/events", 503),
        ("GET", "/fails", 500),
    ],
)
async def test_every_answer_is_taken_for_what_it_says_it_is(
    client: httpx.AsyncClient, method: str, address: str, status: int
) -> None:
    reply = await client.request(method, address)
    assert reply.status_code == status
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == ("no-cache" if status == 200 else "no-store")
    assert "secret" not in reply.text


async def test_no_answer_sends_a_browser_to_the_host_that_a_request_names(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.get("/api/boards/", headers={"host": "evil.example"})
    assert reply.status_code == 404
    assert "location" not in reply.headers


@pytest.mark.parametrize("address", ["/events", "/events?board=x", "/api/boards"])
async def test_another_sites_page_may_resume_a_stream_and_read_the_figures(
    client: httpx.AsyncClient, address: str
) -> None:
    """A page that opens the stream with `fetch` sends a preflight for the Last-Event-ID."""
    asked = {
        "origin": "https://sponsor.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "last-event-id",
    }
    before = await client.options(address, headers=asked)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == "*"
    assert "last-event-id" in before.headers["access-control-allow-headers"]
    assert "GET" in before.headers["access-control-allow-methods"]
    reply = await client.get(address, headers={"origin": "https://sponsor.example"})
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "retry-after" in reply.headers["access-control-expose-headers"]


async def test_only_the_figures_are_for_other_sites(client: httpx.AsyncClient) -> None:
    for address in ("/", "/metrics"):
        assert "access-control-allow-origin" not in (await client.get(address)).headers
        assert (await client.options(address)).status_code == 405


@pytest.mark.parametrize("prefix", ["", "/live"])
async def test_a_proxy_may_have_the_app_under_a_path(prefix: str) -> None:
    async with ask(make_app("/live")) as client:
        for address in ("/", "/api/boards"):
            assert (await client.get(prefix + address)).status_code == 200
        assert (await client.options(f"{prefix}/events")).status_code == 204
        assert (await client.get("/liver")).status_code == 404


async def test_a_browser_that_came_by_https_comes_back_by_it() -> None:
    async with ask(make_app(), "https://tallyboard") as client:
        assert "max-age" in (await client.get("/")).headers["strict-transport-security"]
    async with ask(make_app()) as client:
        assert "strict-transport-security" not in (await client.get("/")).headers
