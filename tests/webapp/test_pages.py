from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import segno
from starlette.applications import Starlette

from aggregates.board import Board, Ticker
from tests.webapp.states import BOARD
from webapp.api import UnknownBoard, answer_unknown_board
from webapp.feed import Feed
from webapp.pages import page_routes, page_version
from webapp.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Return the folder of a display with two pages and a script."""
    folder = tmp_path / "static"
    (folder / "panels").mkdir(parents=True)
    (folder / "index.html").write_text("<html >Display" + "<p>text</p>" * 100)
    (folder / "help.html").write_text("<title>Help</title>")
    (folder / "panels/goal.js").write_text("export const goal = 1;\n" * 100)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
async def client(static: Path) -> AsyncIterator[httpx.AsyncClient]:
    gala = replace(
        BOARD, name="gala", donate_url="https://example.org/give?to=gala", language="de-CH"
    )
    boards = [BOARD, gala]
    feeds = {board.name: Feed(board, "page-1") for board in boards}
    app = Starlette(
        routes=page_routes(static, feeds),
        exception_handlers={UnknownBoard: answer_unknown_board},
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tallyboard") as client:
        yield client


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/", "Display"),
        ("/?board=gala", "Display"),
        ("/help", "Help"),
        ("/static/panels/goal.js", "goal"),
    ],
)
async def test_pages_and_files_are_served(
    client: httpx.AsyncClient, address: str, text: str
) -> None:
    reply = await client.get(address)
    assert reply.status_code == 200
    assert text in reply.text


@pytest.mark.parametrize(
    ("address", "begin"),
    [
        ("/?board=gala", '<html data-lang="de-CH" >'),
        ("/?board=gala,fundraiser&overlay=1", '<html data-lang="de-CH" >'),
        ("/", "<html >"),
    ],
)
async def test_a_page_knows_the_language_of_its_first_board(
    client: httpx.AsyncClient, address: str, begin: str
) -> None:
    assert (await client.get(address)).text.startswith(begin)


@pytest.mark.parametrize("address", ["/", "/help", "/static/panels/goal.js", "/qr.svg?board=gala"])
async def test_a_page_may_load_and_call_only_its_own_server(
    client: httpx.AsyncClient, address: str
) -> None:
    headers = (await client.get(address)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == (
        "nosniff",
        "no-referrer",
    )
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("address", "may"), [("/help", True), ("/", False), ("/?overlay=1", False)]
)
async def test_only_the_help_page_frames_the_display(
    client: httpx.AsyncClient, address: str, may: bool
) -> None:
    policy = (await client.get(address)).headers["content-security-policy"]
    assert ("frame-src 'self'" in policy) is may


@pytest.mark.parametrize("address", ["/", "/static/panels/goal.js"])
async def test_a_file_that_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, address: str
) -> None:
    tag = (await client.get(address)).headers["etag"]
    reply = await client.get(address, headers={"if-none-match": tag})
    assert (reply.status_code, reply.content) == (304, b"")


@pytest.mark.parametrize("address", ["/", "/static/panels/goal.js"])
async def test_files_are_compressed_for_those_who_ask(
    client: httpx.AsyncClient, address: str
) -> None:
    plain = await client.get(address, headers={"accept-encoding": "identity"})
    packed = await client.get(address, headers={"accept-encoding": "gzip"})
    assert plain.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text


@pytest.mark.parametrize(
    "address", ["/static/%2e%2e/secret.txt", "/static/nothing.js", "/index.html", "/secret.txt"]
)
async def test_only_what_is_in_the_folder_is_served(
    client: httpx.AsyncClient, address: str
) -> None:
    reply = await client.get(address)
    assert reply.status_code == 404
    assert "secret" not in reply.text


@pytest.mark.parametrize(
    ("accept_encoding", "is_packed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("br, *", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
        ("x-gzipped", False),
        ("", False),
    ],
)
async def test_a_client_that_takes_no_gzip_gets_none(
    client: httpx.AsyncClient, accept_encoding: str, is_packed: bool
) -> None:
    reply = await client.get("/", headers={"accept-encoding": accept_encoding})
    assert ("content-encoding" in reply.headers) == is_packed


async def test_a_board_with_a_donation_page_has_a_qr_code(client: httpx.AsyncClient) -> None:
    reply = await client.get("/qr.svg", params={"board": "gala"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/svg+xml")
    assert "<svg" in reply.text
    again = await client.get(
        "/qr.svg", params={"board": "gala"}, headers={"if-none-match": reply.headers["etag"]}
    )
    assert again.status_code == 304


async def test_a_qr_code_is_drawn_once_and_not_for_each_request(
    static: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing takes 5 ms, during which no screen gets updates."""
    drawn: list[str] = []
    draw = segno.make

    def make(address: str, error: str) -> segno.QRCode:
        drawn.append(address)
        return draw(address, error=error)

    monkeypatch.setattr("webapp.pages.segno.make", make)
    board = replace(BOARD, donate_url="https://example.org/give")
    app = Starlette(routes=page_routes(static, {board.name: Feed(board, "page-1")}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tallyboard") as client:
        for _ in range(3):
            assert (await client.get("/qr.svg")).headers["content-encoding"] == "gzip"
    assert drawn == ["https://example.org/give"]


async def test_an_address_too_long_for_a_qr_code_is_no_reason_not_to_start(static: Path) -> None:
    board = replace(BOARD, donate_url="https://example.org/" + 5000 * "x")
    app = Starlette(routes=page_routes(static, {board.name: Feed(board, "page-1")}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tallyboard") as client:
        assert (await client.get("/qr.svg")).status_code == 404
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("ancestors", "told"),
    [("", None), ("'self' https://gala.example", "'self' https://gala.example")],
)
async def test_only_the_sites_that_the_operator_names_may_show_it_in_a_frame(
    static: Path, ancestors: str, told: str | None
) -> None:
    app = Starlette(routes=page_routes(static, {BOARD.name: Feed(BOARD, "page-1")}, ancestors))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tallyboard") as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts.get("frame-ancestors") == told


@pytest.mark.parametrize(
    "address", ["/qr.svg", "/qr.svg?board=fundraiser", "/qr.svg?board=nowhere"]
)
async def test_a_board_without_a_donation_page_has_no_qr_code(
    client: httpx.AsyncClient, address: str
) -> None:
    assert (await client.get(address)).status_code == 404


def test_a_page_has_one_version_while_nothing_changes(static: Path) -> None:
    version = page_version(static, BOARD)
    assert len(version) == 12
    assert page_version(static, replace(BOARD)) == version


@pytest.mark.parametrize(
    "changed",
    [
        replace(BOARD, title="Other"),
        replace(BOARD, goal=None),
        replace(BOARD, ticker=Ticker(1, ("platform",))),
        replace(BOARD, donate_url="https://example.org"),
    ],
    ids=["title", "goal", "ticker", "link"],
)
def test_another_text_of_the_board_is_another_page(static: Path, changed: Board) -> None:
    assert page_version(static, changed) != page_version(static, BOARD)


def test_every_change_of_a_file_is_another_page(static: Path) -> None:
    versions = [page_version(static, BOARD)]
    (static / "panels/goal.js").write_text("export const goal = 2;")
    versions.append(page_version(static, BOARD))
    (static / "panels/goal.js").rename(static / "panels/aim.js")
    versions.append(page_version(static, BOARD))
    (static / "panels/aim.js").unlink()
    versions.append(page_version(static, BOARD))
    assert len(set(versions)) == 4


def test_the_displays_own_files_name_no_email_address() -> None:
    files = [file for file in Settings().static.rglob("*") if file.suffix in (".html", ".js")]
    assert files
    assert [file for file in files if "email" in file.read_text().lower()] == []
