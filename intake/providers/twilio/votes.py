"""Texts as votes: each message is one, or each person has one.

options = ["RED", "GREEN", "BLUE"]       # else the board's known groups
aliases = {R = "RED", ROT = "RED"}
one_vote = "first"                       # or "last"; without it every text counts
salt = "VOTE_SALT"                       # an environment variable, for one_vote
counter = {attribute = "Votes", shards = 10}   # for a table that holds counters
"""

from collections.abc import Mapping
from typing import NamedTuple

from aggregates.board_fields import Fields
from aggregates.contribution import Rejected
from donations.item import ItemMaker
from intake.providers.twilio.ballot import Ballot, split_words
from intake.providers.twilio.message import Message, Taken
from intake.providers.twilio.replies import fill_reply, read_reply
from intake.request import Counter, Vote
from intake.signature import now_utc
from intake.source import Source
from intake.votes import make_vote_item

_REPLY = "Thank you: your vote for {option} is in."
_REPLY_AGAIN = "Your vote is in already; only your first one counts."
_REPLY_INVALID = "Please send one of these: {options}."
_MIN_SALT_CHARACTERS = 16
_MAX_SHARDS = 1000


class _Rules(NamedTuple):
    one_vote: str = ""
    salt: bytes = b""
    counter: Counter | None = None


class Votes:
    """Makes votes of messages."""

    invalid = "a text that names no option, or several"

    def __init__(
        self, source: Source, ballot: Ballot, rules: _Rules, replies: tuple[str, str, str]
    ) -> None:
        self._source, self._ballot, self._rules = source, ballot, rules
        self._reply, self._reply_again, self.reply_invalid = replies

    def read(self, message: Message) -> Taken | None:
        option = self._ballot.find(message.text)
        if option is None:
            return None
        rules, vote_id = self._rules, f"twilio:{message.message_id}"
        if rules.one_vote:
            vote_id = f"vote:{self._source.name}:{message.hash_sender(rules.salt)}"
        is_latest = rules.one_vote == "last"
        vote = Vote(vote_id, option, message.at, message.message_id, is_latest, rules.counter)
        reply = fill_reply(self._reply, {"option": option})
        return Taken(vote, reply, self._reply_again if rules.one_vote == "first" else reply)


def read_votes(source: Source, fields: Fields, environment: Mapping[str, str]) -> Votes:
    """Return the votes that a source asks for; raise `BoardError` for a mistake."""
    options = _read_options(source, fields)
    keyword: str = fields.get("keyword", str, 'a word, such as "VOTE", or ""') or ""
    ballot = Ballot(_read_spellings(fields, options), keyword)
    rules = _Rules(*_read_one_vote(fields, environment), _read_counter(fields))
    if rules.one_vote == "last" and rules.counter is not None:
        raise fields.error(
            "one_vote", 'is "last", and a counter cannot take a vote back; write "first"'
        )
    _check_board(source, fields, options, rules)
    filled = {"options": ", ".join(options)}
    usual = (("reply", _REPLY), ("reply_again", _REPLY_AGAIN), ("reply_invalid", _REPLY_INVALID))
    reply, again, invalid = (read_reply(fields, name, text, filled) for name, text in usual)
    return Votes(source, ballot, rules, (reply, again, invalid))


def _read_options(source: Source, fields: Fields) -> tuple[str, ...]:
    example = '["RED", "GREEN", "BLUE"]'
    value = fields.get("options", list, f"a list such as {example}")
    known = source.board.known_groups
    if value is None and not known:
        raise fields.error("options", f"is missing; write a list such as {example}")
    options = known if value is None else fields.texts("options", value, example)
    for option in options:
        if not split_words(option):
            raise fields.error("options", f"has {option!r}, which has no letter and no digit")
    return options


def _read_spellings(fields: Fields, options: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the ways to write each option; none may stand for two."""
    spellings = {option: [option] for option in options}
    aliases = fields.get("aliases", dict, 'a table such as {R = "RED"}') or {}
    for alias, option in aliases.items():
        if option not in spellings or not split_words(alias):
            raise fields.error(
                "aliases", f"has {alias!r} for {option!r}; write one of {', '.join(options)}"
            )
        spellings[option].append(alias)
    meant: dict[tuple[str, ...], str] = {}
    for option, texts in spellings.items():
        for text in texts:
            if meant.setdefault(split_words(text), option) != option:
                raise fields.error("options", f"has two that are written {text!r}")
    return spellings


def _read_one_vote(fields: Fields, environment: Mapping[str, str]) -> tuple[str, bytes]:
    one_vote, name = fields.optional_text("one_vote", "first"), fields.optional_text("salt", "SALT")
    if one_vote is None:
        if name is not None:
            raise fields.error("salt", 'is only for one_vote; write one_vote = "first", too')
        return "", b""
    if one_vote not in ("first", "last"):
        raise fields.error("one_vote", f'is {one_vote!r}; write "first" or "last"')
    salt = environment.get(name or "", "")
    if len(salt) < _MIN_SALT_CHARACTERS:
        raise fields.error(
            "salt",
            "has to name an environment variable of at least 16 random characters, which stays the"
            ' same for the whole vote, such as "$(openssl rand -base64 24)"',
        )
    return one_vote, salt.encode()


def _read_counter(fields: Fields) -> Counter | None:
    table = fields.table("counter")
    if table is None:
        return None
    counter = Counter(table.text("attribute", "Votes"), table.integer("shards", 1, _MAX_SHARDS))
    table.refuse_unknown("a counter")
    return counter


def _check_board(source: Source, fields: Fields, options: tuple[str, ...], rules: _Rules) -> None:
    """Raise `BoardError` unless the board counts what a vote writes for its option."""
    board, maker = source.board, ItemMaker(source.board)
    measured = tuple(measure.attribute for measure in board.measures)
    if rules.counter is not None and rules.counter.attribute not in measured:
        raise fields.error(
            "counter.attribute",
            f"is {rules.counter.attribute!r}, which the board {board.name} does not add up",
        )
    if rules.counter is None and measured:
        raise fields.error(
            "board",
            f"is {board.name!r}, which adds up {measured[0]}, and a vote has none: use a board"
            " without measures, or write counter",
        )
    for option in options:
        vote = Vote("twilio:SM", option, now_utc(), "SM", counter=rules.counter)
        item = make_vote_item(board, maker, vote)
        if rules.counter is not None:
            measure = board.measures[0]
            item[rules.counter.attribute] = {"S": "1"} if measure.is_text else {"N": "1"}
        try:
            counted = maker.check(item)
        except Rejected as error:
            raise fields.error(
                "options", f"has {option!r}, which the board would not count: {error}"
            ) from None
        if counted is not None and counted.group != option:
            raise fields.error(
                "options",
                f"has {option!r}, which the board {board.name} would count as {counted.group!r};"
                ' where counters are named "RED.3", its file needs [groups] until = "."',
            )
