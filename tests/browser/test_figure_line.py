"""The number of donations and the text of the way to the goal stand on one line of a wall."""

from typing import Any

import pytest

from tests.browser.greetings import MONEY
from tests.browser.opening import Open, open_live
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

_CENTS = {"totals": MONEY["totals"] | {"ALL": {"count": 5_372, "amount": 16_579_050}}}
_NO_CODE = {"donate_url": None, "donate_address": None}
# Where the text of an element stands: the foot of an empty box at its end.
_BASELINES = """() => ["#count", "#goal-next .sum", "#goal-percent"].map((selector) => {
  const foot = document.createElement("span");
  foot.style.display = "inline-block";
  document.querySelector(selector).append(foot);
  const { bottom } = foot.getBoundingClientRect();
  foot.remove();
  return bottom;
})"""


_PLACES = {
    "wall": ("", (1920, 1080)),
    "figure": ("&panels=total,goal,give", (1920, 1080)),
    "far": ("&far=1", (1280, 720)),
    "square": ("", (1080, 1080)),
}


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize(
    "said",
    [MONEY, MONEY | _NO_CODE, MONEY | _CENTS, MONEY | _NO_CODE | _CENTS, MONEY | {"rejected": 3}],
    ids=["code", "no code", "cents", "cents without a code", "rejected"],
)
def test_the_count_and_what_is_to_go_stand_on_one_line(
    said: dict[str, Any], place: str, scripted: ScriptedApp, open_window: Open
) -> None:
    query, size = _PLACES[place]
    screen = open_live(open_window, scripted, query, size, **said)
    screen.wait_for_a_figure()
    baselines = screen.page.evaluate(_BASELINES)
    assert max(baselines) - min(baselines) <= 2, baselines
