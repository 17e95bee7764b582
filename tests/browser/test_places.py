"""The display fits walls, overlays, laptops and phones, in any language and text length."""

import base64
from collections.abc import Callable

import pytest

from tests.browser.screen import Screen
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_LONG = [
    "Freunde und Förderer der Kinderklinik Wüstenrot-Süd e. V.",
    "منصة التبرعات الخيرية العالمية للأطفال",
    "東京国際チャリティーマラソン実行委員会オンライン募金プラットフォーム",
    "A",
]
_PLACES = {
    "wall": (1920, 1080),
    "4k": (3840, 2160),
    "laptop": (1366, 768),
    "upright": (1080, 1920),
    "pillar": (512, 1536),
    "square": (1080, 1080),
    "strip": (1536, 256),
    "banner": (1920, 480),
    "tablet": (768, 1024),
    "phone": (390, 844),
    "narrow": (320, 568),
}
_LAYOUTS = {
    "4k": "wall",
    "laptop": "wall",
    "pillar": "upright",
    "banner": "strip",
    "tablet": "phone",
    "narrow": "phone",
    "phone": "phone",
}
# Texts that are cut off at the window's edge or wider than their place.
_CUT_OFF = """() => [...document.querySelectorAll(
    "#total, #count, #goal-text, #goal-marks .label, .amount, #rates dd, .badge, #rates dt")]
  .filter((element) => element.checkVisibility() && element.innerText)
  .map((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return [element, range.getBoundingClientRect()];
  })
  .filter(([, { left, right }]) => left < -1 || right > innerWidth + 1)
  .map(([element]) => element.innerText)"""
_OVERLAPPING = """() => {
  const labels = [...document.querySelectorAll("#goal-marks .label")]
    .filter((label) => label.checkVisibility())
    .map((label) => label.getBoundingClientRect())
    .sort((a, b) => a.left - b.left);
  return labels.some(({ left }, index) => index > 0 && left < labels[index - 1].right);
}"""
_ALPHA = """async (picture) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"),
    { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const alpha = (x, y) => context.getImageData(x, y, 1, 1).data[3];
  return [alpha(2, 2), alpha(640, 200), alpha(1278, 718), alpha(640, 670)];
}"""

_IS_DRAWN = """() => {
  const { width, height } = chart;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(chart, 0, 0);
  return context.getImageData(0, 0, width, height).data.some(Boolean);
}"""


@pytest.mark.parametrize("lang", ["en", "de", "fr", "ar", "he", "ja"])
def test_nothing_is_cut_off_anywhere(lang: str, stage: Stage, gala: str, open_window: Open) -> None:
    stage.deliver(gala, [stage.record(gala, name, "1234567.89") for name in _LONG])
    screen = open_window().show(stage, gala, f"&lang={lang}")
    for place, (width, height) in _PLACES.items():
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.wait("(place) => document.body.dataset.place === place", _LAYOUTS.get(place, place))
        screen.wait("(wide) => document.documentElement.scrollWidth <= wide", width)
        if _LAYOUTS.get(place) != "phone":
            screen.wait("(high) => document.documentElement.scrollHeight <= high", height)
        screen.wait(f"() => ({_CUT_OFF})().length === 0 && !({_OVERLAPPING})()")
    assert screen.page.evaluate("document.dir") == ("rtl" if lang in ("ar", "he") else "ltr")


def test_an_overlay_is_a_plate_on_a_transparent_page(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window(size={"width": 1280, "height": 720}).show(stage, gala, "&overlay=1")
    screen.wait_for_total("$25")
    picture = base64.b64encode(screen.page.screenshot(omit_background=True)).decode()
    *around, plate = screen.page.evaluate(_ALPHA, picture)
    assert around == [0, 0, 0]
    assert plate == 255
    assert screen.page.locator("#total").is_visible()
    assert screen.page.locator("#ticker-panel").is_visible()
    assert screen.page.locator("#bars-panel").is_hidden()


def test_only_the_panels_asked_for_are_shown(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window().show(stage, gala, "&panels=total,goal")
    screen.wait_for_total("$25")
    for panel in ("bars", "timeline", "ticker"):
        assert screen.page.locator(f"#{panel}-panel").count() == 0
    high = screen.page.evaluate("total.getBoundingClientRect().height")
    assert high > 1080 / 4


def test_euros_in_german_and_in_arabic(own_stage: Stage, open_window: Open) -> None:
    board = own_stage.write_board("lauf", title='"Spendenlauf"', unit='"EUR"')
    own_stage.give(board, "Phone", "1234.50")
    own_stage.prove(board)
    own_stage.start()
    german = open_window()
    german.page.goto(f"{own_stage.url}/?board={board}&lang=de")
    german.wait_for_total("1.234,50\N{NO-BREAK SPACE}€")
    assert german.page.inner_text("#count") == "1 Spende"
    arabic = open_window()
    arabic.page.goto(f"{own_stage.url}/?board={board}&lang=ar-EG")
    arabic.wait("() => total.textContent.includes('١٬٢٣٤٫٥٠') && total.textContent.includes('€')")
    assert arabic.page.inner_text("#count") == "تبرع واحد"


def test_a_chart_that_changes_its_size_is_never_empty(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window().show(stage, gala)
    screen.wait(_IS_DRAWN)
    # Observers are called in the order of creation: this one sees the chart after its redraw.
    screen.page.evaluate(
        f"""() => {{
  window.were_drawn = [];
  new ResizeObserver(() => were_drawn.push(({_IS_DRAWN})())).observe(chart.parentElement);
}}"""
    )
    screen.wait("() => were_drawn.length === 1")
    screen.page.set_viewport_size({"width": 1366, "height": 768})
    screen.wait("() => were_drawn.length > 1")
    assert all(screen.page.evaluate("were_drawn"))
