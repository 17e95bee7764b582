"""The logos of those who pay have one row, and push nothing out."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from tests.browser.greetings import MONEY
from tests.browser.opening import Open, open_live
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

Call = Callable[..., Any]

_SHAPES = [(180, 60), (60, 60), (300, 60), (120, 90), (500, 60), (60, 120)]
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}"/>'
_PROMISE = {"text": "Every gift is doubled until nine, by the Baker Foundation", "until": None}
_BOXES = """(selectors) => [...document.querySelectorAll(selectors)]
  .filter((one) => one.checkVisibility())
  .map((one) => one.getBoundingClientRect().toJSON())"""
_ARE_LOADED = """(count) => {
  const images = [...document.querySelectorAll("#sponsors img")];
  return images.length === count && images.every((one) => one.naturalWidth > 0);
}"""


def with_sponsors(app: ScriptedApp, count: int) -> dict[str, Any]:
    """Return a board with so many sponsors, whose logos the server has."""
    app.files["look.css"] = ("text/css", b"")
    for place, shape in enumerate(_SHAPES):
        app.files[f"{place}.svg"] = ("image/svg+xml", _SVG.format(*shape).encode())
    sponsors = [
        {"name": f"Sponsor {place}", "picture": f"{place % len(_SHAPES)}.svg"}
        for place in range(count)
    ]
    look = {"sheet": "look.css", "theme": "dark", "logo": None, "sponsors": sponsors}
    return MONEY | {"look": look}


def are_apart(boxes: list[dict[str, float]]) -> bool:
    return all(
        a["right"] <= b["left"] + 1
        or b["right"] <= a["left"] + 1
        or a["bottom"] <= b["top"] + 1
        or b["bottom"] <= a["top"] + 1
        for a, b in combinations(boxes, 2)
    )


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
@pytest.mark.parametrize("count", [1, 5, 6, 12, 24])
def test_sponsors_have_one_row_and_the_links_keep_their_line(
    count: int, size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, "", size, **with_sponsors(scripted, count))
    screen.wait(_ARE_LOADED, count)
    links = screen.page.evaluate(_BOXES, "#about-title, #footer a")
    logos = screen.page.evaluate(_BOXES, "#sponsors li")
    assert len(links) == 4
    assert max(box["height"] for box in links) <= 0.035 * size[1]  # one line
    assert len(logos) >= min(count, 8)
    assert max(box["bottom"] for box in logos) - min(box["top"] for box in logos) <= 0.09 * size[1]
    assert min(box["height"] for box in logos) >= 0.04 * size[1]
    assert min(box["left"] for box in links + logos) >= 0
    assert max(box["right"] for box in links + logos) <= size[0]
    assert max(box["bottom"] for box in links + logos) <= size[1]
    assert are_apart(links + logos)


def test_too_many_sponsors_are_shown_in_turn(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(**with_sponsors(scripted, 24))
    screen = open_window()
    screen.page.clock.install()
    screen.page.goto(f"{scripted.url}?lang=en")
    screen.wait(_ARE_LOADED, 24)
    seen: set[str] = set()
    shown = screen.page.locator("#sponsors li:not([hidden]) img")
    for _ in range(4):
        now = set(shown.evaluate_all("(all) => all.map(({ alt }) => alt)"))
        assert 0 < len(now) < 24
        seen |= now
        screen.page.clock.fast_forward(8_000)
    assert len(seen) == 24


def test_a_row_is_shared_by_what_can_still_be_made_out(call: Call) -> None:
    def share(count: int, beside: float = 18) -> Any:
        return call("sponsors.shareRow", [3.0] * count, beside, 28.5)

    assert share(2) == {"above": False, "size": 1, "rows": [[0, 1]]}
    assert share(8)["above"]
    for count in range(1, 25):
        shared = share(count, 0)
        assert shared["size"] >= 0.6
        assert sorted(place for row in shared["rows"] for place in row) == list(range(count))


@pytest.mark.parametrize("said", [{}, {"match": _PROMISE}], ids=["lists", "promise"])
@pytest.mark.parametrize("count", [0, 6, 24])
def test_nothing_of_a_far_screen_covers_anything(
    count: int, said: dict[str, Any], scripted: ScriptedApp, open_window: Open
) -> None:
    board = with_sponsors(scripted, count) | said
    screen = open_live(open_window, scripted, "&far=1", **board)
    screen.wait(_ARE_LOADED, count)
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    parts = "#header, #match, #top, #goal-track, #goal-marks .label, #bars, #sponsors li"
    screen.wait(
        "(parts) => [...document.querySelectorAll(parts)]"
        ".filter((one) => one.checkVisibility() && one.innerText !== '').length >= 6",
        parts,
    )
    boxes = screen.page.evaluate(_BOXES, parts)
    assert are_apart([box for box in boxes if box["height"] > 0])
    assert max(box["bottom"] for box in boxes) <= 1080
    if said:
        [promise] = screen.page.evaluate(_BOXES, "#match")
        assert promise["height"] <= 0.22 * 1080
