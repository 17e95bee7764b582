"""The subcommands of the local system: one module each, with `add_parser` and `run`."""

from local.commands import (
    backup,
    crew_code,
    donate,
    donations,
    event,
    import_file,
    moving,
    refund,
    replay,
    restore,
    run,
    send,
    stop,
)

COMMANDS = (
    run,
    event,
    stop,
    replay,
    donate,
    send,
    donations,
    import_file,
    refund,
    backup,
    restore,
    crew_code,
    moving,
)
