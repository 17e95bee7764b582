"""The subcommands of the local system, a module each, with `add_parser` and `run`."""

from local.commands import donate, donations, import_file, refund, replay, run, stop

COMMANDS = (run, stop, replay, donate, donations, import_file, refund)
