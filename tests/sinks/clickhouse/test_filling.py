"""`fill` and `verify`, and tables that are not the sink's."""

from dataclasses import replace
from typing import Any

import pytest

from lambda_handler.stream import read_stream
from sinks.change import parse_changes
from sinks.clickhouse.server import Server
from sinks.clickhouse.target import ClickHouseTarget
from sinks.filling import FillError
from sinks.sink_state import ATTACHED, DETACHED
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.conftest import MakeSink
from tests.sinks.clickhouse.gifts import Gifts
from tests.sinks.clickhouse.seen import ask, see

VERSION = "_version UInt256, _is_deleted UInt8"
ENGINE = "ReplacingMergeTree(_version, _is_deleted)"


@pytest.fixture
def gifts(dynamodb: Any, make_sink: MakeSink) -> Gifts:
    """Return a sink that was not filled."""
    return Gifts(dynamodb, make_sink())


def run(gifts: Gifts, sql: str) -> str:
    """Run a statement; `{}` in it is the view."""
    view = f"{gifts.sink.database}.donations"
    return Server(gifts.sink, ENVIRONMENT).run(sql.replace("{}", view))


def test_verify_finds_each_wrong_row_and_fill_corrects_them(gifts: Gifts) -> None:
    for number in range(6):
        gifts.put(number, platform={"S": "Web"}, amount={"N": "5"}, test={"BOOL": False})
    gifts.fill()
    assert (gifts.verify().items, gifts.verify().different) == (6, 0)
    run(gifts, "ALTER TABLE {}_rows UPDATE amount = 6 WHERE key = 'd-1' SETTINGS mutations_sync=1")
    run(
        gifts,
        "ALTER TABLE {}_rows UPDATE item = '{\"}' WHERE key = 'd-2' SETTINGS mutations_sync=1",
    )
    run(gifts, "ALTER TABLE {}_rows DELETE WHERE key = 'd-3' SETTINGS mutations_sync=1")
    gifts.delete(4)
    found = gifts.verify()
    assert (found.items, found.different) == (5, 4)
    assert sorted(found.differences) == [
        "d-1: differs in amount",
        "d-2: differs in item",
        "d-3: is missing from the rows",
        "d-4: is gone from the table, and still in the rows",
    ]
    gifts.fill()
    assert gifts.verify().different == 0
    assert gifts.find_wrong() == []


def test_verify_waits_for_what_is_on_its_way(gifts: Gifts) -> None:
    gifts.fill()
    gifts.put(1)
    assert gifts.verify(lambda _: gifts.deliver(*gifts.read_records())).different == 0


def test_rows_of_another_definition_of_the_board_are_filled_again(gifts: Gifts) -> None:
    gifts.put(1, platform={"S": "Web"}, amount={"N": "5"})
    gifts.fill()
    gifts.put(2)
    records = gifts.read_records()
    hidden = replace(gifts.sink, hidden=frozenset({"n"}))
    # Whoever has the changed file writes nothing; nor does, after a fill, who has the old one.
    assert gifts.deliver(*records, sink=hidden)
    state = gifts.read_state()
    assert state.status == DETACHED
    assert "another definition of the board" in state.why
    assert [*see(gifts.sink)] == ["d-1"]
    gifts.fill(hidden)
    assert gifts.read_state().status == ATTACHED
    assert gifts.deliver(*records, sink=hidden)
    assert gifts.read_state().status == ATTACHED
    assert not any("n" in row[3] for row in see(hidden).values())
    assert gifts.deliver(*records)
    assert gifts.read_state().status == DETACHED


def test_a_column_that_the_board_has_since_is_added(gifts: Gifts) -> None:
    gifts.put(1, platform={"S": "Web"}, amount={"N": "5"}, n={"N": "12"})
    gifts.fill()
    [amount] = gifts.sink.board.measures
    board = replace(gifts.sink.board, measures=(amount, replace(amount, name="fee", attribute="n")))
    gifts.fill(replace(gifts.sink, board=board))
    assert ask(gifts.sink, "SELECT toString(amount), toString(fee) FROM {}") == [["5", "12"]]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "CREATE TABLE {} (key String) ENGINE = MergeTree ORDER BY key",
            "donations at URL is not the sink's own",
        ),
        ("CREATE VIEW {} AS SELECT 1", "donations at URL is not the sink's own"),
        (
            "CREATE TABLE {}_rows (key String) ENGINE = MergeTree ORDER BY key",
            "donations_rows at URL has the engine MergeTree, not ReplacingMergeTree",
        ),
        (
            f"CREATE TABLE {{}}_rows (key String, at Int8, {VERSION}) ENGINE={ENGINE} ORDER BY at",
            "donations_rows at URL is ordered by at, not key",
        ),
        (
            f"CREATE TABLE {{}}_rows (key String, {VERSION}) ENGINE = {ENGINE} ORDER BY key",
            "donations_rows at URL has nothing that a sink wrote, not the rows of arn:aws:dynamodb",
        ),
    ],
)
def test_a_table_that_is_not_the_sinks_is_refused_and_stays(
    gifts: Gifts, sql: str, told: str
) -> None:
    run(gifts, sql)
    before = run(gifts, f"SHOW TABLES FROM {gifts.sink.database}")
    with pytest.raises(FillError) as raised:
        gifts.fill()
    assert told.replace("URL", gifts.sink.url) in str(raised.value)
    assert "name another `table`, or drop" in str(raised.value)
    assert run(gifts, f"SHOW TABLES FROM {gifts.sink.database}") == before


def test_rows_of_another_table_are_refused(
    gifts: Gifts, dynamodb: Any, make_sink: MakeSink
) -> None:
    gifts.fill()
    made = make_sink()
    other = Gifts(dynamodb, replace(made, database=gifts.sink.database))
    with pytest.raises(FillError, match=rf"has the rows of arn:\S+{gifts.sink.source.table}, not"):
        other.fill()


def test_a_column_of_another_type_is_refused(gifts: Gifts) -> None:
    gifts.fill()
    [amount] = gifts.sink.board.measures
    unit = amount.unit._replace(exponent=3)
    board = replace(gifts.sink.board, measures=(replace(amount, unit=unit),))
    with pytest.raises(
        FillError, match=r"a column amount of the type Nullable\(Decimal\(18, 2\)\)"
    ):
        gifts.fill(replace(gifts.sink, board=board))


def test_a_fill_under_an_earlier_clock_is_refused(gifts: Gifts) -> None:
    gifts.fill()
    gifts.clock_is_late_s += 3600
    with pytest.raises(FillError, match="which is later than now by DynamoDB's clock"):
        gifts.fill()


def test_a_fill_that_another_one_overtakes_ends_and_the_rows_are_exact(gifts: Gifts) -> None:
    gifts.put(1)

    def overtake() -> None:
        gifts.during_sleep = lambda: None
        # Where it begins, the clock is a little behind, so that its cut is the earlier one.
        gifts.clock_is_late_s += 9
        gifts.fill()

    gifts.during_sleep = overtake
    with pytest.raises(FillError, match="another fill of the sink"):
        gifts.fill()
    assert gifts.read_state().status == ATTACHED
    assert gifts.find_wrong() == []
    gifts.put(1)
    gifts.put(2)
    assert gifts.deliver(*gifts.read_records())
    assert gifts.find_wrong() == []


def test_a_call_that_began_before_a_fill_changes_nothing_after_it(gifts: Gifts) -> None:
    gifts.fill()
    gifts.put(1)
    gifts.delete(1)
    known = gifts.read_state()
    records = gifts.read_records()
    gifts.fill()
    server = Server(gifts.sink, ENVIRONMENT)
    late = ClickHouseTarget(gifts.sink, gifts.dynamodb, server)
    assert late.take(parse_changes(records[:1], read_stream(records)), known) is None
    assert ask(gifts.sink, "SELECT key FROM {}_rows WHERE key != ''") == [["d-1"]]
    assert see(gifts.sink) == {}


def test_a_fill_begins_again_if_it_was_held_up(gifts: Gifts) -> None:
    gifts.put(1)
    gifts.hold_up_s = [30.0]
    gifts.fill()
    assert gifts.find_wrong() == []
    gifts.hold_up_s = [30.0] * 9
    with pytest.raises(FillError, match="answers too slowly for a fill to begin"):
        gifts.fill()
