"""Colours, and how readable one is on another: the contrast of WCAG 2."""

import re

Rgb = tuple[int, int, int]

_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)
BLACK, WHITE = "#000000", "#ffffff"
# How many steps towards black or white are tried to find a readable colour.
_STEPS = 50


def read_colour(text: str) -> str | None:
    """Return a colour such as `#37d6a0` in lower case; None for anything else."""
    text = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    return text if _HEX.fullmatch(text) else None


def to_rgb(colour: str) -> Rgb:
    """Return red, green and blue, 0 to 255."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def mix(one: str, other: str, part: float) -> str:
    """Return a mix of two colours: a `part` of 0 is all `one`, 1 is all `other`."""
    pairs = zip(to_rgb(one), to_rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(value / 255) for value in to_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def choose_text(ground: str) -> str:
    """Return black or white, whichever is more readable on a colour: at least 4.58 to 1."""
    return max((BLACK, WHITE), key=lambda text: contrast(text, ground))


def make_readable(colour: str, ground: str, least: float) -> str:
    """Return `colour`, moved towards black or white until it has `least` contrast with `ground`."""
    end = choose_text(ground)
    for step in range(_STEPS + 1):
        nearer = mix(colour, end, step / _STEPS)
        if contrast(nearer, ground) >= least:
            return nearer
    return end


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
