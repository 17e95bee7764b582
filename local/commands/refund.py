"""`tallyboard refund`: take one donation back from the running system."""

import argparse

from local.attach import attach, find_cache
from local.commands.donate import say_counted
from local.dynamodb import connect_dynamodb
from local.errors import LocalError
from operate.place import pick_board
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("refund", help="take one donation back")
    parser.add_argument("id", help="the donation's id")
    parser.add_argument("--board", default="", help="the board whose table it is in")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Delete the donation, wait until that is counted, print the totals; return the exit code."""
    running, boards = attach(find_cache())
    board = pick_board(boards, arguments.board)
    donation_id = arguments.id.strip()
    if not donation_id:
        raise LocalError("no donation is named; write: make refund ID=d-0123456789ab")
    if len(board.key) > 1:
        raise LocalError(
            f"the board {board.name} has a sort key, but this command takes only one id;"
            " use the crew's pages"
        )
    reply = connect_dynamodb(running.dynamodb).delete_item(
        TableName=board.table,
        Key={board.key[0]: {"S": donation_id}},
        ReturnValues="ALL_OLD",
    )
    old = reply.get("Attributes")
    if not old:
        raise LocalError(f"there is no donation {donation_id} in the table {board.table}")
    terminal = Terminal()
    terminal.say(f"{donation_id} was taken back")
    group = old.get(board.group_by, {}).get("S")
    say_counted(running, board, group, terminal)
    return 0
