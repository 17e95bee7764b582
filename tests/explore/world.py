"""A table on the local DynamoDB, its real stream, and a service whose rows follow it, with faults.

What comes of the stream is what the stream has; a run delivers it in part, twice, late or not at
all, as Lambda may.
"""

import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from donations.image_json import Image
from explore.engine_process import MODULE
from explore.errors import EngineError
from local.dynamodb import STREAM, connect_streams
from local.lambda_event import to_lambda_record
from reconcile.stream import TableStream
from sinks.beginning import begin_sink
from sinks.consume import SinkConsumer
from sinks.definition import Source
from sinks.filling import FillError
from sinks.kinds.sql import Sql
from sinks.sink_state import ATTACHED, StateTable
from sinks.sql_filling import SqlFill
from sinks.targets import make_targets
from tests.explore.boards import ITEMS, invent, make_board, make_key
from tests.explore.busy_client import BusyClient
from tests.explore.oracle import compare, count
from tests.explore.service_thread import ServiceThread
from tests.waiting import wait_for

_LIVE_SECONDS = 60.0
Result = TypeVar("Result")


class World:
    """One run. `module` is the engine that is run."""

    def __init__(
        self, random: Random, dynamodb: Any, folder: Path, module: Sequence[str] = MODULE
    ) -> None:
        self.random, self.dynamodb, self._module = random, dynamodb, module
        name = f"b{secrets.token_hex(4)}"
        self._folder = folder / name
        self._folder.mkdir()
        self.board = make_board(self._folder, name)
        self.sink = Sql(f"sql-{name}", Source(self.board.table, self.board.key), self.board)
        dynamodb.create_table(
            TableName=self.board.table,
            AttributeDefinitions=[{"AttributeName": "donationId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "donationId", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=STREAM,
        )
        arn = dynamodb.describe_table(TableName=self.board.table)["Table"]["LatestStreamArn"]
        self._reader, self._arn = TableStream(connect_streams(dynamodb.meta.endpoint_url), arn), arn
        [shard] = self._reader.list_shards()
        self._iterator: str | None = self._reader.get_iterator(shard.id, None)
        begin_sink(self.sink, dynamodb)
        self.state = StateTable(dynamodb, self.sink.name)
        # All records, how many of them are done, and those that were given up.
        self.records: list[dict[str, Any]] = []
        self.done = 0
        self.lost: list[dict[str, Any]] = []
        self._reading = threading.Lock()
        self.waits_for_fill = False
        self._fills: list[threading.Thread] = []
        self.service = self.serve()

    def serve(self) -> ServiceThread:
        """Start a service on the run's files."""
        socket = self._folder / "feed"
        service = ServiceThread(
            [self.sink], self._folder / "files", self.dynamodb, socket=socket, module=self._module
        )
        targets = make_targets([self.sink], self.dynamodb, sql=service.feed)
        self._consumer = SinkConsumer(targets)
        return service

    def close(self) -> None:
        """Stop the service, and delete the run's tables and files."""
        self.end_fills()
        self.service.stop()
        for table in (self.board.table, self.state.name):
            self.dynamodb.delete_table(TableName=table)
        shutil.rmtree(self._folder)

    # The table.

    def change(self, most: int = 3) -> None:
        """Change some items."""
        for _ in range(self.random.randint(1, most)):
            self.put_or_delete(make_key(self.random.randrange(ITEMS)))

    def put_or_delete(self, key: Image) -> None:
        """Change one item, or delete it."""
        if self.random.random() < 0.35:
            self.dynamodb.delete_item(TableName=self.board.table, Key=key)
        else:
            self.dynamodb.put_item(TableName=self.board.table, Item=invent(self.random, key))

    def scan(self) -> list[Image]:
        items: list[Image] = self.dynamodb.scan(TableName=self.board.table, ConsistentRead=True)[
            "Items"
        ]
        return items

    # The stream.

    def read(self) -> None:
        """Read what is new in the stream."""
        with self._reading:
            while self._iterator is not None:
                page = self._reader.read(self._iterator)
                self._iterator = page.next_iterator
                self.records += [to_lambda_record(one, self._arn) for one in page.records]
                if not page.records:
                    return

    def deliver(self, most: int = 6, *, while_taken: Callable[[], None] | None = None) -> bool:
        """Deliver the next records; return whether they are done."""
        self.read()
        batch = self.records[self.done : self.done + most]
        if not batch:
            return True
        if while_taken is not None:
            beside = threading.Thread(target=while_taken)
            beside.start()
        response = self.call(batch)
        if while_taken is not None:
            beside.join()
        failures = response["batchItemFailures"]
        numbers = [one["dynamodb"]["SequenceNumber"] for one in batch]
        done = numbers.index(failures[0]["itemIdentifier"]) if failures else len(batch)
        # The answer may be lost on its way.
        if self.random.random() > 0.1:
            self.done += done
        return not failures

    def deliver_all(self) -> None:
        """Deliver everything, however often it fails."""

        def is_done() -> bool:
            self.read()
            while self.done < len(self.records):
                if not self.deliver(1_000):
                    return False
                self.read()
            return True

        wait_for(is_done, _LIVE_SECONDS, "records cannot be delivered")

    def call(self, batch: list[dict[str, Any]]) -> Any:
        """Call the function once; return its answer."""
        return self._consumer.consume({"Records": batch})

    def call_until_taken(self, batch: list[dict[str, Any]]) -> None:
        """Call the function again and again, as Lambda does with what fails."""
        wait_for(
            lambda: not self.call(batch)["batchItemFailures"],
            _LIVE_SECONDS,
            "records cannot be delivered",
        )

    def deliver_again(self, back: int = 12) -> None:
        """Deliver records again that were delivered before, or are delivered now."""
        start = self.random.randint(max(0, self.done - back), self.done)
        if batch := self.records[start : start + self.random.randint(1, 5)]:
            self.call_until_taken(batch)

    def lose(self) -> None:
        """Give the next records up, as Lambda does; what watches over that detaches the sink."""
        self.read()
        lost = self.records[self.done : self.done + self.random.randint(1, 3)]
        if lost:
            self.lost += lost
            self.done += len(lost)
            self.state.detach("records were given up")

    def redrive(self) -> None:
        """Deliver a record that was given up."""
        if self.lost:
            self.call_until_taken([self.random.choice(self.lost)])

    # The service.

    def begin_fill(self) -> None:
        """Begin a fill as `tallyboard fill` does, beside all else."""

        def fill() -> None:
            client = BusyClient(self)
            # Another fill, or the sink's failure, may end it: somebody fills again.
            with suppress(FillError, ClientError):
                SqlFill(
                    self.sink, client, self.service.feed, margin_seconds=1, sleep=client.sleep
                ).run()
                client.deliver_older()

        thread = threading.Thread(target=fill)
        thread.start()
        self._fills.append(thread)

    def fill_now(self) -> None:
        """Fill, and wait for its end."""
        self.end_fills()
        self.waits_for_fill = True
        self.begin_fill()
        self.end_fills()
        self.waits_for_fill = False

    def end_fills(self) -> None:
        """Wait for all fills that run."""
        for thread in self._fills:
            thread.join(_LIVE_SECONDS)
            assert not thread.is_alive(), "a fill does not end"
        self._fills.clear()

    def restart(self) -> None:
        """Restart the service: on its files, on older ones, or on none."""
        self.end_fills()
        self.service.stop()
        files, old = self._folder / "files", self._folder / "old"
        chance = self.random.random()
        if chance < 0.2:
            shutil.rmtree(files)
        elif chance < 0.5 and old.exists():
            shutil.rmtree(files)
            shutil.copytree(old, files)
        elif chance < 0.8:
            shutil.rmtree(old, ignore_errors=True)
            shutil.copytree(files, old)
        self.service = self.serve()

    # The proof.

    def _insist(self, ask: Callable[[], Result]) -> Result:
        """Ask again where the machine is too busy for the limits of a query."""
        results: list[Result] = []

        def is_answered() -> bool:
            with suppress(EngineError):
                results.append(ask())
            return bool(results)

        wait_for(is_answered, _LIVE_SECONDS, "the engine gives no answer")
        return results[0]

    def wait_until_live(self) -> None:
        """Wait until the sink is attached, and the rows are live.

        What was given up is noticed by the service when it looks next, within ten seconds.
        """

        def is_live() -> bool:
            state = self.state.read()
            assert state is not None
            with suppress(EngineError):
                answer = self.service.ask(self.board.name, "select 1")
                return state.status == ATTACHED and answer.state == "live"
            return False

        wait_for(is_live, _LIVE_SECONDS, "the rows do not become live")

    def look(self) -> list[str]:
        """Let all come; return how the rows and their sums differ from the table."""
        self.end_fills()
        self.deliver_all()
        self.wait_until_live()
        # What was waited for may have been a fill beside which records came.
        self.deliver_all()
        images, name = self.scan(), self.board.name
        engine = self.service.service.engine
        schema = self._insist(lambda: self.service.do(engine.schema(name)))
        answer = self._insist(lambda: self.service.ask(name, "select * from donations"))
        wrong = compare(self.board, images, answer, schema)
        sums = self._insist(
            lambda: self.service.ask(
                name,
                "select platform, count(*), sum(amount) from donations"
                " where platform is not null group by 1",
            )
        )
        found = {row[0]: (row[1], row[2]) for row in sums.rows}
        wanted = {
            group: (items, f"{amount:f}")
            for group, (items, amount) in count(self.board, images).items()
        }
        if found != wanted:
            wrong.append(f"the sums are {found}, not {wanted}")
        return wrong
