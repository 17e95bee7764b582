"""`python -m benchmarks.fanout [table|many|burst|stuck|restart|soak|check]`."""

import argparse
import os
import resource
import sys

from benchmarks.fanout.burst import burst, serve_many
from benchmarks.fanout.c_programs import NoCompiler, compile_program
from benchmarks.fanout.check import check_load_client
from benchmarks.fanout.processes import LOAD_CORE, SERVER_CORE, NotStarted
from benchmarks.fanout.restart import restart
from benchmarks.fanout.soak import soak
from benchmarks.fanout.stuck import stick
from benchmarks.fanout.table import print_table


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.fanout", description=__doc__)
    parser.add_argument("--addresses", type=int, help="source addresses to spread clients over")
    commands = parser.add_subparsers(dest="command")
    table = commands.add_parser("table", help="ours beside its peers (default)")
    table.add_argument("--clients", default="1000,5000")
    table.add_argument("--seconds", type=float, default=8.0)
    table.add_argument("--rounds", type=int, default=2)
    table.add_argument("--only", default="", help="of the peers, those with this in their name")
    many = commands.add_parser("many", help="as many clients as are asked for")
    many.add_argument("--clients", type=int, default=10_000)
    many.add_argument("--seconds", type=float, default=8.0)
    storm = commands.add_parser("burst", help="1,000 publishes a second for 10 s")
    storm.add_argument("--clients", type=int, default=5_000)
    sticking = commands.add_parser("stuck", help="clients that never read among those that do")
    sticking.add_argument("--clients", type=int, default=1_000)
    sticking.add_argument("--stuck", type=int, default=100)
    again = commands.add_parser("restart", help="SIGTERM, and a new server at once")
    again.add_argument("--clients", type=int, default=5_000)
    soaking = commands.add_parser("soak", help="clients come and go")
    soaking.add_argument("--minutes", type=float, default=1.0)
    commands.add_parser("check", help="hold the load client against known streams")
    arguments = parser.parse_args()
    if arguments.command is None:
        arguments = parser.parse_args([*sys.argv[1:], "table"])
    _prepare()
    _run(arguments)


def _run(arguments: argparse.Namespace) -> None:
    addresses: int | None = arguments.addresses
    match arguments.command:
        case "many":
            serve_many(arguments.clients, arguments.seconds, addresses)
        case "burst":
            burst(arguments.clients, addresses)
        case "stuck":
            stick(arguments.clients, arguments.stuck)
        case "restart":
            restart(arguments.clients, addresses)
        case "check":
            check_load_client()
        case "soak":
            soak(arguments.minutes)
        case _:
            sizes = [int(size) for size in arguments.clients.split(",")]
            print_table(sizes, arguments.seconds, arguments.rounds, arguments.only, addresses)


def _prepare() -> None:
    """Raise the limit of open files, take the load's core; end with a word when that cannot be."""
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
