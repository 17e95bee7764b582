"""`tallyboard`: one command, and a module with `add_parser` and `run` for each of its verbs."""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from redis.exceptions import RedisClusterException, RedisError

from aggregates.board_file import BoardError
from lambda_handler.stream import EventError
from local.commands import (
    boards,
    donate,
    reconcile,
    redeliver,
    refund,
    replay,
    run,
    verify,
    watch,
)
from local.errors import LocalError
from reconcile.errors import ReconcileError

# Another subcommand is another module in this list.
_COMMANDS = (run, replay, donate, refund, boards, reconcile, verify, watch, redeliver)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; what it reads has `run`, the subcommand's function."""
    parser = argparse.ArgumentParser(
        prog="tallyboard", description="Live totals of a DynamoDB table, counted exactly once."
    )
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(subcommands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return the exit code: 0, or 1 with one line of what is wrong."""
    parsed = make_parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except LocalError as error:
        return _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        return _fail(f"DynamoDB does not do what was asked: {error}")
    except (ReconcileError, BoardError, EventError) as error:
        return _fail(str(error))
    except (RedisError, RedisClusterException) as error:
        return _fail(f"Redis does not do what was asked: {error}")
    return code


def _fail(text: str) -> int:
    sys.stdout.flush()
    print(f"tallyboard: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
