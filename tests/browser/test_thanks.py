"""Thanks for a single gift: once, in time, beside the total, and gone at once when it is hidden."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.examples import example
from tests.browser.screen import WALL, Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]
Call = Callable[..., Any]
Json = dict[str, Any]

THANKS: Json = {
    "least": 10_000,
    "measure": "amount",
    "name": "name",
    "comment": "comment",
    "approved": False,
}
NOW_MS = 1_795_287_851_000
LONG = "For my grandmother, who never missed one of these nights and would have loved this"


def item(id_: int, amount: int, ago_ms: int = 0, now_ms: int = NOW_MS, **texts: Any) -> Json:
    attributes = {"platform": "Facebook", "amount": amount, **texts}
    return {"id": id_, "at_ms": now_ms - ago_ms, "attributes": attributes}


def board(*items: Json, length: int = 12, **thanks: object) -> Json:
    attributes = ["platform", "amount", "name", "comment"]
    ticker = {"length": length, "attributes": attributes, "items": list(items)}
    return {**example("snapshot"), "thanks": {**THANKS, **thanks}, "ticker": ticker}


@pytest.fixture
def follow(call: Call) -> Callable[..., Json]:
    """Return a function that has a screen see one ticker after another, a second apart."""

    def follow_all(*seen: Json, removed: tuple[int, ...] = (), step_ms: int = 1_000) -> Json:
        thanks: Json = {"waiting": [], "seen_id": None}
        before = None
        for number, snapshot in enumerate(seen):
            gone = list(removed) if number == len(seen) - 1 else []
            now_ms = NOW_MS + number * step_ms
            thanks = call("thanks.followThanks", thanks, before, snapshot, gone, now_ms)
            before = snapshot
        return thanks

    return follow_all


def waiting(thanks: Json) -> list[int]:
    return [one["id"] for one in thanks["waiting"]]


def test_large_gifts_that_come_are_thanked_for_in_their_order(follow: Callable[..., Json]) -> None:
    old = item(1, 50_000)
    come = [item(4, 10_000), item(3, 9_999), item(2, 25_000), old]
    assert waiting(follow(board(old), board(*come))) == [2, 4]


def test_what_was_there_when_the_screen_came_is_not_thanked_for(
    follow: Callable[..., Json],
) -> None:
    assert waiting(follow(board(item(1, 50_000)))) == []
    # Nor what is dated a while ago, as from an import.
    assert waiting(follow(board(), board(item(2, 50_000, ago_ms=62_000)))) == []


def test_a_board_that_does_not_ask_for_it_has_none(follow: Callable[..., Json]) -> None:
    first, second = board(), board(item(2, 50_000))
    assert waiting(follow(first, {**second, "thanks": None})) == []
    assert waiting(follow(first, {**second, "ticker": None})) == []


def test_a_screen_that_missed_some_makes_up_for_them_once(follow: Callable[..., Json]) -> None:
    one, two = item(1, 50_000), item(2, 60_000)
    thanks = follow(board(), board(one), board(two, one), board(two, one), board(two))
    assert waiting(thanks) == [2]
    assert waiting(follow(board(), board(two, one), board(two, one), step_ms=61_000)) == []


def test_what_is_taken_back_or_hidden_is_not_thanked_for(follow: Callable[..., Json]) -> None:
    named = item(2, 50_000, name="Mara", comment="hello")
    assert waiting(follow(board(), board(named), board(), removed=(2,))) == []
    assert waiting(follow(board(), board(named), board(item(2, 50_000, comment="hello")))) == []
    assert waiting(follow(board(), board(named), board(item(2, 50_000, name="Mara")))) == []
    assert waiting(follow(board(), board(named), board(item(2, 5_000, name="Mara")))) == []


def test_what_newer_ones_push_off_the_list_still_waits(follow: Callable[..., Json]) -> None:
    big, newer, newest = item(2, 50_000), item(3, 500), item(4, 500)
    pushed = follow(
        board(length=2), board(big, length=2), board(newest, newer, length=2), removed=(2,)
    )
    assert waiting(pushed) == [2]
    # An older one moves up for what is taken back.
    old = item(1, 500)
    taken = follow(
        board(old, length=2), board(newer, big, length=2), board(newer, old, length=2), removed=(2,)
    )
    assert waiting(taken) == []


def test_of_too_many_the_largest_wait(follow: Callable[..., Json]) -> None:
    come = [item(n, 10_000 + n, ago_ms=0) for n in range(20, 0, -1)]
    assert waiting(follow(board(length=50), board(*come, length=50))) == list(range(13, 21))


_CHOOSE = """([done, rush]) => import("/static/thanks.js").then(({ chooseThank }) => {
  const waiting = [[1, 10], [2, 20], [3, 30]].map(([id, amount]) =>
    ({ id, amount, name: "", comment: "", group: null, seen_ms: 0 }));
  return chooseThank(waiting, new Set(done), { thanks: null }, rush, 1000)?.id ?? null;
})"""


def test_in_a_rush_only_the_largest_is_thanked_for(module_page: Page) -> None:
    assert module_page.evaluate(_CHOOSE, [[], False]) == 1
    assert module_page.evaluate(_CHOOSE, [[1], False]) == 2
    assert module_page.evaluate(_CHOOSE, [[], True]) == 3
    assert module_page.evaluate(_CHOOSE, [[1, 2, 3], True]) is None


def test_a_name_is_waited_for_where_it_has_to_be_approved(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen, now_ms = open_board(scripted, open_window, approved=True)
    put(scripted, item(2, 50_000, now_ms=now_ms))
    run_until(screen, "document.querySelector('#ticker [data-id=\"2\"]')")
    screen.page.clock.run_for(3_000)
    assert screen.page.locator("#thanks").is_hidden()
    put(scripted, item(2, 50_000, now_ms=now_ms, name="Mara"), version=901)
    run_until(
        screen, "document.querySelector('#ticker [data-id=\"2\"]').innerText.includes('Mara')"
    )
    run_until(screen, "!thanks.hidden")
    assert screen.page.inner_text("#thanks-title") == "Thank you, Mara!"
    # Whom nobody approves in time is thanked without a name.
    screen.page.clock.run_for(12_000)
    assert screen.page.locator("#thanks").is_hidden()
    put(scripted, item(3, 70_000, now_ms=screen.page.evaluate("Date.now()")), version=902)
    run_until(screen, "document.querySelector('#ticker [data-id=\"3\"]')")
    for _ in range(3):
        screen.page.clock.run_for(7_000)
        at = stamp(screen.page.evaluate("Date.now()"))
        scripted.say("status", at=at, state="live", live=True)
    run_until(screen, "!thanks.hidden")
    assert screen.page.inner_text("#thanks-amount") == "$700"
    assert screen.page.inner_text("#thanks-title") == "Thank you!"


def open_board(
    app: ScriptedApp, open_window: Open, query: str = "", size: dict[str, int] = WALL, **thanks: Any
) -> tuple[Screen, int]:
    """Return a window whose clock stands still, and its time, which is the server's."""
    now_ms = int(time.time()) * 1_000
    status = {**example("snapshot")["status"], "at": stamp(now_ms)}
    told = board(item(1, 99_000, now_ms=now_ms, ago_ms=500), **thanks)
    app.greet(ticker=told["ticker"], thanks=told["thanks"], status=status)
    screen = open_window(size=size)
    screen.page.clock.install(time=now_ms / 1000)
    screen.page.goto(f"{app.url}?lang=en{query}")
    screen.wait_for_state("live")
    screen.page.clock.pause_at(now_ms / 1000 + 8)
    return screen, now_ms


def stamp(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(ms / 1000))


def put(app: ScriptedApp, *items: Json, version: int = 900, removed: tuple[int, ...] = ()) -> None:
    ticker = {"put": list(items), "removed": list(removed)}
    app.say("update", version=version, totals={}, numbers={}, goal_reached={}, ticker=ticker)


def run_until(screen: Screen, condition: str) -> None:
    """Let the window's time go on until something is so.

    What the server says comes in real time, of which a busy machine needs more.
    """
    for _ in range(100):
        if screen.page.evaluate(condition):
            return
        screen.page.clock.run_for(200)
    raise AssertionError(condition)


PLACES = {
    "wall": ("", WALL),
    "figure": ("&panels=total,goal", WALL),
    "phone": ("", {"width": 390, "height": 844}),
    "overlay": ("&overlay=1", {"width": 1280, "height": 720}),
    "upright": ("", {"width": 1080, "height": 1920}),
    "square": ("", {"width": 1080, "height": 1080}),
    "strip": ("", {"width": 1536, "height": 256}),
    "far": ("&far=1", WALL),
}
_BOXES = """() => ["#total", "#goal", "#thanks .card"].map((selector) =>
  document.querySelector(selector).getBoundingClientRect().toJSON())"""


@pytest.mark.parametrize("place", PLACES)
def test_thanks_never_lie_over_the_total(
    place: str, scripted: ScriptedApp, open_window: Open
) -> None:
    query, size = PLACES[place]
    screen, now_ms = open_board(scripted, open_window, query, size)
    texts: Json = {"name": "Anna-Katharina von der Wiesenburg zu Hohenfels", "comment": LONG}
    put(scripted, item(2, 1_234_567, now_ms=now_ms, **texts))
    run_until(screen, "!thanks.hidden")
    screen.page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    assert screen.page.inner_text("#thanks-amount") == "$12,345.67"
    *figures, card = screen.page.evaluate(_BOXES)
    for figure in figures:
        apart = (
            card["right"] <= figure["left"]
            or card["left"] >= figure["right"]
            or card["bottom"] <= figure["top"]
            or card["top"] >= figure["bottom"]
        )
        assert apart, (card, figure)
    assert card["left"] >= 0
    assert card["right"] <= size["width"]
    assert card["bottom"] <= size["height"]
    assert screen.page.evaluate(
        "document.querySelector('#thanks .card').scrollHeight"
        " <= document.querySelector('#thanks .card').clientHeight + 1"
    )
    # Hidden by the crew, it is gone at once.
    put(scripted, item(2, 1_234_567, now_ms=now_ms), version=901)
    run_until(screen, "thanks.hidden")


def test_thanks_can_be_read_from_as_far_as_all_else(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen, now_ms = open_board(scripted, open_window, "&far=1")
    put(scripted, item(2, 1_234_567, now_ms=now_ms, name="Mara", comment=LONG))
    run_until(screen, "!thanks.hidden")
    sizes = screen.page.locator("#thanks p").evaluate_all(
        "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert len(sizes) == 3
    assert min(sizes) >= 0.07 * WALL["height"]  # capitals have 0.714 of it


def test_a_screen_that_is_loaded_again_does_not_say_thanks_again(
    own_stage: Stage, open_window: Open
) -> None:
    named = own_stage.write_board("gala")
    file = own_stage.folder / f"{named}.toml"
    file.write_text(file.read_text("utf-8") + "\n[thanks]\nleast = 100\n", "utf-8")
    own_stage.read_board(named)
    own_stage.give(named, "Phone", 500)
    own_stage.prove(named)
    own_stage.start()
    screen = open_window().show(own_stage, named)
    screen.wait_for_state("live")
    assert screen.page.locator("#thanks").is_hidden()
    own_stage.give(named, "Web", 99)
    own_stage.give(named, "Web", 250)
    screen.wait("() => !thanks.hidden")
    assert screen.page.inner_text("#thanks-amount") == "$250"
    screen.page.reload()
    screen.wait_for_state("live")
    screen.wait("() => total.textContent === '$849'")
    own_stage.give(named, "Web", 150)
    screen.wait("() => !thanks.hidden")
    assert screen.page.inner_text("#thanks-amount") == "$150"


# Sound


def test_a_screen_with_sound_says_that_it_needs_a_click(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen, now_ms = open_board(scripted, open_window, "&sound=1")
    assert screen.page.inner_text("#sound-off") == "Click for sound"
    screen.page.click("#sound-off")
    screen.wait("() => document.documentElement.dataset.sound === 'running'")
    assert screen.page.locator("#sound-off").is_hidden()
    put(scripted, item(2, 50_000, now_ms=now_ms))
    run_until(screen, "!thanks.hidden")
    assert screen.page.get_attribute("html", "data-played") == "thanks"


def test_without_being_asked_for_there_is_no_sound(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen, _ = open_board(scripted, open_window)
    assert screen.page.locator("#sound-off").is_hidden()
    assert screen.page.get_attribute("html", "data-sound") is None


@pytest.mark.parametrize(("query", "volume"), [("sound=1", 0.6), ("sound=1&volume=15", 0.15)])
def test_the_address_says_how_loud(query: str, volume: float, call: Call) -> None:
    assert call("options.readOptions", f"?{query}", [])["volume"] == volume
    assert call("options.readOptions", "?volume=80", [])["volume"] == 0
    assert call("options.readOptions", "?sound=1&volume=900", [])["volume"] == 1


_RING = """async (sound) => {
  const { ring } = await import("/static/sound.js");
  const peak = async (volume) => {
    const audio = new OfflineAudioContext(1, 2 * 44100, 44100);
    ring(audio, sound, volume);
    const samples = (await audio.startRendering()).getChannelData(0);
    return samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  };
  return [await peak(1), await peak(0.25)];
}"""


def test_in_the_list_who_gave_is_read_first(scripted: ScriptedApp, open_window: Open) -> None:
    items = [item(2, 2_500, name="Mara Lindqvist", comment="For my grandmother"), item(1, 500)]
    scripted.greet(**board(*items) | {"look": None})
    screen = open_window(size=WALL)
    screen.page.goto(f"{scripted.url}?lang=en&tz=UTC")
    rows = screen.page.locator("#ticker li")
    rows.nth(1).wait_for()
    by_id = {row.get_attribute("data-id"): row for row in rows.all()}
    assert by_id["2"].locator(".name").inner_text() == "Mara Lindqvist"
    assert by_id["2"].locator(".meta").inner_text().startswith("Facebook · For my grandmother · ")
    assert by_id["1"].locator(".name").inner_text() == "Facebook"
    assert by_id["1"].get_attribute("data-group") == by_id["2"].get_attribute("data-group")


@pytest.mark.parametrize("sound", ["milestone", "thanks"])
def test_a_sound_is_heard_and_never_cut_off(sound: str, module_page: Page) -> None:
    loud, quiet = module_page.evaluate(_RING, sound)
    assert 0.2 < loud < 1
    assert 0.04 < quiet < loud / 3


def test_nothing_is_loaded_for_sounds() -> None:
    assert not [path for path in (ROOT / "static").rglob("*") if path.suffix in (".mp3", ".ogg")]
