"""Finds where a command works: on the local system, or where the environment says."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from redis import Redis

from aggregates.board import Board
from aggregates.board_file import load_boards
from aggregates.connection import connect
from operate.errors import CommandError
from operate.settings import read_settings


@dataclass(frozen=True)
class Place:
    """The boards, the DynamoDB of their tables, its streams, and the Redis of their totals.

    `sinks` are the boards' files and folders that the folder of sinks is beside. `explore_feed` is
    the address of the service that keeps the rows of SQL sinks; empty for none.
    """

    boards: dict[str, Board]
    dynamodb: Any
    streams: Any
    redis: Redis
    sinks: str
    explore_feed: str = ""

    def board(self, name: str) -> Board:
        """Return the board with a name; the first for an empty name. Raise `CommandError`."""
        return pick_board(self.boards, name)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses the place."""
    parser.add_argument(
        "--local", action="store_true", help="on the system that `make run` has started here"
    )


def find_place(arguments: argparse.Namespace) -> Place:
    """Return the place: the system of `make run`, or the one named by environment variables.

    These are `REDIS_URL`, `BOARDS` and AWS' usual variables.

    Raises `CommandError` and `BoardError`.
    """
    if arguments.local:
        if arguments.find_local is None:
            raise CommandError("--local needs a checkout of Tallyboard, and this is not one")
        place: Place = arguments.find_local()
        return place
    settings = read_settings()
    if settings.redis_url is None:
        raise CommandError(
            "REDIS_URL is not set: name the Redis with the totals, such as"
            " REDIS_URL=rediss://host:6379, or write --local for the system of `make run`"
        )
    boards = load_boards(settings.boards)
    dynamodb, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
    return Place(boards, dynamodb, streams, connect(settings.redis_url), settings.boards)


def pick_board(boards: Mapping[str, Board], name: str) -> Board:
    """Return the board with a name; the first for an empty name. Raise `CommandError`."""
    if not name:
        return next(iter(boards.values()))
    if name not in boards:
        raise CommandError(f'there is no board "{name}"; there are: {", ".join(boards)}')
    return boards[name]
