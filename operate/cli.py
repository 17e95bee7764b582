"""`tallyboard`: one command, and a module with `add_parser` and `run` for each of its verbs.

The image has these verbs alone; `local.cli` adds those of a checkout.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from operate.printable import make_lines_printable

# As a shell says it of a command that Ctrl-C has ended.
_INTERRUPTED = 130
# What a message quotes, such as the line of a file, may be as long as the file.
_MAX_LINE_LETTERS = 2_000


class Verbs(NamedTuple):
    """The subcommands' modules, and what returns the place that `--local` stands for, if any."""

    modules: Sequence[ModuleType]
    find_local: Callable[[], Any] | None


def load_verbs() -> Verbs:
    """Return what needs no local system."""
    from operate.commands import COMMANDS

    return Verbs(COMMANDS, None)


def main(arguments: Sequence[str] | None = None, load: Callable[[], Verbs] = load_verbs) -> int:
    """Run a subcommand; return the exit code: 0, or 1 with a message that says what is wrong."""
    try:
        return _run(arguments, load)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; at exit Python would write the rest of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, MemoryError, RecursionError, ValueError, ArithmeticError) as error:
        # No command means to raise these: some input was worse than its reader expected.
        # `python -X dev` shows where.
        if sys.flags.dev_mode:
            raise
        return _fail(describe_surprise(error))


def make_parser(verbs: Verbs) -> argparse.ArgumentParser:
    """Return the parser; what it reads has `run`, the subcommand's function."""
    parser = argparse.ArgumentParser(
        prog="tallyboard", description="Live totals of a DynamoDB table, counted exactly once."
    )
    parser.set_defaults(find_local=verbs.find_local)
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in verbs.modules:
        command.add_parser(subcommands)
    return parser


def describe_surprise(error: Exception) -> str:
    """Return an error of Python's own in words for a person."""
    if isinstance(error, MemoryError):
        return "the input needs more memory than this machine has; split it or make it smaller"
    if isinstance(error, RecursionError):
        return "the input is nested too deeply; it is not what this command expects"
    if isinstance(error, OSError):
        named = "" if error.filename is None else f"{error.filename}: "
        return f"{named}{error.strerror or error}"
    return f"the input is invalid: {error}"


def _run(arguments: Sequence[str] | None, load: Callable[[], Verbs]) -> int:
    # They take a moment to load, in which Ctrl-C is no accident either.
    from botocore.exceptions import BotoCoreError, ClientError
    from redis.exceptions import RedisClusterException, RedisError

    from aggregates.board_file import BoardError
    from aggregates.item import KeyMismatch
    from aggregates.lua_script import DefinitionError
    from aggregates.redis_url import RedisUrlError
    from donations.errors import DonationError
    from lambda_handler.stream import EventError
    from operate.errors import CommandError
    from reconcile.errors import ReconcileError

    mistakes = (
        CommandError,
        DonationError,
        ReconcileError,
        BoardError,
        EventError,
        KeyMismatch,
        RedisUrlError,
    )
    parsed = make_parser(load()).parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except mistakes as error:
        return _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        return _fail(f"DynamoDB does not do what was asked: {error}")
    except DefinitionError as error:
        return _fail(f"{error}; reconcile the board, which counts it again")
    except (RedisError, RedisClusterException) as error:
        return _fail(f"Redis does not do what was asked: {error}")
    return code


def _fail(text: str) -> int:
    lines = (
        line if len(line) <= _MAX_LINE_LETTERS else f"{line[:_MAX_LINE_LETTERS]}…"
        for line in text.split("\n")
    )
    sys.stdout.flush()
    print("tallyboard:", make_lines_printable("\n".join(lines)), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
