"""The subcommands of the local system, a module each, with `add_parser` and `run`."""

from local.commands import donate, donations, event, refund, replay, run, stop

COMMANDS = (run, event, stop, replay, donate, donations, refund)
