"""Command-line options that answer what a file of donations leaves open."""

import argparse
from datetime import UTC, datetime, timedelta, timezone

from donations.amount_text import DecimalMark
from donations.answers import Answers, Gone
from donations.moment import DateOrder, MomentError, parse_moment
from local.errors import LocalError

# Stands for the board's time zone, which is not known here.
_BOARD_ZONE = timezone(timedelta(0), "the board's")


def add_answers(parser: argparse.ArgumentParser) -> None:
    """Add the options; a clear file needs none of them."""
    group = parser.add_argument_group("for a file that leaves a question open")
    order = group.add_mutually_exclusive_group()
    order.add_argument("--day-first", action="store_true", help="01/02/2026 is in February")
    order.add_argument("--month-first", action="store_true", help="01/02/2026 is in January")
    group.add_argument("--decimal", choices=["point", "comma"], help="the decimal mark in 1.250")
    group.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="ROLE=HEADER",
        help="the column for a role, such as amount=Betrag or time=3 (its number)",
    )
    group.add_argument("--group", default="", help="the platform, if no column has one")
    group.add_argument("--at", default="", help="the time, if no column has one: now, or a time")
    group.add_argument("--count-status", action="append", default=[], metavar="STATUS")
    group.add_argument("--skip-status", action="append", default=[], metavar="STATUS")
    group.add_argument("--encoding", default="", help="the text's encoding, such as cp1252")
    group.add_argument("--sheet", default="", help="the sheet of a workbook")


def read_answers(
    arguments: argparse.Namespace, source: str = "", gone: Gone | None = None
) -> Answers:
    """Return the options as answers; raise `LocalError` for an invalid one."""
    order: DateOrder | None = None
    if arguments.day_first or arguments.month_first:
        order = "day" if arguments.day_first else "month"
    marks: dict[str, DecimalMark] = {"point": ".", "comma": ","}
    statuses = dict.fromkeys(arguments.count_status, True)
    statuses |= dict.fromkeys(arguments.skip_status, False)
    return Answers(
        encoding=arguments.encoding or None,
        sheet=arguments.sheet or None,
        columns=dict(map(_read_column, arguments.column)),
        order=order,
        mark=marks.get(arguments.decimal or ""),
        group=arguments.group.strip() or None,
        moment=read_moment(arguments.at),
        statuses=statuses,
        source=source.strip() or None,
        gone=gone,
    )


def read_moment(text: str) -> datetime | None:
    """Return the time that a person wrote, or the current time for `now`; None for an empty text.

    If the text has no time zone, neither has the result: it is in the board's.
    """
    if not text.strip():
        return None
    if text.strip().casefold() == "now":
        return datetime.now(UTC)
    try:
        moment = parse_moment(text.strip(), _BOARD_ZONE, "day")
    except MomentError as error:
        raise LocalError(f"--at {error}") from None
    return moment.replace(tzinfo=None) if moment.tzinfo is _BOARD_ZONE else moment


def _read_column(text: str) -> tuple[str, str]:
    role, equals, header = text.partition("=")
    if not equals or not role.strip() or not header.strip():
        raise LocalError(f'--column is "{text}"; write it as --column amount=Betrag')
    return role.strip(), header.strip()
