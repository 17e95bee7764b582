"""`tallyboard donations`: show the latest donations, with the ids that a refund needs."""

import argparse
import heapq
from typing import Any

from aggregates.board import Board
from aggregates.contribution import Rejected, contribution_reader
from aggregates.item import read_key
from aggregates.units import format_amount
from local.attach import attach, find_cache
from local.dynamodb import connect_dynamodb
from operate.place import pick_board
from operate.printable import make_printable
from operate.terminal import Terminal

_SHOWN = 20


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("donations", help="show the latest donations")
    parser.add_argument("--board", default="", help="the board whose table is read")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the latest items, the newest last; return the exit code."""
    running, boards = attach(find_cache())
    board = pick_board(boards, arguments.board)
    client = connect_dynamodb(running.dynamodb)
    pages = client.get_paginator("scan").paginate(TableName=board.table, ConsistentRead=True)
    items = (item for page in pages for item in page["Items"])
    terminal = Terminal()
    for line in list_latest(board, items):
        terminal.say(line)
    return 0


def list_latest(board: Board, items: Any) -> list[str]:
    """Return a line per item: key, time, group and amounts, or why it is not counted."""
    read = contribution_reader(board)

    def describe(item: Any) -> tuple[str, str]:
        key, time = read_key(item, board.key), ""
        if board.time is not None:
            [time] = map(str, item.get(board.time, {"S": "?"}).values())
        try:
            counted = read(item)
        except Rejected as error:
            return time, f"{key}  {time}  not counted: {error}"
        if counted is None:
            return time, f"{key}  {time}  outside the board"
        amounts = (
            f"{format_amount(value, measure.unit)} {measure.unit.name}".rstrip()
            for measure, value in zip(board.measures, counted.values, strict=True)
        )
        return time, "  ".join([key, time, counted.group, *amounts])

    latest = heapq.nlargest(_SHOWN, map(describe, items))
    # A line break in a group must not start a new row.
    return [make_printable(line) for _, line in reversed(latest)] or ["There are no donations yet."]
