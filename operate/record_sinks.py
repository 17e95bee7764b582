"""Finds the sinks that take records."""

import argparse
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
from sinks.definition import Sink


class SinkPlace(NamedTuple):
    """The sinks, why files of others cannot be used, the boards, and the tables' DynamoDB."""

    sinks: Mapping[str, Sink]
    errors: list[BoardError]
    boards: Mapping[str, Board]
    dynamodb: Any

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
        return SinkPlace(*choose_sinks(place.boards, place.sinks), place.boards, place.dynamodb)
    paths = read_settings().boards
    boards, _ = read_boards(paths)
    return SinkPlace(*choose_sinks(boards, paths), boards, boto3.client("dynamodb"))
