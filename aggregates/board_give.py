"""Reads from a board's file how to give: address, end and match."""

from urllib.parse import urlsplit

from aggregates.board_conditions import read_moment
from aggregates.board_fields import Fields, quote_value
from aggregates.give import Give, Match

# Nobody reads a longer address from a screen and types it.
_MAX_ADDRESS_CHARACTERS = 40
_MAX_MATCH_CHARACTERS = 80


def read_give(board: Fields, donate_url: str | None, time_zone: str) -> Give:
    """Return where to give, until when, and what doubles a gift."""
    return Give(
        address=_read_address(board, donate_url),
        ends_ms=read_moment(board, "ends", time_zone),
        match=_read_match(board, time_zone),
    )


def _read_address(board: Fields, donate_url: str | None) -> str | None:
    """Return the address to type: the board's own, else the link's if it is short; else None."""
    text = board.optional_text("donate_address", "give.example.org")
    if text is not None:
        return _require_short(board, "donate_address", text, _MAX_ADDRESS_CHARACTERS)
    if donate_url is None:
        return None
    try:
        parts = urlsplit(donate_url)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    address = f"{host}{port}{parts.path.rstrip('/')}"
    # Without its query or fragment the address would lead elsewhere.
    is_whole = not parts.query and not parts.fragment
    return address if is_whole and 0 < len(address) <= _MAX_ADDRESS_CHARACTERS else None


def _read_match(board: Fields, time_zone: str) -> Match | None:
    fields = board.table("match")
    if fields is None:
        return None
    text = fields.text("text", "Every gift is doubled by Banque Nord")
    match = Match(
        _require_short(fields, "text", text, _MAX_MATCH_CHARACTERS),
        read_moment(fields, "until", time_zone),
    )
    fields.refuse_unknown()
    return match


def _require_short(fields: Fields, field: str, text: str, most: int) -> str:
    text = text.strip()
    if len(text) > most or not text.isprintable():
        raise fields.error(field, f"is {quote_value(text)}; write at most {most} characters")
    return text
