"""`tallyboard`: one command, and a module with `add_parser` and `run` for each of its verbs."""

import argparse
import sys
from collections.abc import Sequence

# As a shell says it of a command that Ctrl-C has ended.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return the exit code: 0, or 1 with one line of what is wrong."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; what it reads has `run`, the subcommand's function."""
    from local.commands import COMMANDS

    parser = argparse.ArgumentParser(
        prog="tallyboard", description="Live totals of a DynamoDB table, counted exactly once."
    )
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subcommands)
    return parser


def _run(arguments: Sequence[str] | None) -> int:
    # They take a moment to load, in which Ctrl-C is no accident either.
    from botocore.exceptions import BotoCoreError, ClientError
    from redis.exceptions import RedisClusterException, RedisError

    from aggregates.board_file import BoardError
    from aggregates.item import KeyMismatch
    from aggregates.scripts import DefinitionError
    from donations.errors import DonationError
    from lambda_handler.stream import EventError
    from local.errors import LocalError
    from reconcile.errors import ReconcileError

    parsed = make_parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except (
        LocalError,
        DonationError,
        ReconcileError,
        BoardError,
        EventError,
        KeyMismatch,
    ) as error:
        return _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        return _fail(f"DynamoDB does not do what was asked: {error}")
    except DefinitionError as error:
        return _fail(f"{error}; reconcile the board, which counts it anew")
    except (RedisError, RedisClusterException) as error:
        return _fail(f"Redis does not do what was asked: {error}")
    return code


def _fail(text: str) -> int:
    sys.stdout.flush()
    print(f"tallyboard: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
