"""Takes screenshots of the display on the real stack, with the same donations every time.

`make screenshots` takes the README's three into `docs/images`;
`python -m tests.browser.screenshots --all [folder]` takes every state worth looking at into
`build/screenshots`.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from playwright.sync_api import Browser, Page

from tests.browser.chromium import find_chromium, launch_chromium
from tests.browser.scenes import GOAL, PLATFORMS, Scene, list_scenes, write_logos
from tests.browser.screen import open_screen
from tests.browser.stage import Record, Stage
from tests.conftest import ROOT, RedisServer

README = ROOT / "docs" / "images"
ALL = ROOT / "build" / "screenshots"

# Amounts and their weights, and platforms, as at a marathon.
_AMOUNTS = {5: 14, 10: 19, 15: 9, 20: 10, 25: 9, 30: 5, 50: 12, 75: 6, 100: 9, 250: 3, 500: 1}
_HOURS = 16
# A background behind the overlay, flat to keep the file small.
_VIDEO = """document.documentElement.style.background =
  "linear-gradient(115deg, #232a52 0 38%, #3a3f78 0 62%, #5b4c8f 0) fixed" """


def _show_video(page: Page) -> None:
    page.evaluate(_VIDEO)


@dataclass(frozen=True)
class Picture:
    """A screenshot. `board` is a name from `make_boards`; `prepare` is called with the page."""

    name: str
    board: str = "middle"
    options: str = ""
    size: tuple[int, int] = (1920, 1080)
    prepare: Callable[[Page], object] | None = None
    full: bool = False
    density: float = 1


def _go_offline(page: Page) -> None:
    page.context.set_offline(True)
    page.wait_for_function("() => connection.dataset.state === 'reconnecting'")


PHONE = (390, 844)
README_PICTURES = [
    Picture("wall", size=(1600, 900)),
    Picture("goal", board="past", options="&theme=light", size=(1600, 900)),
    Picture(
        "overlay",
        options="&overlay=1",
        size=(1280, 720),
        prepare=_show_video,
    ),
]
STATES = [
    *(
        Picture(f"{board}-{theme}", board=board, options=f"&theme={theme}")
        for board in ("start", "middle", "past")
        for theme in ("dark", "light", "contrast")
    ),
    Picture("4k", size=(3840, 2160)),
    Picture("laptop", size=(1366, 768)),
    Picture("overlay", options="&overlay=1", size=(1280, 720)),
    *(
        Picture(f"strip-{at}", options=f"&overlay=strip&at={at}", prepare=_show_video)
        for at in ("bottom", "top", "top-left")
    ),
    Picture("strip-vote", board="two", options="&overlay=strip&panels=total,bars"),
    *(
        Picture(f"widget-{panels}", options=f"&overlay=1&panels={panels}", prepare=_show_video)
        for panels in ("total", "goal", "bars", "ticker")
    ),
    Picture("far", options="&far=1"),
    Picture("far-square", options="&far=1", size=(1080, 1080)),
    Picture("far-upright", options="&far=1", size=(1080, 1920)),
    Picture("bare", options="&bare=1"),
    Picture("in-turn", options="&bare=1&every=600"),
    Picture("phone", size=(390, 844), full=True, density=2),
    Picture("upright", size=(1080, 1920)),
    Picture("square", size=(1080, 1080)),
    Picture("led", size=(1536, 256)),
    Picture("banner", size=(1920, 480)),
    Picture("pillar", size=(512, 1536)),
    Picture("two", board="two"),
    Picture("empty", board="empty"),
    Picture("bars", options="&panels=bars"),
    Picture("bars-forty", board="forty", options="&panels=bars"),
    Picture("hebrew", board="promise", options="&lang=he"),
    Picture("hebrew-phone", options="&lang=he", size=PHONE, full=True),
    Picture("japanese", board="promise", options="&lang=ja"),
    Picture("japanese-phone", board="lauf", options="&lang=ja", size=PHONE, full=True),
    Picture("french", board="lauf", options="&lang=fr"),
    Picture("gala", board="gala"),
    Picture("gala-upright", board="gala", size=(1080, 1920)),
    Picture("gala-strip", board="gala", options="&overlay=strip", prepare=_show_video),
    Picture("neon", board="neon"),
    Picture("neon-phone", board="neon", size=PHONE, full=True, density=2),
    Picture("school", board="school"),
    Picture("war", board="war"),
    Picture("war-upright", board="war", size=(1080, 1920)),
    Picture("war-phone", board="war", size=PHONE, full=True),
    Picture("teams", board="teams", options="&panels=total,bars"),
    Picture("promise", board="promise"),
    Picture("promise-overlay", board="promise", options="&overlay=1", prepare=_show_video),
    Picture("promise-strip", board="promise", options="&overlay=strip", prepare=_show_video),
    Picture("promise-far", board="promise", options="&far=1"),
    Picture("first", board="first"),
    Picture("first-far", board="first", options="&far=1"),
    Picture("first-upright", board="first", size=(1080, 1920)),
    Picture("minute", board="minute"),
    Picture("last", board="last"),
    Picture("last-far", board="last", options="&far=1"),
    Picture("reconnecting", prepare=_go_offline),
    Picture("forty", board="forty"),
    Picture("german", board="lauf", options="&lang=de"),
    Picture("arabic", board="lauf", options="&lang=ar"),
    Picture("arabic-phone", board="lauf", options="&lang=ar", size=(390, 844), full=True),
    Picture("figure", options="&panels=total,goal"),
    Picture("near", board="near"),
    Picture("about", prepare=lambda page: page.click("#about-title")),
]


def make_donations(stage: Stage, board: str, total: int, platforms: dict[str, int]) -> list[Record]:
    """Return donations over the last hours that add up to `total` units, the same every time."""
    chance = Random(board.split("-")[0])
    given: list[tuple[float, str, int]] = []
    left = total
    while left > 0:
        [amount] = chance.choices(list(_AMOUNTS), list(_AMOUNTS.values()))
        amount = min(amount, left)
        left -= amount
        [platform] = chance.choices(list(platforms), list(platforms.values()))
        # More towards the evening, with occasional rushes.
        when = chance.random() ** 0.72
        if chance.random() < 0.3:
            when = round(when * 9) / 9 - chance.random() * 0.02
        given.append((max(0.0, when), platform, amount))
    now = datetime.now(UTC)
    begin = now - timedelta(hours=_HOURS)
    return [
        stage.record(
            board, platform, amount, at=(begin + when * (now - begin)).isoformat(timespec="seconds")
        )
        for when, platform, amount in sorted(given)
    ]


def make_boards(stage: Stage) -> dict[str, str]:
    """Return the boards' names by purpose."""
    forty = {f"Team {name}": 60 - 3 * number for number, name in enumerate("ABCDEFGHIJKLMNOPQRS")}
    forty |= {f"Station {number}": 2 for number in range(1, 22)}
    near = {"target": "250_000", "milestones": "[100_000, 105_000, 110_000, 200_000, 245_000]"}
    boards: dict[str, Scene] = {
        "start": (1_240, PLATFORMS, GOAL),
        "middle": (165_790, PLATFORMS, GOAL),
        "past": (283_415, PLATFORMS, GOAL),
        "forty": (214_300, forty, GOAL),
        "near": (108_200, PLATFORMS, near),
        "two": (101_000, {"Save the animals": 56, "Kill the animals": 44}, GOAL),
        "empty": (0, PLATFORMS, GOAL),
        "lauf": (104_998, PLATFORMS, GOAL | {"title": '"Spendenlauf"', "unit": '"EUR"'}),
    }
    boards |= list_scenes()
    names = {}
    for place, (total, platforms, fields) in boards.items():
        names[place] = stage.write_board(place, **fields)
        write_logos(stage.folder / names[place])
        stage.deliver(names[place], make_donations(stage, names[place], total, platforms))
        stage.prove(names[place])
    stage.give(names["lauf"], "Phone", "12.50")
    return names


@contextmanager
def show(browser: Browser, stage: Stage, board: str, picture: Picture) -> Iterator[Page]:
    """Open a page and wait until its animations end."""
    width, height = picture.size
    size = {"width": width, "height": height}
    density = picture.density
    with open_screen(browser, network=False, size=size, device_scale_factor=density) as screen:
        screen.show(stage, board, picture.options).wait_for_state("live")
        screen.page.wait_for_timeout(2_500)  # rows settle, the chart is drawn
        if picture.prepare:
            picture.prepare(screen.page)
            screen.page.wait_for_timeout(800)
        yield screen.page


def take(browser: Browser, stage: Stage, board: str, picture: Picture, folder: Path) -> None:
    with show(browser, stage, board, picture) as page:
        save(page, folder / f"{picture.name}.png", full=picture.full)


def save(page: Page, path: Path, *, full: bool = False) -> None:
    page.screenshot(path=path, full_page=full, omit_background=True)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    print(f"{shown}  {path.stat().st_size / 1000:.0f} KB")


def take_what_happens(
    browser: Browser, stage: Stage, boards: dict[str, str], redis: RedisServer, folder: Path
) -> None:
    """Take screenshots of passing states: celebrations, other pages, figures without Redis."""
    for theme in ("dark", "light"):
        with show(browser, stage, boards["near"], Picture("", options=f"&theme={theme}")) as page:
            stage.give(boards["near"], "Website", 2_500 if theme == "dark" else 140_000)
            page.wait_for_selector("#celebration:not([hidden])")
            page.wait_for_timeout(1_500)
            save(page, folder / f"celebration-{theme}.png")
    for name in ("help", "boards"):
        with open_screen(browser, size={"width": 1280, "height": 900}) as screen:
            screen.page.goto(f"{stage.url}/{name}")
            screen.page.wait_for_selector("#boards .meta, #choice-board option", state="attached")
            screen.page.wait_for_timeout(500)
            save(screen.page, folder / f"{name}.png", full=True)
    with show(browser, stage, boards["middle"], Picture("")) as page:
        redis.kill()
        page.wait_for_selector("#connection[data-state=stale]")
        page.wait_for_timeout(800)
        save(page, folder / "stale.png")
    redis.start()


def choose_pictures(every: bool, only: str | None) -> list[Picture]:
    """Return the pictures to take: those named in `only`, every state, or the README's."""
    if only is not None:
        return [picture for picture in STATES if picture.name in only.split(",")]
    return STATES if every else README_PICTURES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots")
    parser.add_argument("--all", action="store_true", help="every state, not only the README's")
    parser.add_argument("--only", help="these states of all, by name, with commas")
    parser.add_argument("folder", nargs="?", type=Path, help="where to")
    arguments = parser.parse_args()
    path = find_chromium()
    if path is None:
        print("no Chromium: set CHROMIUM, or install it", file=sys.stderr)
        return 1
    folder: Path = (
        arguments.folder or (ALL if arguments.all or arguments.only else README)
    ).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    redis = RedisServer()
    try:
        with tempfile.TemporaryDirectory() as boards_folder:
            stage = Stage(redis.url, Path(boards_folder))
            try:
                boards = make_boards(stage)
                stage.start()
                with launch_chromium(path) as browser:
                    for picture in choose_pictures(arguments.all, arguments.only):
                        take(browser, stage, boards[picture.board], picture, folder)
                    if arguments.all:
                        take_what_happens(browser, stage, boards, redis, folder)
            finally:
                stage.close()
    finally:
        redis.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
