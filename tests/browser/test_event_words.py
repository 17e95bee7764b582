"""The screen shows the event's own words and its texts for milestones."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.examples import example
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.texts import read_across

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]
Json = dict[str, Any]

_VOTES = {
    "item": {"one": "vote", "other": "votes"},
    "group": "Team",
    "headings": {"timeline": "The evening"},
}


def goal(names: Json, *reached: int) -> Json:
    usual = {"measure": "amount", "target": 10_000_000, "milestones": [2_000_000, 6_000_000]}
    at = "2026-11-21T19:04:11.218Z"
    return usual | {"names": names, "reached": {str(step): at for step in reached}}


def open_live(open_window: Open, app: ScriptedApp, query: str = "lang=en", **size: Any) -> Screen:
    screen = open_window(**size)
    screen.page.goto(f"{app.url}?{query}")
    screen.wait_for_state("live")
    return screen


def test_what_is_counted_has_the_events_word_everywhere(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(words=_VOTES)
    screen = open_live(open_window, scripted)
    assert screen.page.inner_text("#count") == "812 votes"
    titles = [screen.page.inner_text(f"#{name}-title") for name in ("bars", "timeline", "ticker")]
    assert titles == ["By Team", "The evening", "Latest votes"]
    assert "302 votes" in screen.page.locator("#bars .meta").first.inner_text()
    assert "votes" in screen.page.locator("#announcer").inner_text()
    assert "onation" not in screen.page.locator("main").inner_text()
    # A board without words shows the defaults again, without a reload.
    scripted.greet()
    screen.wait("() => count.innerText === '812 donations'")
    screen.wait("() => document.getElementById('ticker-title').innerText === 'Latest donations'")


@pytest.mark.parametrize(
    ("lang", "count", "text"),
    [("en", 1, "1 vote"), ("en", 0, "0 votes"), ("pl", 3, "3 głosy"), ("pl", 5, "5 głosów")],
)
def test_plurals_are_those_of_the_screens_language(
    call: Callable[..., Any], lang: str, count: int, text: str, module_page: Any
) -> None:
    polish = {"one": "głos", "few": "głosy", "many": "głosów", "other": "głosu"}
    words = {"item": polish if lang == "pl" else _VOTES["item"], "group": None, "headings": {}}
    said = module_page.evaluate(
        """async ([lang, words, count]) => {
          const [{ createItems }, { createFormat }, { createTexts }] = await Promise.all(
            ["words", "format", "texts"].map((name) => import(`/static/${name}.js`)));
          const { t, texts_lang } = createTexts(lang);
          return createItems(lang, { format: createFormat(lang, texts_lang), t })(words, count);
        }""",
        [lang, words, count],
    )
    assert said == text


def test_a_milestones_name_is_told_before_at_and_after_it(
    scripted: ScriptedApp, open_window: Open
) -> None:
    names = {"6000000": "Pie in the face", "10000000": "A new roof"}
    scripted.greet(goal=goal(names, 2_000_000))
    screen = open_live(open_window, scripted)
    to_go, mark = "#goal-next", "#goal-marks [data-step='6000000'] .label"
    assert screen.page.text_content(to_go) == "Pie in the face: $18,749.50 to go"
    assert screen.page.inner_text(mark) == "$60K Pie in the face"
    everything = {"ALL": {"count": 900, "amount": 6_100_000}}
    at = {"6000000": "2026-11-21T19:04:12.020Z"}
    scripted.say("update", totals=everything, reached=at, goal_reached=at)
    screen.page.locator("#celebration").wait_for()
    assert screen.page.inner_text("#celebration-title") == "Pie in the face"
    assert screen.page.inner_text("#celebration-text") == "$60,000 reached!"
    screen.wait("() => goal.dataset.value === '6100000'")
    assert screen.page.text_content(to_go) == "A new roof: $39,000 to go"
    assert screen.page.locator("#goal-marks .reached .label").last.inner_text().endswith("face")


def test_what_is_to_go_is_told_of_plain_milestones_too_and_not_after_the_goal(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(goal=goal({}))
    screen = open_live(open_window, scripted)
    assert screen.page.text_content("#goal-next") == "$60K: $18,749.50 to go"
    scripted.say("update", totals={"ALL": {"count": 1, "amount": 7_000_000}})
    screen.wait("() => document.getElementById('goal-next').textContent.trim() === '$30,000 to go'")
    scripted.say("update", totals={"ALL": {"count": 1, "amount": 10_000_000}})
    screen.wait("() => document.getElementById('goal-next').hidden")


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1366, 768), (390, 844), (1080, 1920), (1080, 1080), (1280, 720)]
)
def test_long_names_lie_over_nothing(
    size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    name = "The director shaves his beard on stage, by popular demand"
    scripted.greet(goal=goal({"2000000": name, "6000000": name, "10000000": name}, 2_000_000))
    query = "lang=en&overlay=1" if size == (1280, 720) else "lang=en"
    viewport = {"width": size[0], "height": size[1]}
    screen = open_live(open_window, scripted, query, size=viewport)
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    boxes = screen.page.evaluate(
        """() => [...document.querySelectorAll("#goal-marks .label, #goal-text, #count, #title")]
          .filter((one) => one.checkVisibility())
          .map((one) => [one.id || one.innerText, one.getBoundingClientRect().toJSON()])"""
    )
    over = [
        (one, other)
        for place, (one, a) in enumerate(boxes)
        for other, b in boxes[place + 1 :]
        if a["left"] < b["right"] - 1
        and b["left"] < a["right"] - 1
        and a["top"] < b["bottom"] - 4
        and b["top"] < a["bottom"] - 4
    ]
    assert over == []
    outside = [one for one, box in boxes if box["left"] < -1 or box["right"] > size[0] + 1]
    assert outside == []


def test_labels_have_their_names_only_where_all_sums_have_their_room(
    call: Callable[..., Any],
) -> None:
    place = "panels/place_labels.placeLabels"
    [roomy] = call(place, [{"part": 0.5, "wide": [20, 4]}], 60)
    assert roomy == {"text": 0, "side": "middle", "slid": 0}
    both = [{"part": 0.5, "wide": [20, 4]}, {"part": 0.6, "wide": [20, 4]}]
    assert [one["text"] for one in call(place, both, 60)] == [1, 1]
    crowd = [{"part": 0.5, "wide": [4]}, {"part": 0.51, "wide": [4]}]
    assert [one["text"] for one in call(place, crowd, 60)] == [0, -1]
    assert example("snapshot")["goal"]["names"]


def test_the_next_step_has_its_label_even_close_to_the_goal(call: Callable[..., Any]) -> None:
    goal, step = {"part": 1, "wide": [4]}, {"part": 0.98, "wide": [4], "slide": True}
    labels = call("panels/place_labels.placeLabels", [goal, step], 60)
    assert [one["text"] for one in labels] == [0, 0]
    end_of_step = 0.98 * 60 - labels[1]["slid"]
    assert labels[1]["side"] == "end"
    assert end_of_step < 60 - 4
    reached = {"part": 0.96, "wide": [4], "slide": True}
    assert [
        one["text"] for one in call("panels/place_labels.placeLabels", [goal, step, reached], 60)
    ] == [0, 0, 0]


def test_a_label_that_would_stand_at_another_steps_mark_is_left_out(
    call: Callable[..., Any],
) -> None:
    place = "panels/place_labels.placeLabels"
    steps = [
        {"part": 1, "wide": [10]},
        {"part": 0.7, "wide": [8], "slide": True},
        {"part": 0.55, "wide": [8], "slide": True},
    ]
    # Both slide. The next step's label touches its mark still; the other's mark is at 22 em, and
    # its label would be from 12.6 to 20.6 em.
    crowded = call(place, [*steps, {"part": 0.4, "wide": [8]}], 40)
    assert [one["text"] for one in crowded] == [0, 0, -1, 0]
    assert crowded[1]["side"] == "end"
    assert crowded[1]["slid"] == pytest.approx(28 - 29.3)
    assert crowded[2]["slid"] == 0
    alone = call(place, [*steps, {"part": 0.1, "wide": [8]}], 40)
    assert [one["text"] for one in alone] == [0, 0, 0, 0]


@pytest.mark.parametrize("size", [(1080, 1080), (1080, 1920), (1920, 1080)])
def test_no_mark_is_nearer_to_a_label_than_its_own(
    size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    steps = [5_000_000, 10_000_000, 15_000_000, 20_000_000]
    totals = {"ALL": {"count": 3_904, "amount": 16_656_000}}
    way = {"measure": "amount", "target": 25_000_000, "milestones": steps, "reached": {}}
    scripted.greet(totals=totals, goal={**way, "names": {}})
    viewport = {"width": size[0], "height": size[1]}
    screen = open_live(open_window, scripted, "lang=en&far=1", size=viewport)
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    screen.wait(
        "() => [...document.querySelectorAll('#goal-marks .label')]"
        ".filter((one) => one.checkVisibility() && one.innerText).length >= 3"
    )
    told = screen.page.evaluate(
        """() => {
          const marks = [...document.querySelectorAll("#goal-marks li")];
          const places = marks.map((mark) => mark.getBoundingClientRect().left);
          return marks.map((mark, own) => {
            const label = mark.querySelector(".label");
            if (!label.checkVisibility()) return null;
            const { left, right } = label.getBoundingClientRect();
            const far = places.map((at) => Math.max(0, left - at, at - right));
            return [label.innerText, far[own], Math.min(...far)];
          }).filter(Boolean);
        }"""
    )
    assert len(told) >= 3
    assert [text for text, own, nearest in told if own > nearest + 1] == []


def test_own_words_of_another_direction_keep_their_order(
    scripted: ScriptedApp, open_window: Open
) -> None:
    words = {"item": {"one": "gift", "other": "gifts"}, "group": None, "headings": {}}
    scripted.greet(words=words)
    page = open_live(open_window, scripted, "lang=ar").page
    row = page.locator("#bars .meta").first.inner_text()
    number = row.strip("\u2068\u2069").split()[0]
    assert read_across(page, "#bars .meta", number, "gifts") == [number, "gifts"]
