"""Board files: TOML to `Board`. Every mistake names the file, the field and the mend."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

from aggregates.board import COUNT, Board, Goal, Measure, Ticker
from aggregates.units import CURRENCY_EXPONENTS, PLAIN, Unit, currency

# A name is part of Redis keys, fields and addresses.
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
# Finest timeline: keeps a bucket's number within 32 bits until the year 9999.
_MIN_BUCKET_SECONDS = 60
_MAX_BUCKET_SECONDS = 86_400
_MAX_TICKER_LENGTH = 100
# What a page can show, and far below 2^53 in minor units.
_MAX_TARGET_MINOR = 10**15


class BoardError(ValueError):
    """A board file that cannot be used: what is wrong, where, and what to do."""


class _Table:
    """One TOML table, read field by field; whatever was not asked for is unknown."""

    def __init__(self, values: Mapping[str, Any], file: Path, prefix: str = "") -> None:
        self._values = values
        self._file = file
        self._prefix = prefix
        self._known: set[str] = set()

    def error(self, field: str, problem: str) -> BoardError:
        return BoardError(f"{self._file}: {self._prefix}{field}: {problem}")

    def get(self, field: str, kind: type | tuple[type, ...], expected: str) -> Any:
        """Return the field's value, or None when it is absent."""
        self._known.add(field)
        value = self._values.get(field)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(field, f"is {value!r}; write {expected}")
        return value

    def require(self, field: str, kind: type | tuple[type, ...], expected: str) -> Any:
        value = self.get(field, kind, expected)
        if value is None:
            raise self.error(field, f"is missing; write {expected}")
        return value

    def text(self, field: str, example: str) -> str:
        value: str = self.require(field, str, f'text in quotes, such as {field} = "{example}"')
        if not value.strip():
            raise self.error(field, f'is empty; write text in quotes, such as "{example}"')
        return value

    def texts(self, field: str, value: Any, example: str) -> tuple[str, ...]:
        expected = f"a list of different attribute names, such as {example}"
        if not value or not all(isinstance(item, str) and item for item in value):
            raise self.error(field, f"is {value!r}; write {expected}")
        if len(set(value)) < len(value):
            raise self.error(field, f"names an attribute twice; write {expected}")
        return tuple(value)

    def integer(self, field: str, low: int, high: int) -> int:
        value: int = self.require(field, int, f"a whole number from {low} to {high:,}")
        if not low <= value <= high:
            raise self.error(field, f"is {value}; write a whole number from {low} to {high:,}")
        return value

    def table(self, field: str) -> "_Table | None":
        value = self.get(field, dict, f"it as a table, under a line [{self._prefix}{field}]")
        return None if value is None else _Table(value, self._file, f"{self._prefix}{field}.")

    def names(self) -> list[str]:
        return list(self._values)

    def refuse_unknown(self) -> None:
        for field in self._values:
            if field not in self._known:
                close = get_close_matches(field, sorted(self._known), n=1)
                known = ", ".join(sorted(self._known))
                mend = f"did you mean {close[0]!r}?" if close else f"known here: {known}"
                raise self.error(field, f"is not a field of a board; {mend}")


def load_board(path: Path) -> Board:
    """Return the board that a TOML file defines; its name is the file's, without `.toml`.

    Raises `BoardError`.
    """
    if not _NAME.fullmatch(path.stem):
        raise BoardError(
            f"{path}: the file's name is the board's name: use small letters, digits, - and _,"
            " a letter first, at most 63 characters"
        )
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BoardError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BoardError(f"{path}: is not TOML: {error}") from error
    table = _Table(values, path)
    measures = _read_measures(table)
    time = table.text("time", "donatedAt") if "time" in values else None
    board = Board(
        name=path.stem,
        title=table.text("title", "Live fundraiser"),
        table=table.text("table", "donations"),
        key=_read_key(table),
        group_by=table.text("group_by", "platform"),
        measures=measures,
        time=time,
        goal=_read_goal(table, measures),
        bucket_seconds=_read_timeline(table, time),
        ticker=_read_ticker(table, time),
        donate_url=_read_donate_url(table),
    )
    table.refuse_unknown()
    return board


def load_boards(paths: str) -> dict[str, Board]:
    """Return boards by name from a comma-separated list of TOML files and folders of them.

    Raises `BoardError` also when there is none, or two of one name.
    """
    files: list[Path] = []
    for text in filter(None, (part.strip() for part in paths.split(","))):
        path = Path(text)
        files += sorted(path.glob("*.toml")) if path.is_dir() else [path]
    boards: dict[str, Board] = {}
    for file in files:
        board = load_board(file)
        if board.name in boards:
            raise BoardError(f"{file}: there is a board {board.name!r} already; rename this file")
        for other in boards.values():
            if other.table == board.table and other.key != board.key:
                raise BoardError(
                    f"{file}: key: is {', '.join(board.key)}, but the board {other.name} says that"
                    f" the table {board.table} has {', '.join(other.key)}; mend one of them"
                )
        boards[board.name] = board
    if not boards:
        raise BoardError(f"BOARDS={paths!r} holds no board; name a TOML file, or a folder of them")
    return boards


def _read_key(table: _Table) -> tuple[str, ...]:
    expected = 'the table\'s key attribute, such as key = "donationId", or ["pk", "sk"]'
    value = table.require("key", (str, list), expected)
    key = table.texts("key", [value] if isinstance(value, str) else value, '["pk", "sk"]')
    if len(key) > 2:
        raise table.error("key", f"names {len(key)} attributes; DynamoDB has one or two")
    return key


def _read_measures(table: _Table) -> tuple[Measure, ...]:
    measures = table.table("measures")
    if measures is None:
        return ()
    read = []
    for name in measures.names():
        if not _NAME.fullmatch(name) or name == COUNT:
            raise measures.error(
                name,
                "cannot be a measure's name: every board has `count` already; else use small"
                " letters, digits, - and _, a letter first",
            )
        measure = measures.table(name)
        assert measure is not None
        attribute = measure.text("attribute", "amount")
        read.append(Measure(name=name, attribute=attribute, unit=_read_unit(measure)))
        measure.refuse_unknown()
    if len(read) > 8:
        raise table.error("measures", f"has {len(read)} sums; a board has at most 8")
    return tuple(read)


def _read_unit(measure: _Table) -> Unit:
    code = measure.get("unit", str, 'an ISO 4217 code, such as "USD"; leave out for plain numbers')
    decimals = measure.get("decimals", int, "how many decimals a plain number has, 0 to 6")
    if code is None:
        if decimals is None:
            return PLAIN
        if not 0 <= decimals <= 6:
            raise measure.error("decimals", f"is {decimals}; write a whole number from 0 to 6")
        return Unit(name="", exponent=decimals)
    if decimals is not None:
        raise measure.error("decimals", f"goes with plain numbers only; {code!r} has its own")
    if code not in CURRENCY_EXPONENTS:
        close = get_close_matches(str(code).upper(), sorted(CURRENCY_EXPONENTS), n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise measure.error(
            "unit", f"is {code!r}, which is no ISO 4217 code; leave it out for plain numbers{hint}"
        )
    return currency(code)


def _read_goal(table: _Table, measures: tuple[Measure, ...]) -> Goal | None:
    goal = table.table("goal")
    if goal is None:
        return None
    units = {COUNT: PLAIN} | {measure.name: measure.unit for measure in measures}
    name = goal.text("measure", "amount")
    if name not in units:
        raise goal.error("measure", f"is {name!r}; this board has: {', '.join(units)}")
    unit = units[name]
    target = _to_minor(goal, "target", goal.require("target", (int, float), "a number"), unit)
    values = goal.get("milestones", list, "a list of numbers") or []
    milestones = [_to_minor(goal, "milestones", value, unit) for value in values]
    if any(low >= high for low, high in pairwise([*milestones, target])):
        raise goal.error(
            "milestones", "must rise, each above the one before, and stay below target"
        )
    goal.refuse_unknown()
    return Goal(measure=name, target_minor=target, milestones_minor=tuple(milestones))


def _to_minor(goal: _Table, field: str, value: Any, unit: Unit) -> int:
    """Return a goal's number in minor units. TOML's floats are read by their shortest text."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    decimal = Decimal(str(value)).scaleb(unit.exponent) if number else Decimal("nan")
    if not decimal.is_finite() or decimal != decimal.to_integral_value():
        raise goal.error(
            field, f"has {value!r}; write numbers with at most {unit.exponent} decimals"
        )
    if not 0 < decimal <= _MAX_TARGET_MINOR:
        highest = Decimal(_MAX_TARGET_MINOR).scaleb(-unit.exponent)
        raise goal.error(field, f"has {value!r}; write numbers above 0, up to {highest:,f}")
    return int(decimal)


def _read_timeline(table: _Table, time: str | None) -> int | None:
    timeline = table.table("timeline")
    if timeline is None:
        return None
    if time is None:
        raise table.error(
            "timeline", "needs the items' time; add time = \"…\", an attribute's name"
        )
    seconds = timeline.integer("bucket_seconds", _MIN_BUCKET_SECONDS, _MAX_BUCKET_SECONDS)
    timeline.refuse_unknown()
    return seconds


def _read_ticker(table: _Table, time: str | None) -> Ticker | None:
    ticker = table.table("ticker")
    if ticker is None:
        return None
    if time is None:
        raise table.error("ticker", "needs the items' time; add time = \"…\", an attribute's name")
    listed = ticker.require("attributes", list, 'a list, such as ["platform", "amount"]')
    attributes = ticker.texts("attributes", listed, '["platform", "amount"]')
    length = ticker.integer("length", 1, _MAX_TICKER_LENGTH)
    ticker.refuse_unknown()
    return Ticker(length=length, attributes=attributes)


def _read_donate_url(table: _Table) -> str | None:
    url: str | None = table.get("donate_url", str, 'an address, such as "https://example.org/give"')
    if url is not None and not url.startswith(("https://", "http://")):
        raise table.error("donate_url", f"is {url!r}; write an address that begins with https://")
    return url
