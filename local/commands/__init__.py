"""The subcommands of `tallyboard`, a module each, with `add_parser` and `run`."""

from local.commands import (
    boards,
    donate,
    donations,
    import_file,
    reconcile,
    redeliver,
    refund,
    replay,
    run,
    stop,
    verify,
    watch,
)

COMMANDS = (
    run,
    stop,
    replay,
    donate,
    donations,
    import_file,
    refund,
    boards,
    reconcile,
    verify,
    watch,
    redeliver,
)
