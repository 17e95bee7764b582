"""No letter is cut by the box around it, where a strip has no height to spare."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.greetings import MONEY, VOTE
from tests.browser.opening import open_still
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

FULL_HD = {"width": 1920, "height": 1080}
HD = {"width": 1280, "height": 720}
# Texts whose ink is cut at the top or the bottom by a box around them.
_CUT_LETTERS = """() => {
  const brush = document.createElement("canvas").getContext("2d");
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.data.trim() || !parent.checkVisibility() || parent.closest(".unseen")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(parent);
    brush.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const ink = brush.measureText(text.data);
    for (const { top } of range.getClientRects()) {
      const line = top + ink.fontBoundingBoxAscent;
      for (let box = parent; box; box = box.parentElement) {
        const { overflowY } = getComputedStyle(box);
        if (overflowY === "visible") continue;
        const { top: upper, bottom } = box.getBoundingClientRect();
        // What is wrapped out of sight is not there at all.
        if (top >= bottom || line + ink.actualBoundingBoxDescent <= upper) break;
        const over = overflowY === "clip" ? 0.2 * parseFloat(getComputedStyle(box).fontSize) : 0;
        if (line + ink.actualBoundingBoxDescent > bottom + over + 0.5
          || line - ink.actualBoundingBoxAscent < upper - over - 0.5) found.push(text.data);
      }
    }
  }
  return found;
}"""


@pytest.mark.parametrize("size", [FULL_HD, HD], ids=["1080", "720"])
@pytest.mark.parametrize("at", ["bottom", "top-right"])
def test_no_letter_of_a_strip_is_cut(
    at: str, size: dict[str, int], scripted: ScriptedApp, open_window: Open
) -> None:
    names = {"20000000": "Äpfel für jeden gypsy"}
    first: dict[str, Any] = {"totals": {"ALL": {"count": 0, "amount": 0}}, "timeline": None}
    first["ticker"] = {"length": 12, "attributes": ["platform", "amount"], "items": []}
    for said in (
        MONEY,
        MONEY | {"goal": {**MONEY["goal"], "names": names}},
        VOTE | {"contest": True},
        MONEY | first,
    ):
        scripted.greet(**said)
        screen = open_still(open_window, scripted, f"overlay=strip&at={at}", size)
        # The rows have their height once the list's room is measured.
        screen.wait(f"() => ({_CUT_LETTERS})().length === 0")
    if at == "bottom":
        assert screen.page.locator("#ticker-panel .nothing").is_visible()
