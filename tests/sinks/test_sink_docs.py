"""`docs/protocol.md` names what sinks keep, and `docs/sinks.md` has the numbers of the code."""

import re
import secrets
from decimal import Decimal
from typing import Any

from donations.side_table import create_side_table
from sinks.beginning import begin_sink
from sinks.choosing import RecordSink
from sinks.comparison import parse_comparison
from sinks.consume import DETACH_SECONDS, SinkConsumer
from sinks.definition import Source
from sinks.filling import MARGIN_SECONDS, SETTLE_SECONDS, ReplicaFill
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_state import StateTable
from sinks.state_items import MOST_AGE_SECONDS, STATE_KEY, make_expiry, name_table
from sinks.targets import make_targets
from sinks.template import parse_template
from tests.conftest import ROOT
from tests.sinks.stream_event import read_event

PROTOCOL = (ROOT / "docs/protocol.md").read_text("utf-8").partition("## Sinks' tables")[2]
SINKS = (ROOT / "docs/sinks.md").read_text("utf-8")


def read_rows() -> dict[str, set[str]]:
    """Return the attributes that the page names, by the kind of item."""
    rows = re.findall(
        r"^\| `(\w+)[^|]*\| (.*`.*) \|$", PROTOCOL.partition("\n## ")[0], re.MULTILINE
    )
    named: dict[str, set[str]] = {}
    for kind, text in rows:
        named.setdefault(kind, set()).update(re.findall(r"`([a-z_]+)`", text))
    return named


def test_the_page_names_each_attribute_that_is_kept(dynamodb: Any) -> None:
    table = f"stock-{secrets.token_hex(4)}"
    source, when, rid = Source(table, ("sku",)), parse_comparison("n < 5"), parse_template("{id}")
    assert when is not None
    assert rid is not None
    copy = Replica(f"copy-{table}", source, f"{table}-copy")
    rule = Rule(
        f"low-{table}", source, when, f"{table}-low", ("rid",), {"rid": rid}, margin=Decimal(1)
    )
    plain = Rule(f"plain-{table}", source, when, f"{table}-plain", ("rid",), {"rid": rid})
    sinks: list[RecordSink] = [copy, rule, plain]
    world = Stock(dynamodb, table)
    for sink in sinks:
        begin_sink(sink, dynamodb)
    ReplicaFill(copy, dynamodb, settle_seconds=0).run()
    consumer = SinkConsumer(make_targets(sinks, dynamodb))
    StateTable(dynamodb, plain.name).detach("on purpose")
    world.change(9, 4, None)
    assert consumer.consume(read_event(dynamodb, table)) == {"batchItemFailures": []}
    StateTable(dynamodb, copy.name).note_failing("0", "on purpose")
    StateTable(dynamodb, copy.name).note_file("of SQL")
    StateTable(dynamodb, rule.name).note_stream(10**13, "a gap")
    named = read_rows()
    found: dict[str, set[str]] = {}
    for sink in sinks:
        for item in dynamodb.scan(TableName=name_table(sink.name))["Items"]:
            kind = item.pop(STATE_KEY)["S"].partition(" ")[0]
            moves = [move["M"] for move in item.get("moves", {}).get("L", [])]
            found.setdefault(kind, set()).update(item, *moves)
    assert found.keys() == named.keys()
    words = {"attached", "detached", "filling"}
    assert {kind: names - words for kind, names in named.items()} == found


class Stock:
    """A table with one item."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        create_side_table(dynamodb, table, ["sku"])
        self._dynamodb, self._table = dynamodb, table

    def change(self, *numbers: int | None) -> None:
        for number in numbers:
            item = {"sku": {"S": "tea"}}
            if number is None:
                self._dynamodb.delete_item(TableName=self._table, Key=item)
            else:
                item["n"] = {"N": str(number)}
                self._dynamodb.put_item(TableName=self._table, Item=item)


def test_the_pages_have_the_numbers_of_the_code() -> None:
    days = MOST_AGE_SECONDS // 86_400
    assert f"older than {days} days" in SINKS
    assert "**A copy**" in PROTOCOL
    assert make_expiry(0) == {"N": str((days + 1) * 86_400)}
    assert f"{days + 1} days after the change was made" in PROTOCOL
    assert DETACH_SECONDS == 120.0
    assert "After two minutes it is *detached*" in SINKS
    assert f"up to {SETTLE_SECONDS + 2 * MARGIN_SECONDS} s more" in SINKS
