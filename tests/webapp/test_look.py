"""An event's look is readable with any colours, and its address depends on its content."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from aggregates.board import Board
from tests.aggregates.look_files import PNG, SVG
from tests.browser.colour_vision import contrast
from tests.conftest import ROOT
from tests.webapp.looks import dressed
from tests.webapp.states import BOARD
from webapp.feed import Feed
from webapp.look import Faces
from webapp.look_sheet import read_themes
from webapp.pages import page_routes, page_version

pytestmark = pytest.mark.anyio

STATIC = ROOT / "static"
GROUNDS = ["#000000", "#0b1018", "#10142b", "#402060", "#7a1020", "#777777", "#c0d0c0", "#ffffff"]


def sheet_of(board: Board) -> str:
    face = Faces(STATIC).get(board)
    assert face.json is not None
    return face.served[face.json["sheet"].removeprefix("look/")][1].decode()


def colours_of(board: Board) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", sheet_of(board)))


@pytest.mark.parametrize("ground", GROUNDS)
def test_all_that_is_derived_from_a_ground_can_be_read_on_it(tmp_path: Path, ground: str) -> None:
    colours = colours_of(dressed(tmp_path, ground=ground))
    faint = {
        name: contrast(colours[name], colours[on])
        for on in ("ground", "raised")
        for name in ("text", "muted", "old")
        if contrast(colours[name], colours[on]) < 4.5
    }
    faint |= {
        name: contrast(colours[name], ground)
        for name in ["accent", "rest", "focus", *(f"colour-{number}" for number in range(8))]
        if contrast(colours[name], ground) < 3
    }
    assert faint == {}
    assert contrast(colours["accent-text"], colours["accent"]) >= 4.5
    assert contrast(colours["notice"], ground) >= 4.5


@pytest.mark.parametrize("ground", ["#000000", "#10142b", "#c0d0c0", "#ffffff"])
def test_texts_can_be_read_on_any_picture(tmp_path: Path, ground: str) -> None:
    (tmp_path / "hall.png").write_bytes(PNG)
    board = dressed(tmp_path, ground=ground, background="hall.png")
    colours, sheet = colours_of(board), sheet_of(board)
    [veil] = {int(found, 16) / 255 for found in re.findall(rf"{ground}([0-9a-f]{{2}})", sheet)}
    parts = [int(ground[place : place + 2], 16) for place in (1, 3, 5)]
    for pixel in (0, 255):
        behind = "#" + "".join(f"{round(part * veil + pixel * (1 - veil)):02x}" for part in parts)
        assert contrast(colours["text"], behind) >= 4.4
        assert contrast(colours["muted"], behind) >= 4.4


def test_a_groups_name_cannot_leave_its_selector(tmp_path: Path) -> None:
    name = 'Red"] * { color: red } [x="\\'
    sheet = sheet_of(dressed(tmp_path, groups=((name, "#e03030"),)))
    [rule] = [line for line in sheet.splitlines() if "data-group" in line]
    assert rule.count('"') == 4
    assert rule.count("{") == 1


def test_only_an_accent_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    colours = colours_of(dressed(tmp_path, accent="#ff44dd"))
    assert set(colours) == {"accent", "accent-text"}


def test_the_colours_of_our_own_themes_are_read_from_their_sheet() -> None:
    themes = read_themes((STATIC / "theme.css").read_text("utf-8"))
    assert set(themes) == {"dark", "light", "contrast"}
    assert themes["light"]["ground"] == "#f6f7f9"
    assert themes["light"]["colour-0"] != themes["dark"]["colour-0"]


@pytest.fixture
def faces() -> Faces:
    return Faces(STATIC)


@pytest.fixture
async def client(tmp_path: Path, faces: Faces) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "logo.svg").write_bytes(SVG)
    gala = replace(dressed(tmp_path, accent="#ff44dd", logo="logo.svg"), name="gala")
    feeds = {board.name: Feed(board, "p", faces.tell) for board in (BOARD, gala)}
    app = Starlette(routes=page_routes(STATIC, feeds, faces=faces))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://tallyboard"
    ) as client:
        yield client


@pytest.mark.parametrize("boards", ["gala", "gala,run"])
async def test_the_first_paint_has_the_colours_of_the_first_board(
    client: httpx.AsyncClient, boards: str
) -> None:
    page = (await client.get(f"/?board={boards}")).text
    [address] = re.findall(r'<link id="look" rel="stylesheet" href="(look/\w{20}\.css)"', page)
    sheet = await client.get(address)
    assert "--accent: #ff44dd" in sheet.text
    assert sheet.headers["content-type"].startswith("text/css")
    assert 'id="look"' not in (await client.get("/")).text


async def test_files_are_kept_for_good_and_run_nothing(
    client: httpx.AsyncClient, faces: Faces
) -> None:
    page = (await client.get("/?board=gala")).text
    assert page
    [name] = {name for face in faces._faces.values() for name in face.served if ".svg" in name}
    reply = await client.get(f"/look/{name}")
    assert (reply.content, reply.headers["content-type"]) == (SVG, "image/svg+xml")
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    for other in ("logo.svg", "..%2flogo.svg", "%2e%2e/gala.toml"):
        assert (await client.get(f"/look/{other}")).status_code == 404


@pytest.mark.parametrize(
    ("address", "allowed"), [("/?overlay=1", True), ("/", False), ("/?overlay=", False)]
)
async def test_only_an_overlay_takes_styles_from_outside_and_no_page_scripts(
    client: httpx.AsyncClient, address: str, allowed: bool
) -> None:
    headers = (await client.get(address)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert ("'unsafe-inline'" in policy["style-src"]) is allowed
    assert policy["script-src"] == "'self'"


def test_another_picture_of_the_look_is_another_page(tmp_path: Path) -> None:
    versions = set()
    for content in (PNG, PNG + b"1"):
        (tmp_path / "logo.png").write_bytes(content)
        board = dressed(tmp_path, logo="logo.png")
        versions.add(page_version(STATIC, board, Faces(STATIC).get(board)))
    assert len(versions) == 2


def test_a_board_that_is_changed_tells_its_new_look(tmp_path: Path) -> None:
    faces = Faces(STATIC)
    feed = Feed(BOARD, "p", faces.tell)
    feed.change_board(dressed(tmp_path, accent="#ff44dd"))
    assert feed._frames._look == faces.tell(feed.board)
    assert feed._frames._look is not None


def test_a_missing_file_is_logged_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Faces(STATIC).tell(dressed(tmp_path, logo="missing.svg"))
    assert told is not None
    assert told["logo"] is None
    assert "missing.svg: look.logo: there is no such file" in caplog.text
