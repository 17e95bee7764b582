"""The local system feeds the sinks beside its boards, and the commands tell about them."""

import json
import re
import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from aggregates.board_file import load_boards
from local.dynamodb import create_table
from local.sink_tables import name_sink_tables
from operate.cli import Verbs, make_parser
from operate.commands import fill, redeliver, sinks, verify
from operate.errors import CommandError
from operate.place import Place
from sinks.choosing import choose_sinks
from sinks.comparison import parse_comparison
from sinks.definition import Source
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_state import StateTable
from tests.conftest import ROOT
from tests.sinks.fed import feeding_sinks
from tests.sinks.stream_event import read_event

if TYPE_CHECKING:
    from redis import Redis

_PATIENCE_SECONDS = 20.0


class Here:
    """A folder of a board with two sinks, and what the local system does with them."""

    def __init__(self, folder: Path, dynamodb: Any) -> None:
        self.table = f"gifts-{secrets.token_hex(4)}"
        self.copy, self.rule = f"copy-{self.table}", f"big-{self.table}"
        text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
        (folder / "gala.toml").write_text(
            text.replace('table = "donations"', f'table = "{self.table}"'), "utf-8"
        )
        (folder / "sinks").mkdir()
        (folder / f"sinks/{self.copy}.toml").write_text(
            f'kind = "replica"\ntable = "{self.table}"\ntarget = "{self.table}-copy"\n', "utf-8"
        )
        (folder / f"sinks/{self.rule}.toml").write_text(
            f'kind = "rule"\ntable = "{self.table}"\nwhen = "amount >= 1000"\non_insert = true\n'
            f'target = "{self.table}-big"\ntarget_key = "id"\n'
            '[item]\nid = "{id}"\ntext = "{platform} got {amount}"\n',
            "utf-8",
        )
        self.paths, self.dynamodb = str(folder), dynamodb
        self.boards = load_boards(str(folder))
        [board] = self.boards.values()
        create_table(dynamodb, board)
        self.said: list[str] = []

    def fed(self) -> AbstractContextManager[None]:
        return feeding_sinks(self.boards, self.paths, self.dynamodb, self.said.append)

    def give(self, number: int, amount: int) -> None:
        item = {
            "donationId": {"S": f"d-{number}"},
            "platform": {"S": "Phone"},
            "amount": {"N": str(amount)},
        }
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def scan(self, table: str) -> list[Any]:
        items: list[Any] = self.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
        return items

    def call(self, command: ModuleType, *words: str) -> int:
        """Run a subcommand as `make` does on the system that runs here."""
        arguments = make_parser(Verbs([command], self._find_place)).parse_args(
            [command.__name__.rpartition(".")[2], *words, "--local"]
        )
        code: int = arguments.run(arguments)
        return code

    def _find_place(self) -> Place:
        redis = cast("Redis", None)
        return Place(self.boards, self.dynamodb, None, redis, self.paths)


def wait_for(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(_PATIENCE_SECONDS / 0.05)):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError("it did not become so")


def has_taken(dynamodb: Any, sink: str) -> bool:
    state = StateTable(dynamodb, sink).read()
    return state is not None and state.taken != ""


def test_the_local_system_feeds_sinks_and_the_commands_tell_of_them(
    tmp_path: Path, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Here(tmp_path, dynamodb)
    # Sinks that nobody has begun are said, not an error.
    assert here.call(sinks) == sinks.EXIT_TROUBLE
    assert f"{here.copy}: has not begun; to begin it: make fill NAME=" in capsys.readouterr().out
    here.give(1, 25)
    with here.fed():
        here.give(2, 2500)
        here.give(3, 30)
        wait_for(lambda: len(here.scan(f"{here.table}-copy")) == 3 and here.call(sinks) == 0)
        wait_for(lambda: len(here.scan(f"{here.table}-big")) == 1)
        here.give(5, 35)
        wait_for(lambda: len(here.scan(f"{here.table}-copy")) == 4)
        wait_for(lambda: has_taken(dynamodb, here.copy))
        capsys.readouterr()
        assert here.call(verify, here.copy) == 0
        assert capsys.readouterr().out.endswith("Exact.\n")
        assert here.call(sinks) == 0
        said = capsys.readouterr().out
        assert re.search(
            rf"{here.copy}: attached since .*UTC\n  took its last change at .*, \d s", said
        )
        assert "filled at" in said
        # What is in the stream when the system stops is taken.
        here.give(4, 5000)
    assert len(here.scan(f"{here.table}-big")) == 2
    assert {one["text"]["S"] for one in here.scan(f"{here.table}-big")} == {
        "Phone got 2500",
        "Phone got 5000",
    }
    # Nobody feeds the sinks now: the copy falls behind, which is found and filled.
    here.give(3, 31)
    dynamodb.delete_item(TableName=here.table, Key={"donationId": {"S": "d-1"}})
    assert here.call(verify, here.copy) == verify.EXIT_DRIFT
    said = capsys.readouterr().out
    assert '{"donationId": {"S": "d-3"}}: differs in amount' in said
    assert '{"donationId": {"S": "d-1"}}: is gone from the source, and still in the copy' in said
    assert f"Not exact; to correct it: make fill NAME={here.copy}" in said
    assert here.call(fill, here.copy) == 0
    assert "attached; 2 items were corrected" in capsys.readouterr().out
    assert here.call(verify, here.copy) == 0


def test_a_batch_that_was_given_up_is_handed_to_its_sinks(
    tmp_path: Path, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Here(tmp_path, dynamodb)
    assert here.call(fill, here.copy) == 0
    here.give(1, 25)
    record = tmp_path / "record.json"
    payload = json.dumps(read_event(dynamodb, here.table))
    record.write_text(json.dumps({"payload": payload}), "utf-8")
    for _ in range(2):
        assert here.call(redeliver, str(record), "--sinks") == 0
        assert len(here.scan(f"{here.table}-copy")) == 1
    assert f"{here.copy} have what is in it" in capsys.readouterr().out


def test_a_name_that_is_no_sink_is_told_with_those_that_are(tmp_path: Path, dynamodb: Any) -> None:
    here = Here(tmp_path, dynamodb)
    with pytest.raises(CommandError, match=f'no sink "x"; there are: {here.rule}, {here.copy}'):
        here.call(fill, "x")


def test_the_sinks_of_the_folders_other_boards_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "sinks"
    folder.mkdir()
    (folder / "other.toml").write_text(
        'kind = "replica"\ntable = "votes"\nkey = "id"\ntarget = "votes-copy"\n'
    )
    (folder / "free.toml").write_text(
        'kind = "replica"\ntable = "logs"\nkey = "id"\ntarget = "logs-copy"\n'
    )
    for name, table in (("mine", "donations"), ("theirs", "votes")):
        text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
        text = text.replace('table = "donations"', f'table = "{table}"')
        text = text.replace('key = "donationId"', 'key = "id"')
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    boards = load_boards(str(tmp_path / "mine.toml"))
    sinks, errors = choose_sinks(boards, str(tmp_path / "mine.toml"))
    assert (list(sinks), errors) == (["free"], [])


def test_an_event_keeps_what_rules_make_and_know_and_no_copy() -> None:
    source = Source("gifts", ("id",))
    when = parse_comparison("amount > 5")
    assert when is not None
    kept = name_sink_tables(
        [
            Replica("copy", source, "gifts-copy"),
            Rule("big", Source("gifts-copy", ("id",)), when, "bigs", ("bigId",), {}),
            Rule("late", Source("times", ("at",)), when, "bigs", ("bigId",), {}),
        ],
        {"gifts"},
    )
    assert {table.name: table.key_names for table in kept} == {
        "bigs": ("bigId",),
        "big-sink": ("key",),
        "times": ("at",),
        "late-sink": ("key",),
    }
