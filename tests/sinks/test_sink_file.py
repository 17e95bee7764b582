"""Sinks' files: what they say, and what each mistake is answered with."""

import argparse
from decimal import Decimal
from pathlib import Path

import pytest

from aggregates.board_file import load_boards
from operate.commands import boards as boards_command
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_file import load_sinks, read_sinks
from tests.conftest import ROOT

BOARDS = load_boards(str(ROOT / "boards"))
REPLICA = 'kind = "replica"\ntable = "donations"\ntarget = "donations-copy"\n'
RULE = """kind = "rule"
table = "products"
key = "sku"
when = "stock < reorderThreshold"
target = "reorders"
target_key = "reorderId"
"""
ITEM = """[item]
reorderId = "{id}"
sku = "{sku}"
note = "{name} is at {stock}"
amount = 10
"""


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, "utf-8")


def test_a_replica_takes_the_key_from_the_board_of_its_table(tmp_path: Path) -> None:
    write(tmp_path, "copy", REPLICA + 'attributes = ["amount"]')
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert errors == []
    sink = sinks["copy"]
    assert isinstance(sink, Replica)
    assert (sink.source.key, sink.target) == (("donationId",), "donations-copy")
    assert sink.attributes == frozenset({"amount"})


def test_a_rule_says_when_and_what(tmp_path: Path) -> None:
    write(tmp_path, "low", RULE + "on_insert = true\nonce_until_margin = 2.5\n" + ITEM)
    sinks, errors = load_sinks(tmp_path, {})
    assert errors == []
    sink = sinks["low"]
    assert isinstance(sink, Rule)
    assert str(sink.when) == "stock < reorderThreshold"
    assert sink.margin == Decimal("2.5")
    assert sink.item["amount"] == {"N": "10"}
    assert sink.describe() == (
        "when stock < reorderThreshold turns true in the table products or is true of a new item,"
        " again only beyond a margin of 2.5: puts one item into the table reorders"
    )


def test_no_folder_means_no_sinks(tmp_path: Path) -> None:
    assert load_sinks(tmp_path / "sinks", BOARDS) == ({}, [])
    assert read_sinks(f"{tmp_path}, {tmp_path}/gala.toml", BOARDS) == ({}, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [", "is not TOML: "),
        ('table = "t"', "kind: is missing; write text in quotes"),
        ('kind = "replicas"', "kind: is 'replicas'; write one of replica, rule"),
        (
            REPLICA.replace("donations-copy", "donations"),
            "target: is 'donations', the sink's own source",
        ),
        (REPLICA, "target: is 'donations-copy', into which the sink good writes"),
        (REPLICA.replace("donations-copy", "c-sink"), "target: is 'c-sink', and sinks keep"),
        (REPLICA.replace("donations-copy", "My Copy!"), "target: is 'My Copy!', which no table"),
        (
            'kind = "replica"\ntable = "logs"\nkey = "id"\ntarget = "donations"',
            "target: is 'donations', which the board fundraiser counts",
        ),
        (
            RULE.replace("products", "donations-copy").replace("reorders", "donations") + ITEM,
            "target: is 'donations', from which other sinks lead back to donations-copy",
        ),
        (REPLICA + 'key = "id"', "key: is id, but a board says that the table donations has"),
        (REPLICA + 'attribute = ["x"]', "is not a field of a replica; did you mean 'attributes'?"),
        (REPLICA.replace('"donations"', '"other"'), "key: is missing; write the table's key"),
        (RULE, "item: is missing; add a line [item]"),
        (RULE.replace("<", "is below") + ITEM, "when: is 'stock is below reorderThreshold'"),
        (RULE.replace("stock < reorderThreshold", "1 < 2") + ITEM, "when: is '1 < 2'; write"),
        (
            RULE.replace("reorders", "products") + ITEM,
            "target: is 'products', the sink's own source",
        ),
        (RULE + ITEM.replace("{id}", "{sku}"), "item.reorderId: needs the id of the crossing"),
        (RULE + ITEM.replace("reorderId", "x"), "item.reorderId: is missing, and target_key"),
        (RULE + ITEM + 'z = "{"', "item.z: is '{'; write a text"),
        (RULE + "once_until_margin = -1\n" + ITEM, "once_until_margin: is -1; write a number"),
        (
            RULE.replace("<", "!=") + "once_until_margin = 1\n" + ITEM,
            "once_until_margin: has no meaning with !=",
        ),
    ],
)
def test_a_mistake_is_said_with_its_fix_and_spoils_no_other_sink(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path, "good", REPLICA)
    write(tmp_path, "wrong", text)
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert list(sinks) == ["good"]
    [error] = errors
    assert str(error).startswith(f"{tmp_path}/wrong.toml: ")
    assert said in str(error)


def test_make_boards_checks_the_sinks_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    write(tmp_path, "fundraiser", board)
    (tmp_path / "sinks").mkdir()
    write(tmp_path / "sinks", "copy", REPLICA)
    write(tmp_path / "sinks", "two", REPLICA.replace("replica", "mirror"))
    monkeypatch.setenv("BOARDS", str(tmp_path))
    assert boards_command.run(argparse.Namespace()) == 1
    said = capsys.readouterr()
    assert "copy: copies the table donations to the table donations-copy" in said.out
    assert f"{tmp_path}/sinks/two.toml: kind: is 'mirror'; write one of" in said.err
