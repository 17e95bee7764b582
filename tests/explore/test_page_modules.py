"""The page's pure modules: what is coloured, shared and drawn."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import call as call
from tests.browser.conftest import module_page as module_page
from tests.browser.conftest import static_url as static_url

pytestmark = pytest.mark.browser
Call = Callable[..., Any]
_AT = "../explore/static"


def test_parameters_are_found_outside_of_texts_and_comments(call: Call) -> None:
    sql = "select $a, '$b', \"$c\", $a -- $d\n/* $e */ from x where y = $f_1 and '$open"
    assert call(f"{_AT}/shades.findParameters", sql) == ["a", "f_1"]


def test_coloured_parts_are_the_whole_text(call: Call) -> None:
    for sql in ("select 'it''s' /* open", 'SELECT "a""b", 12.5, $p\n--x', "", "'", "漢字 🎉 <b>"):
        parts = call(f"{_AT}/shades.splitSql", sql)
        assert "".join(part["text"] for part in parts) == sql
    kinds = [part["kind"] for part in call(f"{_AT}/shades.splitSql", "Select x, 1")]
    assert kinds == ["word", "", "", "", "number"]


@pytest.mark.parametrize(
    "question",
    [
        {"board": "gala", "sql": "select 'a&b=c#d%', $p\n", "values": {"p": "x y"}},
        {"board": "gala", "name": "by-platform", "sql": "", "values": {"board": "z"}},
    ],
)
def test_a_link_is_read_as_it_was_written(call: Call, question: dict[str, Any]) -> None:
    link = call(f"{_AT}/share.writeLink", question)
    assert link.startswith("#")
    assert call(f"{_AT}/share.readLink", link) == question
    assert call(f"{_AT}/share.readLink", "#") is None


def test_a_typed_value_is_a_number_only_if_it_is_one(call: Call) -> None:
    values = ["25", "-0.5", "1e3", "007x", "true", "", "9007199254740993", " 1"]
    found = [call(f"{_AT}/api.toValue", text) for text in values]
    assert found == [25, -0.5, "1e3", "007x", True, None, "9007199254740993", " 1"]


def answer(columns: dict[str, str], *rows: list[Any]) -> dict[str, Any]:
    return {
        "columns": [{"name": name, "type": kind} for name, kind in columns.items()],
        "results": [dict(zip(columns, row, strict=True)) for row in rows],
    }


def test_a_time_makes_a_line_and_anything_else_bars(call: Call) -> None:
    by_hour = answer(
        {"hour": "TIMESTAMP", "total": "DECIMAL(38,2)"},
        ["2026-11-21T20:00:00Z", "0.50"],
        [None, "3.00"],
        ["2026-11-21T19:00:00Z", "1.25"],
        ["2026-11-21T21:00:00Z", None],
    )
    chart = call(f"{_AT}/chart_data.makeChart", by_hour, "total")
    assert (chart["kind"], chart["left_out"]) == ("line", 2)
    assert [point["value"] for point in chart["points"]] == [1.25, 0.5]
    bars = call(
        f"{_AT}/chart_data.makeChart",
        answer({"n": "BIGINT", "platform": "VARCHAR"}, [2, "Web"], [1, None]),
        "n",
    )
    assert bars["kind"] == "bars"
    assert [(point["label"], point["value"]) for point in bars["points"]] == [
        ("Web", 2),
        ("null", 1),
    ]


def test_what_cannot_be_drawn_is_not(call: Call) -> None:
    make = f"{_AT}/chart_data.makeChart"
    assert call(make, answer({"a": "VARCHAR"}, ["x"]), "a") is None
    assert call(make, answer({"a": "BIGINT"}), "a") is None
    assert call(make, answer({"a": "DOUBLE", "b": "VARCHAR"}, ["nan", "x"]), "a") is None
    many = answer({"n": "BIGINT", "m": "INTEGER"}, *([n, n] for n in range(50)))
    chart = call(make, many, "m")
    assert (len(chart["points"]), chart["left_out"], chart["label"]) == (40, 10, "n")


def test_a_name_is_quoted_where_sql_needs_it(call: Call) -> None:
    names = ["amount", "donatedAt", "order", "a b", 'a"b', "1a", "группа"]
    quoted = [call(f"{_AT}/sidebar.quoteName", name) for name in names]
    assert quoted == ["amount", "donatedAt", '"order"', '"a b"', '"a""b"', '"1a"', '"группа"']
