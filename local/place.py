"""Where a command works: on the system that runs on this machine, or where the environment says."""

import argparse
import os
from dataclasses import dataclass
from typing import Any

import boto3
from redis import Redis

from aggregates.board import Board
from aggregates.board_file import load_boards
from aggregates.connection import connect
from local.attach import attach, pick_board
from local.dynamodb import connect_dynamodb
from local.errors import LocalError
from local.settings import read_settings


@dataclass(frozen=True)
class Place:
    """The boards, the DynamoDB that has their tables, and the Redis that has their totals."""

    boards: dict[str, Board]
    dynamodb: Any
    redis: Redis

    def board(self, name: str) -> Board:
        """Return the board of a name, the first for an empty name; raise `LocalError`."""
        return pick_board(self.boards, name)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses the place."""
    parser.add_argument(
        "--local", action="store_true", help="on the system that `make run` has started here"
    )


def find_place(arguments: argparse.Namespace) -> Place:
    """Return the place: of `make run`, or of `REDIS_URL`, `BOARDS` and AWS' usual variables.

    Raises `LocalError` and `BoardError`.
    """
    if arguments.local:
        running, boards = attach(read_settings().cache)
        return Place(boards, connect_dynamodb(running.dynamodb), connect(running.redis_url))
    redis_url = os.environ.get("REDIS_URL")
    if not redis_url:
        raise LocalError(
            "REDIS_URL is not set: say which Redis has the totals, such as"
            " REDIS_URL=rediss://host:6379, or write --local for the system of `make run`"
        )
    boards = load_boards(os.environ.get("BOARDS") or "boards")
    return Place(boards, boto3.client("dynamodb"), connect(redis_url))
