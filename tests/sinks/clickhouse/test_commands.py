"""The local system feeds and fills a ClickHouse sink, and the commands tell about it."""

import secrets
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from aggregates.board_file import load_boards
from local import feeding
from local.dynamodb import create_table
from operate.cli import Verbs, make_parser
from operate.commands import fill, sinks, verify
from operate.errors import CommandError
from operate.place import Place
from sinks.clickhouse.filling import ClickHouseFill
from sinks.clickhouse.verifying import verify_clickhouse
from sinks.sink_state import ATTACHED, StateTable
from tests.conftest import ROOT
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.conftest import MakeSink
from tests.sinks.clickhouse.seen import see
from tests.sinks.fed import feeding_sinks
from tests.waiting import wait_for

if TYPE_CHECKING:
    from redis import Redis


class Here:
    """A folder of a board with a ClickHouse sink."""

    def __init__(self, folder: Path, dynamodb: Any, made: Any) -> None:
        self.dynamodb, self.sink = dynamodb, made
        self.name = f"columns-{secrets.token_hex(4)}"
        text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
        table = f'table = "{made.source.table}"'
        (folder / "gala.toml").write_text(text.replace('table = "donations"', table), "utf-8")
        (folder / "sinks").mkdir()
        (folder / f"sinks/{self.name}.toml").write_text(
            f'kind = "clickhouse"\nboard = "gala"\nurl = "{made.url}"\nuser = "{made.user}"\n'
            f'database = "{made.database}"\ntable = "donations"\n'
            'password = "CLICKHOUSE_PASSWORD"\n',
            "utf-8",
        )
        self.paths = str(folder)
        self.boards = load_boards(self.paths)
        create_table(dynamodb, self.boards["gala"])

    def call(self, command: ModuleType, *words: str) -> int:
        arguments = make_parser(Verbs([command], self._find_place)).parse_args(
            [command.__name__.rpartition(".")[2], *words, "--local"]
        )
        code: int = arguments.run(arguments)
        return code

    def put(self, number: int, amount: int) -> None:
        item = {
            "donationId": {"S": f"d-{number}"},
            "platform": {"S": "Phone"},
            "amount": {"N": str(amount)},
            "donatedAt": {"S": "2026-11-21T19:00:00Z"},
        }
        self.dynamodb.put_item(TableName=self.sink.source.table, Item=item)

    def _find_place(self) -> Place:
        return Place(self.boards, self.dynamodb, None, cast("Redis", None), self.paths)


@pytest.fixture
def here(
    tmp_path: Path, dynamodb: Any, make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch
) -> Here:
    """Return the folder. Fills do not wait for clocks, which are all the same one here."""
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", ENVIRONMENT["CLICKHOUSE_PASSWORD"])
    for module in (fill, feeding):
        monkeypatch.setattr(module, "ClickHouseFill", partial(ClickHouseFill, margin_seconds=0))
    looking = partial(verify_clickhouse, sleep=lambda _: None)
    monkeypatch.setattr(verify, "verify_clickhouse", looking)
    return Here(tmp_path, dynamodb, make_sink())


def test_the_commands_fill_verify_and_tell(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    here.put(1, 25)
    here.put(2, 30)
    assert here.call(sinks) == sinks.EXIT_TROUBLE
    assert f"{here.name}: has not begun" in capsys.readouterr().out
    assert here.call(fill, here.name) == 0
    assert "attached; 2 rows were written" in capsys.readouterr().out
    assert here.call(sinks) == 0
    assert f"{here.name}: attached since" in capsys.readouterr().out
    assert here.call(verify, here.name) == 0
    assert capsys.readouterr().out.endswith("2 items compared\nExact.\n")
    here.put(2, 31)
    assert here.call(verify, here.name) == verify.EXIT_DRIFT
    said = capsys.readouterr().out
    assert "1 items differ:\n  d-2: differs in amount, item" in said
    assert f"to correct it: make fill NAME={here.name}" in said


def test_a_password_that_is_not_set_is_an_error_of_the_command(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLICKHOUSE_PASSWORD")
    for command in (fill, verify):
        with pytest.raises(CommandError, match="variable CLICKHOUSE_PASSWORD is not set"):
            here.call(command, here.name)


def test_the_local_system_fills_and_feeds_it(here: Here) -> None:
    here.put(1, 25)
    said: list[str] = []
    state = StateTable(here.dynamodb, here.name)
    with feeding_sinks(here.boards, here.paths, here.dynamodb, said.append):
        wait_for(lambda: (known := state.read()) is not None and known.status == ATTACHED)
        here.put(2, 30)
        here.put(1, 26)
        wait_for(lambda: sorted(str(row[2]) for row in see(here.sink).values()) == ["26", "30"])
    assert [text for text in said if text.startswith("!")] == []
    assert "keeps the rows of the table" in said[0]
