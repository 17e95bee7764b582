"""`tallyboard send`: a genuine, signed request of a payment provider to the running system."""

import argparse
import os
import uuid
from decimal import Decimal

import urllib3

from aggregates.board import Board
from donations.item import find_money_unit
from donations.money import AmountError, parse_amount
from intake.providers.twilio.provider import TwilioProvider
from intake.sources_file import OpenSource, find_sources_file, read_sources
from local.attach import attach, find_cache
from local.errors import LocalError
from local.intake.demonstration import read_environment
from local.intake.genuine import Gift, list_kinds, make_request, require_kind
from local.intake.sent import Sent
from local.intake.texts import Line, Text, make_text
from operate.terminal import Terminal

_TIMEOUT_SECONDS = 15.0
# As providers do: what could not be kept comes again.
_AGAIN = urllib3.Retry(
    total=5, status_forcelist=[503], allowed_methods=None, redirect=False, raise_on_status=False
)
# Which kinds only a source of pledges takes, and which only one of votes.
_PLEDGES = {"pledge": True, "vote": False}
_EXAMPLE = "make send PROVIDER=stripe KIND=gift AMOUNT=25"


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    known = "; ".join(f"{name}: {', '.join(kinds)}" for name, kinds in list_kinds().items())
    parser = subcommands.add_parser("send", help="what a payment provider would send, to rehearse")
    parser.add_argument("--provider", default="", help="whose request")
    parser.add_argument("--kind", default="gift", help=known)
    parser.add_argument("--amount", default="25", help="such as 25 or 12.50")
    parser.add_argument("--part", default="", help="how much of it a refund or dispute is about")
    parser.add_argument("--id", default="", help="the donation's id, to refund or to repeat one")
    parser.add_argument("--name", default="", help="the donor's name")
    parser.add_argument("--comment", default="", help="what the donor says")
    parser.add_argument("--text", default="", help="what somebody texts, such as RED or GIVE 25")
    parser.add_argument("--source", default="", help="the source, where a provider has several")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send the request and say what was answered; return the exit code."""
    cache = find_cache()
    running, boards = attach(cache)
    environment = read_environment(cache, os.environ)
    sources, _ = read_sources(find_sources_file(environment), boards, environment)
    provider = arguments.provider.strip()
    if not provider:
        known = ", ".join(list_kinds())
        raise LocalError(f"whose request? write: {_EXAMPLE}; there are {known}")
    require_kind(provider, arguments.kind)
    opened = _pick_source(list(sources.values()), provider, arguments.kind, arguments.source)
    gift = _read_gift(arguments, opened.source.board)
    sent = _make_sent(opened, arguments, gift)
    url = f"{running.address}/in/{opened.source.name}"
    headers = {"content-type": "application/json", **sent.headers}
    try:
        answer = urllib3.request(
            "POST", url, body=sent.body, headers=headers, timeout=_TIMEOUT_SECONDS, retries=_AGAIN
        )
    except urllib3.exceptions.HTTPError as error:
        raise LocalError(f"{url} does not answer: {error}") from None
    terminal = Terminal()
    terminal.say(
        f"{url} answered {answer.status}: {answer.data.decode('utf-8', 'replace').strip()}"
    )
    what = "text" if provider == "twilio" else "donation"
    terminal.say(f"The {what}'s id is {gift.name}; ID={gift.name} tells more of it.")
    return 0 if answer.status == 200 else 1


def _make_sent(opened: OpenSource, arguments: argparse.Namespace, gift: Gift) -> Sent:
    source, twilio = opened.source, opened.provider
    if not isinstance(twilio, TwilioProvider):
        return make_request(source.provider, arguments.kind, gift, source.secrets[0])
    body = arguments.text
    if not body and _takes_pledges(opened):
        body = f"GIVE {gift.amount:f}"
    elif not body:
        known = source.board.known_groups
        if not known:
            raise LocalError("what is voted for? write it: TEXT=RED")
        body = known[0]
    url = f"{source.public_url}/in/{source.name}"
    line = Line(url, source.secrets[0], twilio.account, twilio.number)
    return make_text(arguments.kind, Text(gift.name, gift.donor or gift.name, body), line)


def _pick_source(sources: list[OpenSource], provider: str, kind: str, name: str) -> OpenSource:
    found = [
        opened
        for opened in sources
        if opened.source.provider == provider
        and opened.source.secrets
        and name in ("", opened.source.name)
        and (kind not in _PLEDGES or _takes_pledges(opened) == _PLEDGES[kind])
    ]
    if not found:
        known = ", ".join(f"{o.source.name} ({_describe(o)})" for o in sources)
        raise LocalError(
            f"no source takes what {provider} sends with KIND={kind}; the sources are:"
            f" {known or '-'}"
        )
    return found[0]


def _takes_pledges(opened: OpenSource) -> bool:
    return bool(find_money_unit(opened.source.board).name)


def _describe(opened: OpenSource) -> str:
    provider = opened.source.provider
    if provider != "twilio":
        return provider
    return f"{provider}, {'pledges' if _takes_pledges(opened) else 'votes'}"


def _read_gift(arguments: argparse.Namespace, board: Board) -> Gift:
    unit = find_money_unit(board)
    try:
        minor = parse_amount(arguments.amount, unit, name="AMOUNT")
        part = parse_amount(arguments.part or arguments.amount, unit, name="PART")
    except AmountError as error:
        raise LocalError(f"{error}, such as AMOUNT=25 or AMOUNT=12.50") from None
    return Gift(
        name=arguments.id or uuid.uuid4().hex[:12],
        amount=Decimal(minor).scaleb(-unit.exponent),
        currency=unit.name,
        exponent=unit.exponent,
        donor=arguments.name,
        comment=arguments.comment,
        part=Decimal(part).scaleb(-unit.exponent),
    )
