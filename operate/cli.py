"""The command `tallyboard`, with a module of `add_parser` and `run` for each of its verbs.

The image has only these verbs; `local.cli` adds those of a checkout.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from operate.printable import make_lines_printable

# The exit code that a shell gives a command ended by Ctrl-C.
_INTERRUPTED = 130
# A message is cut at this length: it may quote a line that is as long as a file.
_MAX_LINE_LETTERS = 2_000


class Verbs(NamedTuple):
    """The subcommands' modules, and the function that returns the place of `--local`, if any."""

    modules: Sequence[ModuleType]
    find_local: Callable[[], Any] | None


def load_verbs() -> Verbs:
    """Return the verbs that need no local system."""
    from operate.commands import COMMANDS

    return Verbs(COMMANDS, None)


def main(arguments: Sequence[str] | None = None, load: Callable[[], Verbs] = load_verbs) -> int:
    """Run a subcommand; return its exit code, or 1 with a message that says what is wrong."""
    try:
        return _run(arguments, load)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has gone; at exit Python would still try to write the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, MemoryError, RecursionError, ValueError, ArithmeticError) as error:
        # No command raises these on purpose: some input was worse than its reader expected.
        # `python -X dev` shows the traceback.
        if sys.flags.dev_mode:
            raise
        return _fail(describe_surprise(error))


def make_parser(verbs: Verbs) -> argparse.ArgumentParser:
    """Return the parser; its result has `run`, the subcommand's function."""
    parser = argparse.ArgumentParser(
        prog="tallyboard", description="Live totals of a DynamoDB table, counted exactly once."
    )
    parser.set_defaults(find_local=verbs.find_local)
    subcommands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in verbs.modules:
        command.add_parser(subcommands)
    return parser


def describe_surprise(error: Exception) -> str:
    """Return one of Python's own errors in words for a person."""
    if isinstance(error, MemoryError):
        return "the input needs more memory than this machine has; split it or make it smaller"
    if isinstance(error, RecursionError):
        return "the input is nested too deeply; it is not what this command expects"
    if isinstance(error, OSError):
        named = "" if error.filename is None else f"{error.filename}: "
        return f"{named}{error.strerror or error}"
    return f"the input is invalid: {error}"


def _run(arguments: Sequence[str] | None, load: Callable[[], Verbs]) -> int:
    # Imported here, so that Ctrl-C during this slow import is handled too.
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
        return _fail(f"DynamoDB failed: {error}")
    except DefinitionError as error:
        return _fail(f"{error}; run reconcile, which counts the board again")
    except (RedisError, RedisClusterException) as error:
        return _fail(f"Redis failed: {error}")
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
