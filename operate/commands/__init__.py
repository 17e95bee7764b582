"""The subcommands that need no local system: one module each, with `add_parser` and `run`."""

from operate.commands import (
    boards,
    fill,
    intake,
    keys,
    reconcile,
    redeliver,
    sinks,
    verify,
    watch,
)

COMMANDS = (boards, reconcile, verify, watch, redeliver, intake, sinks, fill, keys)
