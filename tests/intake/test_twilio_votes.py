"""Texts are votes, each once, whatever Twilio repeats, loses or tells later."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from intake.errors import Forged, Malformed, SourceError
from intake.intake import Intake
from intake.store import STATES_SUFFIX
from intake.votes import RECEIVED_AT
from tests.intake.polls import COLOURS, count_votes, make_counters, make_poll
from tests.intake.stand_in import StandIn, Told
from tests.intake.sweeps import START, Clock, open_intake, open_loop, read_table
from tests.intake.twilio_stand_in import ACCOUNT, NUMBER, PUBLIC_URL, TOKEN, Sms, Twilio
from tests.intake.vote_app import AGAIN, ARTICLE, LOST, MEANT

SALT = "0123456789abcdef"
ENVIRONMENT = {"TOKEN": TOKEN, "PUBLIC_URL": f"{PUBLIC_URL}/", "SALT": SALT}
COUNTER = 'counter = {attribute = "Votes", shards = 10}\noptions = ["RED", "GREEN", "BLUE"]'

Open = Callable[..., Intake]


@pytest.fixture
def counters(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    return make_counters(dynamodb, make_board)


@pytest.fixture
def open_votes(tmp_path: Path, dynamodb: Any, web: StandIn) -> Open:
    def open_(board: Board, fields: str = "", mode: str = "votes") -> Intake:
        text = f"""
            [sources.sms]
            provider = "twilio"
            board = "gala"
            platform = "Text messages"
            secret = "TOKEN"
            account = "{ACCOUNT}"
            number = "{NUMBER}"
            mode = "{mode}"
            api_url = "{web.url}"
            {fields}
        """
        return open_intake(tmp_path, text, board, dynamodb, ENVIRONMENT)

    return open_


def take(intake: Intake, sms: Sms, **more: str) -> str:
    """Send a text as Twilio does; return the answer."""
    return intake.take("sms", sms.request(more)).body.decode()


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("RED", "RED"),
        (" red! 🎉", "RED"),
        ("Red please", "RED"),
        ("Rouge", "RED"),
        ("VOTE  blue", "BLUE"),
        ("vert", "GREEN"),
        ("bleu ciel", "BLUE"),
        ("ＢＬＵＥ", "BLUE"),
        ("blué", "BLUE"),
        ("red or blue", None),
        ("not red", None),
        ("redd", None),
        ("", None),
        ("🎉", None),
        ("STOP", None),
        ("ALL", None),
    ],
)
def test_what_a_text_votes_for(
    open_votes: Open, poll: Board, twilio: Twilio, text: str, option: str | None, dynamodb: Any
) -> None:
    aliases = 'aliases = {rouge = "RED", vert = "GREEN", "bleu ciel" = "BLUE"}\nkeyword = "vote"'
    answer = take(open_votes(poll, aliases), twilio.send(1, text, START))
    assert count_votes(dynamodb, poll) == ({option: 1} if option else {})
    assert (f"for {option} is in" if option else "one of these: RED, GREEN, BLUE") in answer


def test_replies_are_the_events_own(open_votes: Open, poll: Board, twilio: Twilio) -> None:
    fields = 'reply = "<3 {option} & thanks"\nreply_invalid = ""'
    intake = open_votes(poll, fields)
    request = twilio.send(1, "red", START).request()
    answer = intake.take("sms", request)
    assert answer.media_type == "text/xml"
    begin = '<?xml version="1.0" encoding="UTF-8"?><Response>'
    message = "<Message>&lt;3 RED &amp; thanks</Message>"
    assert answer.body.decode() == f"{begin}{message}</Response>"
    assert take(intake, twilio.send(1, "?", START)) == f"{begin}</Response>"


def test_what_is_no_vote_is_answered_with_nothing(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any
) -> None:
    intake = open_votes(poll)
    for more in ({"OptOutType": "STOP"}, {"To": "+14155550000"}):
        assert "<Message>" not in take(intake, twilio.send(1, "red", START), **more)
    assert intake.heard.sources["sms"].counts["ignored"] == 2
    assert count_votes(dynamodb, poll) == {}


@pytest.mark.parametrize(
    "more", [{"MessageSid": ""}, {"MessageSid": "SM1"}, {"From": ""}, {"MessageSid": "SM\0"}]
)
def test_what_is_no_message_is_refused_and_not_kept(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any, more: dict[str, str]
) -> None:
    intake = open_votes(poll)
    with pytest.raises(Malformed):
        take(intake, twilio.send(1, "red", START), **more)
    assert read_table(dynamodb, poll.table + STATES_SUFFIX) == []


def test_another_account_is_forged(open_votes: Open, poll: Board, twilio: Twilio) -> None:
    with pytest.raises(Forged, match="another account"):
        take(open_votes(poll), twilio.send(1, "red", START), AccountSid="AC" + "1" * 32)


def test_a_phone_number_is_stored_and_logged_nowhere(
    open_votes: Open,
    poll: Board,
    twilio: Twilio,
    dynamodb: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="tallyboard")
    clock = Clock()
    for fields in ("", 'one_vote = "last"\nsalt = "SALT"'):
        intake = open_votes(poll, fields)
        for text in ("red", "blue", "?", "my number is 4155550001"):
            take(intake, twilio.send(1, text, START - timedelta(minutes=9)))
        with pytest.raises(Malformed) as caught:
            take(intake, twilio.send(1, "red", START), MessageSid="x")
        assert "4155550001" not in str(caught.value)
        open_loop(intake, "sms", clock).sweep()
    stored = [read_table(dynamodb, name) for name in (poll.table, poll.table + STATES_SUFFIX)]
    assert len(stored[0]) == 3
    assert "4155550001" not in json.dumps(stored)
    assert "4155550001" not in caplog.text
    assert "4155550001" not in repr(intake.heard.sources)


def test_the_first_vote_of_a_person_counts(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any
) -> None:
    intake = open_votes(poll, 'one_vote = "first"\nsalt = "SALT"')
    assert "for RED is in" in take(intake, twilio.send(1, "red", START))
    assert "only your first one" in take(intake, twilio.send(1, "blue", START))
    take(intake, twilio.send(2, "blue", START))
    assert count_votes(dynamodb, poll) == {"RED": 1, "BLUE": 1}


def test_the_last_vote_of_a_person_counts_in_any_order(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any
) -> None:
    """The sweep tells older votes after newer ones, and Twilio repeats what it was told."""
    fields = 'one_vote = "last"\nsalt = "SALT"'
    random, expected = Random(4), {}
    for number in range(120):
        voter, colour = random.randrange(20), random.choice(COLOURS)
        at = START + timedelta(seconds=number)
        expected[voter] = colour
        twilio.send(voter, colour, at)
    told = [*twilio.sent, *random.choices(twilio.sent, k=60)]
    random.shuffle(told)
    clock = Clock()
    clock.turn(minutes=20)
    intake = open_votes(poll, fields)
    # Half of them came by the webhook; a text that comes again is not a newer one.
    for sms in twilio.sent[::2]:
        take(intake, sms)
        intake.take("sms", sms.request(seconds=14.0))
    open_loop(intake, "sms", clock).sweep()
    open_loop(open_votes(poll, fields), "sms", clock).sweep()
    assert count_votes(dynamodb, poll) == Counter(expected.values())
    assert all(RECEIVED_AT in item for item in read_table(dynamodb, poll.table))


def test_a_vote_that_the_crew_took_back_stays_away(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any
) -> None:
    intake, clock = open_votes(poll), Clock()
    sms = twilio.send(1, "red", START - timedelta(minutes=9))
    take(intake, sms)
    dynamodb.delete_item(TableName=poll.table, Key={"donationId": {"S": f"twilio:{sms.sid}"}})
    take(intake, sms)
    open_loop(intake, "sms", clock).sweep()
    assert count_votes(dynamodb, poll) == {}


def vote_as_the_article(dynamodb: Any, table: str, text: str, random: Random) -> None:
    """Count as AWS's Vote App does: one more in a random one of ten items a colour."""
    colour = text.strip().upper()
    if colour in COLOURS:
        dynamodb.update_item(
            TableName=table,
            Key={"VotedFor": {"S": f"{colour}.{random.randint(1, 10)}"}},
            UpdateExpression="ADD #v :one",
            ExpressionAttributeNames={"#v": "Votes"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


def send_evening(twilio: Twilio, random: Random) -> Counter[str]:
    """Send texts of an hour; return the votes that were meant."""
    meant: Counter[str] = Counter()
    for number in range(240):
        text = random.choice([*COLOURS, "red", "Blue ", "green", "purple", "", "who wins?"])
        meant[text.strip().upper()] += 1
        at = START - timedelta(minutes=60) + timedelta(seconds=number * 14)
        twilio.send(number, text, at)
    return Counter({colour: meant[colour] for colour in COLOURS})


def deliver(sms: Sms, random: Random) -> Iterator[tuple[Sms, dict[str, str]]]:
    """Yield what reaches us of a text: a try, a retry where the answer was lost, the fallback."""
    for more in ({}, {}, {"ErrorCode": "11200", "ErrorUrl": "https://live.example.org/in/sms"}):
        what = random.random()
        if what < 0.15:
            continue  # it did not reach us
        yield sms, more
        if what > 0.35:
            return  # and our answer reached Twilio


@pytest.mark.parametrize("way", ["items", "counters"])
@pytest.mark.timeout(300)
def test_the_vote_app_is_exact_where_the_articles_way_is_not(
    open_votes: Open,
    dynamodb: Any,
    make_board: Callable[..., Board],
    twilio: Twilio,
    web: StandIn,
    way: str,
) -> None:
    random = Random(11)
    meant = send_evening(twilio, random)
    is_items = way == "items"
    board = (make_poll if is_items else make_counters)(dynamodb, make_board)
    beside = make_counters(dynamodb, make_board)
    # For five minutes this service is down, longer than Twilio tries.
    reached = twilio.sent[:100] + twilio.sent[121:]
    told = [part for sms in reached for part in deliver(sms, random)]
    for sms, _ in told:
        vote_as_the_article(dynamodb, beside.table, sms.text, random)
    fields = "" if is_items else COUNTER
    intake, clock = open_votes(board, fields), Clock()
    with ThreadPoolExecutor(8) as pool:
        # The second half meets another process of ours, after a deploy.
        list(pool.map(lambda one: take(intake, one[0], **one[1]), told[: len(told) // 2]))
        intake = open_votes(board, fields)
        list(pool.map(lambda one: take(intake, one[0], **one[1]), told[len(told) // 2 :]))
    assert any(told.count(one) > 1 for one in told)
    clock.turn(minutes=5)
    for trouble in (Told(503), Told(429), Told(200, b"<Response/>"), None):
        web.trouble = (lambda _, told=trouble: told) if trouble else None
        open_loop(intake, "sms", clock).sweep()
    assert count_votes(dynamodb, board) == meant
    # The article's way counts a text as often as it comes, and never one that did not.
    valid = {sms.sid for sms in twilio.sent if sms.text.strip().upper() in COLOURS}
    tries = [sms.sid for sms, _ in told if sms.sid in valid]
    lost = len(valid) - len(set(tries))
    again = len(tries) - len(set(tries))
    assert (lost, again) == (LOST, AGAIN)
    article = count_votes(dynamodb, beside)
    assert sum(article.values()) == sum(meant.values()) - lost + again
    assert (meant, article) == (MEANT, ARTICLE)


def test_counters_are_items_of_the_vote_apps_form(
    open_votes: Open, counters: Board, twilio: Twilio, dynamodb: Any
) -> None:
    intake = open_votes(counters, f'{COUNTER}\none_vote = "first"\nsalt = "SALT"')
    for voter in range(60):
        take(intake, twilio.send(voter, "red", START))
        take(intake, twilio.send(voter, "blue", START))
    assert count_votes(dynamodb, counters) == {"RED": 60}
    items = read_table(dynamodb, counters.table)
    names = {item["VotedFor"]["S"] for item in items}
    assert names <= {f"RED.{shard}" for shard in range(1, 11)}
    assert len(names) > 5
    assert all(item.keys() == {"VotedFor", "Votes"} for item in items)


def test_the_first_sweep_counts_no_other_event(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any
) -> None:
    twilio.send(1, "red", START - timedelta(days=300))
    twilio.send(2, "blue", START - timedelta(hours=20))
    twilio.send(3, "green", START - timedelta(minutes=5))
    # Twilio may be about to tell of it.
    twilio.send(4, "red", START - timedelta(seconds=30))
    begin = START - timedelta(hours=1)
    for fields in (f"since = {begin:%Y-%m-%dT%H:%M:%SZ}", ""):
        intake, clock = open_votes(poll, fields), Clock()
        open_loop(intake, "sms", clock).sweep()
        if fields:
            assert count_votes(dynamodb, poll) == {"GREEN": 1}
            dynamodb.delete_item(
                TableName=poll.table + STATES_SUFFIX, Key={"id": {"S": "heard:sms"}}
            )
    assert count_votes(dynamodb, poll) == {"GREEN": 1, "BLUE": 1}


def test_many_pages_are_written_once(
    open_votes: Open, poll: Board, twilio: Twilio, dynamodb: Any, web: StandIn
) -> None:
    random = Random(2)
    meant = send_evening(twilio, random)
    kept: list[Any] = []
    intake, clock = open_votes(poll), Clock()
    loop = open_loop(intake, "sms", clock)
    for _ in range(3):
        clock.turn(minutes=5)
        loop.sweep()
        kept.append(intake.heard.sources["sms"].counts["swept"])
    assert kept == [sum(meant.values())] * 3
    assert len(web.asked) > 10
    assert count_votes(dynamodb, poll) == meant


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ('options = ["RED", "Réd"]', "two that are written"),
        ('options = ["RED", "PINK"]', "'PINK', which the board would not count"),
        ('options = ["🎉"]', "no letter"),
        ('aliases = {x = "PINK"}', "aliases"),
        ('one_vote = "first"', "16 random characters"),
        ('one_vote = "often"\nsalt = "SALT"', '"first" or "last"'),
        ('salt = "SALT"', "only for one_vote"),
        ('reply = "' + "x" * 321 + '"', "at most 320"),
        (r'reply = "\u0007"', "cannot be sent"),
        ("since = 2026-11-21", "no time"),
        ('counter = {attribute = "Votes", shards = 10}', "does not add up"),
        ("replay = 1", "did you mean 'reply'"),
    ],
)
def test_mistakes_in_the_file_are_named(
    open_votes: Open, poll: Board, fields: str, words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        open_votes(poll, fields)


def test_a_board_that_cannot_count_votes_is_named(
    open_votes: Open, gala: Board, counters: Board
) -> None:
    with pytest.raises(SourceError, match="a vote has none"):
        open_votes(gala, 'options = ["RED"]')
    with pytest.raises(SourceError, match="cannot take a vote back"):
        open_votes(counters, f'{COUNTER}\none_vote = "last"\nsalt = "SALT"')
