"""`tallyboard stop`: end the running system, also if its terminal is closed."""

import argparse
import os
import signal
import time

from local.attach import find_cache
from local.errors import LocalError
from local.process_start import read_start
from local.running import find_running, is_running
from operate.terminal import Terminal

_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.05


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("stop", help="end the running system")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """End it and wait until it has ended; return the exit code."""
    cache = find_cache()
    running = find_running(cache)
    if read_start(running.pid) != running.started:
        raise LocalError(
            f"process {running.pid} is not the one that `make run` started; stop `make run` with"
            " Ctrl-C in its terminal"
        )
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while is_running(cache):
        if time.monotonic() > deadline:
            raise LocalError(
                f"process {running.pid} does not end; if nothing else helps: kill -9 {running.pid}"
            )
        time.sleep(_LOOK_SECONDS)
    Terminal().say(f"The system at {running.address} has stopped.")
    return 0
