"""The subcommands of the local system, a module each, with `add_parser` and `run`."""

from local.commands import (
    backup,
    crew_code,
    donate,
    donations,
    event,
    moving,
    refund,
    replay,
    restore,
    run,
    stop,
)

COMMANDS = (
    run,
    event,
    stop,
    replay,
    donate,
    donations,
    refund,
    backup,
    restore,
    crew_code,
    moving,
)
