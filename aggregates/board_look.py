"""Reads the event's look from a board's file. Every colour must be readable on its background."""

import re

from aggregates.board_fields import Fields, quote_value
from aggregates.colour import contrast, luminance, make_readable, read_colour
from aggregates.groups import clean_group
from aggregates.look import Look

# WCAG 2.1: 1.4.3 for text, 1.4.11 for large text and graphics.
LEAST_OF_TEXT, LEAST_OF_MARKS = 4.5, 3.0
# Our defaults; static/theme.css has the same.
GROUND, TEXT, LIGHT_TEXT = "#0b1018", "#f5f7fb", "#10151d"
_LIGHT_FROM = 0.18
_MAX_SPONSORS = 24
_MAX_GROUPS = 60
_FILE = re.compile(r"[\w()-][\w() .-]{0,99}")


def is_light(ground: str) -> bool:
    """Return whether a ground takes dark text."""
    return luminance(ground) >= _LIGHT_FROM


def read_look(board: Fields) -> Look | None:
    """Return the board's look, None if it has none. Its files are checked later."""
    fields = board.table("look")
    if fields is None:
        return None
    ground = _read_colour(fields, "ground", fields.take("ground"))
    on = ground or GROUND
    text = _read_readable(fields, "text", fields.take("text"), on, LEAST_OF_TEXT)
    accent = _read_readable(fields, "accent", fields.take("accent"), on, LEAST_OF_MARKS)
    look = Look(
        folder=board.folder,
        accent=accent,
        ground=ground,
        text=text,
        font=_read_file(fields, "font", fields.take("font")),
        logo=_read_file(fields, "logo", fields.take("logo")),
        background=_read_file(fields, "background", fields.take("background")),
        sponsors=_read_sponsors(fields),
        sponsors_ground=_read_colour(fields, "sponsors_ground", fields.take("sponsors_ground")),
        groups=_read_groups(fields, on),
    )
    fields.refuse_unknown()
    return look


def _read_colour(fields: Fields, field: str, value: object) -> str | None:
    if value is None:
        return None
    colour = read_colour(value) if isinstance(value, str) else None
    if colour is None:
        raise fields.error(field, f'is {quote_value(value)}; write a colour such as "#37d6a0"')
    return colour


def _read_readable(
    fields: Fields, field: str, value: object, ground: str, least: float
) -> str | None:
    colour = _read_colour(fields, field, value)
    if colour is not None and (ratio := contrast(colour, ground)) < least:
        raise fields.error(
            field,
            f"is {colour}, which has a contrast of {ratio:.1f} with the ground {ground}; it needs"
            f' {least:g}, as "{make_readable(colour, ground, least)}" has',
        )
    return colour


def _read_file(fields: Fields, field: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _FILE.fullmatch(value):
        raise fields.error(
            field,
            f"is {quote_value(value)}; write the name of a file in the folder with the board's"
            f" name: {fields.folder}",
        )
    return value


def _read_sponsors(fields: Fields) -> tuple[str, ...]:
    listed = fields.get("sponsors", list, 'a list of files, such as ["bank.svg", "baker.png"]')
    names = [_read_file(fields, "sponsors", value) for value in listed or ()]
    if len(names) > _MAX_SPONSORS:
        raise fields.error("sponsors", f"has {len(names)} files; list at most {_MAX_SPONSORS}")
    return tuple(filter(None, names))


def _read_groups(fields: Fields, ground: str) -> tuple[tuple[str, str], ...]:
    groups = fields.table("groups")
    if groups is None:
        return ()
    if len(groups.names()) > _MAX_GROUPS:
        raise fields.error("groups", f"has more than {_MAX_GROUPS} colours; leave out some")
    colours: dict[str, str] = {}
    for name in groups.names():
        colour = _read_readable(groups, name, groups.take(name), ground, LEAST_OF_MARKS)
        if not clean_group(name) or colour is None:
            raise groups.error(name, "is not the name of a group")
        colours[clean_group(name)] = colour
    return tuple(colours.items())
