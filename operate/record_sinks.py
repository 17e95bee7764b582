"""Finds the sinks that take records."""

import argparse
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3

from aggregates.board import Board
from aggregates.board_fields import BoardError
from aggregates.board_file import read_boards
from operate.errors import CommandError
from operate.place import find_place
from operate.settings import read_settings
from sinks.choosing import RecordSink, choose_record_sinks, choose_sinks
from sinks.clickhouse.server import PATIENCE_SECONDS, Server
from sinks.definition import Sink
from sinks.kinds.clickhouse import ClickHouse
from sinks.sql_service import SqlService

# A page of a fill may wait for others.
_PATIENCE_SECONDS = 60.0


class SinkPlace(NamedTuple):
    """The sinks, why files of others cannot be used, the boards, and the tables' DynamoDB.

    `feed` is the service of SQL sinks.
    """

    sinks: Mapping[str, Sink]
    errors: list[BoardError]
    boards: Mapping[str, Board]
    dynamodb: Any
    feed: SqlService | None

    def require_feed(self) -> SqlService:
        """Return the service that keeps the rows of SQL sinks; raise `CommandError`."""
        if self.feed is None:
            raise CommandError(
                "the service of SQL sinks is not known: set EXPLORE_FEED to its address, such as"
                " http://explore:8091, or install the extra `explore` if this is your own machine"
            )
        return self.feed

    def connect(self, sink: ClickHouse) -> Server:
        """Return the server of a ClickHouse sink; its password is in the environment."""
        return Server(sink, os.environ, answer_seconds=PATIENCE_SECONDS)

    def find(self, name: str) -> RecordSink:
        """Return a sink that takes records; raise `CommandError`."""
        records = choose_record_sinks(self.sinks)
        if name in records:
            return records[name]
        if name in self.sinks:
            raise CommandError(
                f"the sink {name} is of the kind {self.sinks[name].kind}, which always follows its"
                " board: there is nothing to fill or verify"
            )
        if self.errors:
            raise CommandError(str(self.errors[0]))
        known = ", ".join(records) or "none; docs/sinks.md says how to write one"
        raise CommandError(f'there is no sink "{name}"; there are: {known}')


def find_sinks(arguments: argparse.Namespace) -> SinkPlace:
    """Return where the sinks are. No Redis is needed. Raises `CommandError`."""
    if arguments.local:
        place = find_place(arguments)
        feed = _find_feed(place.explore_feed, "")
        return SinkPlace(
            *choose_sinks(place.boards, place.sinks), place.boards, place.dynamodb, feed
        )
    settings = read_settings()
    boards, _ = read_boards(settings.boards)
    feed = _find_feed(settings.explore_feed, settings.explore_feed_key)
    sinks, errors = choose_sinks(boards, settings.boards)
    return SinkPlace(sinks, errors, boards, boto3.client("dynamodb"), feed)


def _find_feed(address: str, key: str) -> SqlService | None:
    try:
        return SqlService(address, key, _PATIENCE_SECONDS) if address else None
    except ValueError as error:
        raise CommandError(f"EXPLORE_FEED: {error}") from error
