"""The local system feeds the sinks beside its boards, and the commands tell about them."""

import argparse
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from aggregates.board_file import load_boards
from local.dynamodb import connect_streams, create_table
from local.feeding import copy_sinks, start_feeding
from local.worker import Worker
from operate.commands import sinks as command
from operate.place import Place
from tests.conftest import ROOT

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

    @contextmanager
    def fed(self) -> Iterator[None]:
        workers: list[Worker] = []
        streams = connect_streams(self.dynamodb.meta.endpoint_url)
        start_feeding(
            self.paths,
            self.boards,
            self.dynamodb,
            streams,
            self.said.append,
            lambda name, target: workers.append(Worker(name, target, 5.0)),
        )
        try:
            yield
        finally:
            for worker in workers:
                worker.stop.set()
            for worker in workers:
                worker.join(5.0)
            streams.close()
        assert [worker.error for worker in workers if worker.error] == []

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

    def call(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        command.add_parser(parser.add_subparsers())
        arguments = parser.parse_args(["sinks", *words, "--local"])
        arguments.find_local = lambda: Place(
            self.boards,
            self.dynamodb,
            None,
            cast("Redis", None),
            self.paths,
        )
        return command.run(arguments)


def wait_for(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(_PATIENCE_SECONDS / 0.05)):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError("it did not become so")


def test_the_local_system_feeds_sinks_and_the_commands_tell_of_them(
    tmp_path: Path, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Here(tmp_path, dynamodb)
    # Sinks that nobody has begun are said, not an error.
    assert here.call() == command.EXIT_DIFFERENT
    assert f"{here.copy}: has not begun; begin it: tallyboard sinks fill" in capsys.readouterr().out
    here.give(1, 25)
    with here.fed():
        here.give(2, 2500)
        here.give(3, 30)
        wait_for(lambda: len(here.scan(f"{here.table}-copy")) == 3 and here.call() == 0)
        wait_for(lambda: len(here.scan(f"{here.table}-big")) == 1)
        capsys.readouterr()
        assert here.call("verify", here.copy) == 0
        assert capsys.readouterr().out.endswith("Exact.\n")
    [big] = here.scan(f"{here.table}-big")
    assert big["text"] == {"S": "Phone got 2500"}
    # Nobody feeds the sinks now: the copy falls behind, which is found and filled.
    here.give(3, 31)
    dynamodb.delete_item(TableName=here.table, Key={"donationId": {"S": "d-1"}})
    assert here.call("verify", here.copy) == command.EXIT_DIFFERENT
    said = capsys.readouterr().out
    assert '{"donationId": {"S": "d-3"}}: differs in amount' in said
    assert '{"donationId": {"S": "d-1"}}: is gone from the source, and still in the copy' in said
    assert here.call("fill", here.copy) == 0
    assert "attached; 2 items were corrected" in capsys.readouterr().out
    assert here.call("verify", here.copy) == 0


def test_an_event_uses_the_sinks_beside_the_persons_board(tmp_path: Path) -> None:
    source, target = tmp_path / "boards", tmp_path / "copy"
    (source / "sinks").mkdir(parents=True)
    target.mkdir()
    (source / "sinks/one.toml").write_text("kind = 1\n", "utf-8")
    copy_sinks(source, target)
    assert [path.name for path in (target / "sinks").iterdir()] == ["one.toml"]
    (source / "sinks/one.toml").unlink()
    copy_sinks(source, target)
    assert not (target / "sinks").exists()
