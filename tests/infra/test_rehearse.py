"""The rehearsal gives, corrects and removes donations, and leaves nothing behind."""

from typing import Any

import pytest

from aggregates.board_file import load_board
from aggregates.contribution import contribution_reader
from infra import rehearse
from infra.errors import DeployError
from infra.options import read_options
from infra.rehearse import MARK, Rehearsal, run
from tests.conftest import ROOT

BOARD = load_board(ROOT / "boards/fundraiser.toml")
KEY = BOARD.key[0]


class Table:
    """A DynamoDB client of one table, and the totals that a display would show for it."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        self.reader = contribution_reader(BOARD)

    def put_item(self, *, TableName: str, Item: dict[str, Any]) -> None:  # noqa: N803
        assert TableName == BOARD.table
        self.items[Item[KEY]["S"]] = Item

    def delete_item(self, *, TableName: str, Key: dict[str, Any]) -> None:  # noqa: N803
        assert TableName == BOARD.table
        self.items.pop(Key[KEY]["S"], None)

    def totals(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for item in self.items.values():
            contribution = self.reader(item)
            assert contribution is not None
            group = found.setdefault(contribution.group, {"count": 0, "amount": 0})
            group["count"] += 1
            group["amount"] += contribution.values[0]
        return found


def make(table: Table, count: int = 20) -> Rehearsal:
    rehearsal = Rehearsal(BOARD, table, "Rehearsal", count)
    rehearsal.check()
    return rehearsal


def test_each_step_says_what_the_display_shows_and_nothing_is_left() -> None:
    table = Table()
    said: list[str] = []
    assert run(make(table), BOARD, "Rehearsal", table.totals, said.append) == 0
    assert table.items == {}
    text = "\n".join(said)
    # 1 to 20; 1 to 5 twice; without 18, 19 and 20.
    assert "Rehearsal should show 20 donations, 210.00 USD." in text
    assert "Rehearsal should show 20 donations, 225.00 USD." in text
    assert "Rehearsal should show 17 donations, 168.00 USD." in text
    assert "Rehearsal should show 0 donations, 0.00 USD." in text
    assert text.count("It does") == 4
    assert said[-1] == "Every step was right."


def test_other_donations_are_left_alone_and_do_not_disturb_it() -> None:
    table = Table()
    item = make(table)._make_item(1, 100) | {KEY: {"S": "d-1"}, "platform": {"S": "Phone"}}
    table.items["d-1"] = item
    assert run(make(table), BOARD, "Rehearsal", table.totals, lambda _: None) == 0
    assert table.items == {"d-1": item}


def test_a_display_that_shows_something_else_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse, "_PATIENCE_SECONDS", 0.0)
    table = Table()
    said: list[str] = []
    standing_still = {"Rehearsal": {"count": 1, "amount": 100}}
    assert run(make(table), BOARD, "Rehearsal", lambda: standing_still, said.append) == 1
    assert said[-1].startswith("NOT RIGHT")
    assert table.items == {}


def test_ctrl_c_removes_all_of_them() -> None:
    table = Table()

    def interrupt() -> dict[str, dict[str, int]]:
        assert len(table.items) == 20
        assert all(name.startswith(MARK) for name in table.items)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(make(table), BOARD, "Rehearsal", interrupt, lambda _: None)
    assert table.items == {}


def test_what_an_interrupted_one_left_is_removed_first() -> None:
    table = Table()
    make(table).give()
    assert run(make(table), BOARD, "Rehearsal", table.totals, lambda _: None) == 0
    assert table.items == {}


def test_how_many_is_bounded() -> None:
    assert read_options({}).count == 20
    with pytest.raises(DeployError, match="from 10 to 1000"):
        read_options({"COUNT": "5"})
