"""Makes the style sheet of an event's look: the names of static/theme.css with other colours."""

import re
from collections.abc import Iterator, Mapping

from aggregates.board_look import GROUND, LEAST_OF_MARKS, LEAST_OF_TEXT, LIGHT_TEXT, TEXT, is_light
from aggregates.colour import BLACK, WHITE, choose_text, contrast, make_readable, mix
from aggregates.look import Look
from aggregates.look_files import LookFiles

# Applies only if the address does not ask for one of our themes.
_WORN = ':root[data-look="1"]'
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
_THEME = re.compile(r':root(?:\[data-theme="(\w+)"\])? \{(.*?)\n\}', re.DOTALL)
_GROUPS = [f"colour-{number}" for number in range(8)]
# Phones do not load the picture, and an overlay has the video behind it.
_PICTURED = [f'{_WORN} [data-place="{place}"]' for place in ("wall", "upright", "square")]
_LEAST_VEIL, _MOST_VEIL = 60, 97


def read_themes(sheet: str) -> dict[str, dict[str, str]]:
    """Return the colours of static/theme.css by theme; missing ones come from the dark theme."""
    blocks = _THEME.findall(sheet)
    usual = {
        name: colour
        for theme, text in blocks
        if not theme
        for name, colour in _COLOUR.findall(text)
    }
    others = {theme: usual | dict(_COLOUR.findall(text)) for theme, text in blocks if theme}
    return {"dark": usual} | others


def choose_theme(look: Look) -> str:
    """Return which of our themes is most similar to a look."""
    return "light" if is_light(look.ground or GROUND) else "dark"


def make_sheet(look: Look, files: LookFiles, themes: Mapping[str, Mapping[str, str]]) -> str:
    """Return the style sheet; it refers to its files as being in the same folder."""
    theme = themes.get(choose_theme(look), {})
    return "\n".join(
        [*_font_rules(files), *_colour_rules(look, files, theme), *_group_rules(look), ""]
    )


def _font_rules(files: LookFiles) -> Iterator[str]:
    if files.font is None:
        return
    name = f"event-{files.font.address[:8]}"
    yield f'@font-face {{ font-family: "{name}"; src: url("{files.font.address}");'
    yield "  font-weight: 100 900; font-display: swap; }"
    yield f':root {{ --event-font: "{name}"; }}'


def _colour_rules(look: Look, files: LookFiles, theme: Mapping[str, str]) -> Iterator[str]:
    colours = _derive_colours(look, theme, has_picture=files.background is not None)
    if look.sponsors_ground is not None:
        yield f":root {{ --sponsors-ground: {look.sponsors_ground}; }}"
    if not colours:
        return
    yield f"{_WORN} {{"
    yield from (f"  --{name}: {colour};" for name, colour in colours.items())
    yield "}"
    if files.background is not None:
        ground = colours["ground"]
        veil = f"{ground}{_find_veil(colours) * 255 // 100:02x}"
        yield ", ".join(_PICTURED) + " {"
        yield f"  background: linear-gradient({veil}, {veil}),"
        yield f'    url("{files.background.address}") center / cover {ground}; }}'


def _derive_colours(look: Look, theme: Mapping[str, str], *, has_picture: bool) -> dict[str, str]:
    """Return colours by name: the look's own, and others derived from them."""
    own_ground = look.ground or theme.get("ground", GROUND)
    accent = look.accent or make_readable(
        theme.get("accent", "#37d6a0"), own_ground, LEAST_OF_MARKS
    )
    accents = {"accent": accent, "accent-text": choose_text(accent), "area": f"{accent}26"}
    if look.ground is None and look.text is None and not has_picture:
        return accents if look.accent else {}
    text = look.text or make_readable(
        LIGHT_TEXT if is_light(own_ground) else TEXT, own_ground, LEAST_OF_TEXT
    )
    raised = mix(own_ground, text, 0.06)
    if contrast(text, raised) < LEAST_OF_TEXT:
        raised = mix(own_ground, choose_text(text), 0.06)
    muted = mix(text, own_ground, 0.12 if has_picture else 0.28)
    for behind in (raised, own_ground):
        muted = make_readable(muted, behind, LEAST_OF_TEXT)
    readable = {
        name: make_readable(theme[name], own_ground, least)
        for name, least in [
            ("notice", LEAST_OF_TEXT),
            ("link", LEAST_OF_TEXT),
            ("focus", LEAST_OF_MARKS),
            *((group, LEAST_OF_MARKS) for group in _GROUPS),
        ]
        if name in theme
    }
    return {
        "ground": own_ground,
        "raised": raised,
        "text": text,
        "muted": muted,
        "old": muted,
        "line": mix(own_ground, text, 0.16),
        "track": mix(own_ground, text, 0.16),
        "column": mix(own_ground, text, 0.42),
        "rest": make_readable(mix(own_ground, text, 0.5), own_ground, LEAST_OF_MARKS),
        **accents,
        **readable,
    }


def _find_veil(colours: Mapping[str, str]) -> int:
    """Return the veil's opacity in percent that keeps text readable over any picture."""
    for veil in range(_LEAST_VEIL, _MOST_VEIL):
        grounds = [mix(pixel, colours["ground"], veil / 100) for pixel in (BLACK, WHITE)]
        is_clear = all(
            contrast(colours[name], ground) >= least
            for ground in grounds
            for name, least in (
                ("text", LEAST_OF_TEXT),
                ("muted", LEAST_OF_TEXT),
                ("accent", LEAST_OF_MARKS),
            )
        )
        if is_clear:
            return veil
    return _MOST_VEIL


def _group_rules(look: Look) -> Iterator[str]:
    for group, colour in look.groups:
        yield f'{_WORN} [data-group="{_escape(group)}"] {{ --colour: {colour}; }}'


def _escape(text: str) -> str:
    """Return text escaped for a CSS string: https://www.w3.org/TR/css-syntax-3/#serialize."""
    return "".join(
        character if character.isalnum() or character == " " else f"\\{ord(character):x} "
        for character in text
    )
