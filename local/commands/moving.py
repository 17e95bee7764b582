"""`tallyboard take-over` and `hand-over`: move an event from or to a table in AWS."""

import argparse
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError

from aggregates.board import Board
from aggregates.board_file import BoardError, load_board
from local.errors import LocalError
from local.event.settings import find_board_file
from local.keep.folder import EventFolder
from local.keep.moving import Moved, hand_over, take_over
from local.keep.store import open_store
from local.keep.sums import Sums
from local.running import claim
from local.totals import format_table
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both subcommands."""
    take = subcommands.add_parser(
        "take-over", help="copy an event from a table in AWS into a folder on this machine"
    )
    _add_sides(take)
    take.add_argument("--replace", action="store_true", help="discard what the folder has")
    take.set_defaults(run=run_take_over)
    hand = subcommands.add_parser(
        "hand-over", help="copy an event from this machine into a table in AWS"
    )
    _add_sides(hand)
    hand.add_argument(
        "--merge", action="store_true", help="write into a table that has items; they stay"
    )
    hand.set_defaults(run=run_hand_over)


def run_take_over(arguments: argparse.Namespace) -> int:
    """Take over; return the exit code."""
    board, folder, dynamodb, table = _find_sides(arguments)
    folder.make()
    with claim(folder.path):
        store = open_store(folder.store, create=True)
        try:
            store.settle()
            moved = take_over(store, board, dynamodb, table, replaces=arguments.replace)
        finally:
            store.close()
    say = Terminal().say
    say(describe_move(board, moved, f"the table {table}", str(folder.store)))
    say(f"Start it: make event BOARD={arguments.board} DATA={folder.path}")
    return 0


def run_hand_over(arguments: argparse.Namespace) -> int:
    """Hand over; return the exit code."""
    board, folder, dynamodb, table = _find_sides(arguments)
    if not folder.path.is_dir():
        raise LocalError(f"there is no event in {folder.path}; say where it is: --data data/gala")
    with claim(folder.path):
        store = open_store(folder.store)
        try:
            store.settle()
            moved = hand_over(store, board, dynamodb, table, merges=arguments.merge)
        finally:
            store.close()
    say = Terminal().say
    say(describe_move(board, moved, str(folder.store), f"the table {table}"))
    say(f"{folder.store} stays as it is. From now on, write only to the table.")
    return 0


def describe_move(board: Board, moved: Moved, source: str, target: str) -> str:
    """Return lines with the totals of both sides, to the smallest unit."""
    lines = [f"{source}:", *_describe_sums(board, moved.source)]
    lines += [f"{target}:", *_describe_sums(board, moved.target)]
    if moved.others:
        lines.append(f"  and {moved.others:,} other items that were already there")
    lines.append(
        f"Both sides agree, item by item. {moved.journal:,} entries of the journal were copied too."
    )
    return "\n".join(lines)


def _describe_sums(board: Board, sums: Sums) -> list[str]:
    lines = [f"  {line}" for line in format_table(sums.totals, board).splitlines()]
    if sums.outside or sums.rejected:
        lines.append(
            f"  not counted: {sums.outside:,} outside the board, {sums.rejected:,} rejected"
        )
    return lines


def _add_sides(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("board", help="the board's file")
    parser.add_argument("--table", help="the table in AWS; by default the board's")
    parser.add_argument("--data", help="the event's folder; by default data/ and the board's name")
    parser.add_argument("--region", help="as in AWS_REGION")
    parser.add_argument("--profile", help="as in AWS_PROFILE")


def _find_sides(arguments: argparse.Namespace) -> tuple[Board, EventFolder, Any, str]:
    path = find_board_file(arguments.board)
    try:
        board = load_board(path)
    except BoardError as error:
        raise LocalError(str(error)) from error
    folder = EventFolder(Path(arguments.data or Path("data") / board.name))
    try:
        session = boto3.session.Session(
            profile_name=arguments.profile, region_name=arguments.region
        )
        dynamodb = session.client("dynamodb")
    except BotoCoreError as error:
        raise LocalError(f"AWS cannot be used with this --region and --profile: {error}") from error
    return board, folder, dynamodb, arguments.table or board.table
