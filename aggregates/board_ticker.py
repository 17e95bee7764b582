"""Reads the ticker from a board's file."""

from collections.abc import Sequence

from aggregates.board import MAX_VALUE_MINOR, Measure, Thanks, Ticker
from aggregates.board_fields import Fields, quote_value
from aggregates.board_time import require_time

_MAX_LENGTH = 100
_MAX_WORDS = 1_000
_MAX_WORD_CHARACTERS = 80


def read_ticker(board: Fields, measures: Sequence[Measure], time: str | None) -> Ticker | None:
    """Return the ticker; None if the board has none."""
    ticker = board.table("ticker")
    if ticker is None:
        return None
    require_time(board, "ticker", time)
    listed = ticker.require("attributes", list, 'a list, such as ["platform", "amount"]')
    attributes = ticker.texts("attributes", listed, '["platform", "amount"]')
    length = ticker.integer("length", 1, _MAX_LENGTH)
    show_if = ticker.optional_text("show_if", "approved")
    least_minor = _read_least(ticker, measures)
    never = _read_words(ticker)
    ticker.refuse_unknown()
    return Ticker(length, attributes, show_if, least_minor, never)


def _read_least(ticker: Fields, measures: Sequence[Measure]) -> int | None:
    value = ticker.get("least", (int, float), "the smallest amount that is shown, such as 5")
    if value is None:
        return None
    if not measures:
        raise ticker.error("least", "is an amount, and the board has none; add a [measures.NAME]")
    unit = measures[0].unit
    return ticker.minor("least", value, unit, -MAX_VALUE_MINOR, MAX_VALUE_MINOR)


def read_thanks(board: Fields, measures: Sequence[Measure], ticker: Ticker | None) -> Thanks | None:
    """Return for which items screens thank; None where they do not."""
    thanks = board.table("thanks")
    if thanks is None:
        return None
    if not measures:
        raise board.error("thanks", "is for amounts, and the board has none; add [measures.NAME]")
    attribute = measures[0].attribute
    if ticker is None or attribute not in ticker.attributes:
        raise board.error(
            "thanks", f"needs a [ticker] that lists {attribute}: screens know no other amounts"
        )
    expected = "the smallest amount that screens thank for, such as 100"
    value = thanks.require("least", (int, float), expected)
    least_minor = thanks.minor("least", value, measures[0].unit, 1, MAX_VALUE_MINOR)
    name = _read_attribute(thanks, "name", ticker)
    comment = _read_attribute(thanks, "comment", ticker)
    thanks.refuse_unknown()
    return Thanks(least_minor, name, comment)


def _read_attribute(thanks: Fields, field: str, ticker: Ticker) -> str | None:
    """Return the ticker's attribute that a field names; without it, the one of that name."""
    named = thanks.optional_text(field, field)
    if named is None:
        return field if field in ticker.attributes else None
    if named not in ticker.attributes:
        raise thanks.error(
            field, f"is {quote_value(named)}, which the ticker does not list; add it there"
        )
    return named


def _read_words(ticker: Fields) -> tuple[str, ...]:
    expected = 'a list of words that are never shown, such as ["darn"]'
    words = ticker.get("never", list, expected)
    if words is None:
        return ()
    for word in words:
        if not isinstance(word, str) or not word.strip() or len(word) > _MAX_WORD_CHARACTERS:
            raise ticker.error("never", f"has {quote_value(word)}; write {expected}")
    if len(words) > _MAX_WORDS:
        raise ticker.error("never", f"has {len(words):,} words; write at most {_MAX_WORDS:,}")
    return tuple(words)
