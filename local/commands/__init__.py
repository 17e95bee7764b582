"""The subcommands of `tallyboard`, a module each, with `add_parser` and `run`."""
