"""People with any colour vision can tell the colours of a theme apart."""

import re
from itertools import combinations

import pytest

from tests.browser.colour_vision import VISION, ciede2000, contrast, distance
from tests.conftest import ROOT

_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
_LEAST_DISTANCE = 10
_LEAST_CONTRAST = 3  # of marks with their ground: WCAG 1.4.11


def read_themes() -> dict[str, dict[str, str]]:
    """Return the colours of each theme by name; a theme inherits from the dark one."""
    sheet = (ROOT / "static" / "theme.css").read_text("utf-8")
    blocks = re.findall(r':root(?:\[data-theme="(\w+)"\])? \{(.*?)\n\}', sheet, re.DOTALL)
    [(_, dark), *others] = blocks
    usual = dict(_COLOUR.findall(dark))
    return {"dark": usual} | {name: usual | dict(_COLOUR.findall(text)) for name, text in others}


THEMES = read_themes()
GROUPS = [f"colour-{number}" for number in range(8)]


def test_there_are_three_themes() -> None:
    assert set(THEMES) == {"dark", "light", "contrast"}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_groups_and_the_goal_can_be_told_apart(theme: str, vision: str) -> None:
    colours = THEMES[theme]
    near = {
        (one, other): round(apart, 1)
        for one, other in combinations(["accent", *GROUPS], 2)
        if (apart := distance(colours[one], colours[other], vision)) < _LEAST_DISTANCE
    }
    assert near == {}


@pytest.mark.parametrize("theme", THEMES)
def test_bars_stand_out_from_the_ground(theme: str) -> None:
    colours = THEMES[theme]
    faint = {
        name: round(ratio, 2)
        for name in ["accent", "rest", *GROUPS]
        if (ratio := contrast(colours[name], colours["ground"])) < _LEAST_CONTRAST
    }
    assert faint == {}


@pytest.mark.parametrize("theme", THEMES)
def test_texts_can_be_read(theme: str) -> None:
    colours = THEMES[theme]
    pairs = [
        *((text, "ground") for text in ("text", "muted", "old", "notice", "link", "accent")),
        ("sign-text", "sign"),
        ("accent-text", "accent"),
        ("text", "raised"),
        ("muted", "raised"),
    ]
    faint = {pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5}
    assert faint == set()


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_colour_distance_matches_its_paper(
    one: tuple[float, float, float], other: tuple[float, float, float], apart: float
) -> None:
    """Sharma, Wu and Dalal 2005, table 1."""
    assert ciede2000(one, other) == pytest.approx(apart, abs=1e-4)
