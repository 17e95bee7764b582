"""`tallyboard` in a checkout: it adds the local system's subcommands, and `--local` for all."""

import sys
from collections.abc import Sequence

import operate.cli
from operate.cli import Verbs


def load_verbs() -> Verbs:
    """Return all subcommands, including those of the local system."""
    from local.commands import COMMANDS
    from local.place import find_local_place

    modules, _ = operate.cli.load_verbs()
    return Verbs([*COMMANDS, *modules], find_local_place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return the exit code, as `operate.cli` does."""
    return operate.cli.main(arguments, load_verbs)


if __name__ == "__main__":
    sys.exit(main())
