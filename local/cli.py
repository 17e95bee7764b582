"""`tallyboard` in a checkout: the verbs of the local system too, and `--local` for all."""

import sys
from collections.abc import Sequence

import operate.cli
from operate.cli import Verbs


def load_verbs() -> Verbs:
    """Return all verbs."""
    from local.commands import COMMANDS
    from local.place import find_local_place

    modules, _ = operate.cli.load_verbs()
    return Verbs([*COMMANDS, *modules], find_local_place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return the exit code, as `operate.cli` does."""
    return operate.cli.main(arguments, load_verbs)


if __name__ == "__main__":
    sys.exit(main())
