"""A stored query's answer as a panel: what is an amount, what a text, and how much is shown."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregates.board import Board, Measure
from aggregates.board_file import load_board
from aggregates.panel import MAX_PANEL_BYTES, MAX_ROWS, PanelColumn, decode_panel, encode_panel
from aggregates.units import PLAIN, currency
from explore.answers import Answer, Column
from explore.panels import PanelError, is_same, make_panel
from explore.results import Result
from explore.stored import StoredQuery
from tests.conftest import ROOT

BOARD = load_board(ROOT / "boards/fundraiser.toml")
QUERY = StoredQuery("by-table", "Gifts by table", "select 1", panel="table")


def answer(types: dict[str, str], *rows: list[object]) -> Result:
    columns = [Column(name, kind) for name, kind in types.items()]
    found = Answer(columns, list(rows), False, [], 7, "live", 1)
    return Result(found, datetime(2026, 11, 21, 19, 4, tzinfo=UTC), 0)


def with_measures(**units: str) -> Board:
    made = [
        Measure(name, f"{name}Given", currency(unit) if unit else PLAIN)
        for name, unit in units.items()
    ]
    return replace(BOARD, measures=tuple(made))


def test_a_sum_of_money_is_an_amount_and_all_else_a_number_or_a_text() -> None:
    types = {"platform": "VARCHAR", "n": "BIGINT", "total": "DECIMAL(38,2)", "at": "TIMESTAMP"}
    row: list[object] = ["Phone", 3, "1234.50", "2026-11-21T19:04:00Z"]
    panel = make_panel(QUERY, BOARD, answer(types, row))
    assert panel.columns == (
        PanelColumn("platform", "text"),
        PanelColumn("n", "number"),
        PanelColumn("total", "amount", "USD", 2),
        PanelColumn("at", "text"),
    )
    assert panel.rows == (("Phone", 3, 123_450, "2026-11-21T19:04:00Z"),)
    assert decode_panel(encode_panel(panel)) == panel


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("HUGEINT", "12", 12),
        ("HUGEINT", str(2**53 + 2), None),
        ("BIGINT", str(2**60), None),
        ("DOUBLE", 41.5, 41.5),
        ("DOUBLE", "inf", None),
        ("DOUBLE", "nan", None),
        ("DOUBLE", 1e300, None),
        ("DECIMAL(18,3)", "1.125", 1.125),
        ("DECIMAL(38,2)", "90071992547409.92", 2**53),
        ("DECIMAL(38,2)", "90071992547409.93", None),
        ("DECIMAL(38,2)", "-0.05", -5),
        ("BIGINT", None, None),
        ("BOOLEAN", True, "true"),
        ("JSON", {"a": [1]}, '{"a": [1]}'),
        ("VARCHAR[]", ["a"], '["a"]'),
        ("VARCHAR", "x" * 81, "x" * 79 + "…"),
    ],
)
def test_a_value_is_exact_or_absent(kind: str, value: object, expected: object) -> None:
    panel = make_panel(QUERY, BOARD, answer({"value": kind}, [value]))
    assert panel.rows == ((expected,),)
    assert decode_panel(encode_panel(panel)) == panel


def test_an_amount_is_never_in_a_currency_that_may_be_another() -> None:
    board = with_measures(cash="USD", card="EUR", votes="")
    types = {"total": "DECIMAL(38,2)", "card": "DECIMAL(38,2)", "cashGiven": "DECIMAL(18,2)"}
    columns = make_panel(QUERY, board, answer(types)).columns
    assert [(column.type, column.unit) for column in columns] == [
        ("number", ""),
        ("amount", "EUR"),
        ("amount", "USD"),
    ]
    [votes] = make_panel(QUERY, board, answer({"n": "DECIMAL(38,0)"})).columns
    assert votes == PanelColumn("n", "amount", "", 0)


def test_there_are_at_most_twenty_rows_and_eight_kilobytes() -> None:
    types = {"a": "VARCHAR", "b": "VARCHAR", "c": "VARCHAR", "n": "BIGINT"}
    short = make_panel(QUERY, BOARD, answer(types, *[["x", "y", "z", 1]] * 30))
    assert len(short.rows) == MAX_ROWS
    row: list[object] = [*["€" * 90] * 3, 1]
    long = make_panel(QUERY, BOARD, answer(types, *[row] * 30))
    assert 5 < len(long.rows) < MAX_ROWS
    assert len(encode_panel(long).encode()) <= MAX_PANEL_BYTES
    assert decode_panel(encode_panel(long).encode()) == long


def test_what_is_no_panel_says_why() -> None:
    with pytest.raises(PanelError, match="there are 5 columns; a panel has at most 4"):
        make_panel(QUERY, BOARD, answer(dict.fromkeys("abcde", "BIGINT")))
    number = replace(QUERY, panel="number")
    assert make_panel(number, BOARD, answer({"n": "BIGINT"}, [7])).rows == ((7,),)
    for result in (
        answer({"n": "BIGINT"}),
        answer({"n": "BIGINT"}, [1], [2]),
        answer({"n": "BIGINT", "m": "BIGINT"}, [1, 2]),
    ):
        with pytest.raises(PanelError, match="needs one row and one column"):
            make_panel(number, BOARD, result)


def test_two_answers_are_the_same_if_a_screen_shows_the_same() -> None:
    result = answer({"n": "BIGINT"}, [7])
    panel = make_panel(QUERY, BOARD, result)
    later = replace(result, created=datetime(2026, 11, 21, 20, tzinfo=UTC))
    later = replace(later, answer=replace(later.answer, version=9))
    assert is_same(make_panel(QUERY, BOARD, later), panel)
    assert not is_same(make_panel(QUERY, BOARD, answer({"n": "BIGINT"}, [8])), panel)
    loading = replace(result, answer=replace(result.answer, state="loading"))
    assert not is_same(make_panel(QUERY, BOARD, loading), panel)
