"""`python -m benchmarks.fanout`: compare our streams with a C server that only writes."""

import argparse
import os
import resource
import sys

from benchmarks.fanout.c_programs import NoCompiler, compile_program
from benchmarks.fanout.processes import LOAD_CORE, SERVER_CORE, NotStarted
from benchmarks.fanout.table import print_table


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.fanout", description=__doc__)
    parser.add_argument("--clients", default="1000,5000")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", default="", help="only the servers with this text in their name")
    parser.add_argument("--addresses", type=int, help="source addresses to spread clients over")
    arguments = parser.parse_args()
    _prepare()
    sizes = [int(size) for size in arguments.clients.split(",")]
    print_table(sizes, arguments.seconds, arguments.rounds, arguments.only, arguments.addresses)


def _prepare() -> None:
    """Raise the limit of open files and move to the load's core; exit with a reason on failure."""
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        sys.exit("two cores are needed: one for the server, one for the load")
    os.sched_setaffinity(0, {LOAD_CORE})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        compile_program("load_client")
    except NoCompiler as error:
        sys.exit(str(error))


if __name__ == "__main__":
    try:
        main()
    except NotStarted as error:
        sys.exit(str(error))
