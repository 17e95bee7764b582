"""`tallyboard crew-code`: show the code of the crew's pages, or make a new one."""

import argparse
import os

from local.event.settings import find_folder
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "crew-code", help="show the code of the crew's pages, or make a new one"
    )
    parser.add_argument(
        "--new", action="store_true", help="make a new one; everybody has to sign in again"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the code; return the exit code."""
    folder = find_folder()
    is_new = arguments.new or os.environ.get("NEW") == "1"
    code = folder.renew_code() if is_new else folder.read_code()
    Terminal().say(
        f"The crew's new code is {code}; everybody has to sign in again."
        if is_new
        else f"The crew's code is {code}"
    )
    return 0
