"""Each mistake in a board's file is named with the file, the field and the mend."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from aggregates.board import (
    Board,
    Condition,
    Currency,
    Goal,
    Groups,
    Measure,
    Period,
    Rate,
    Ticker,
)
from aggregates.board_file import BoardError, load_board, load_boards, read_boards
from aggregates.schema import SCHEMA
from aggregates.units import PLAIN, Unit

FUNDRAISER = Path(__file__).parents[2] / "boards/fundraiser.toml"

GOOD = """\
title = "Gala"
table = "donations"
key = "donationId"
group_by = "platform"
time = "donatedAt"

[measures.amount]
attribute = "amount"
unit = "USD"

[goal]
measure = "amount"
target = 1000
milestones = [250, 500.50]

[timeline]
bucket_seconds = 60

[ticker]
length = 12
attributes = ["platform", "amount"]
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a board's file and returns its path."""

    def write_file(text: str = GOOD, name: str = "gala.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write_file


def refusal(path: Path) -> str:
    """Return why a file is refused, without the file's name, which it has to begin with."""
    with pytest.raises(BoardError) as raised:
        load_board(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def change(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_the_board_that_comes_along_is_read_as_it_is_written() -> None:
    board = load_board(FUNDRAISER)
    assert board == Board(
        name="fundraiser",
        title="Live fundraiser",
        table="donations",
        key=("donationId",),
        group_by="platform",
        measures=(Measure("amount", "amount", Unit("USD", 2)),),
        time="donatedAt",
        goal=Goal("amount", 250_000_000, (50_000_000, 100_000_000, 150_000_000, 200_000_000)),
        bucket_seconds=60,
        ticker=Ticker(12, ("platform", "amount")),
    )


def test_a_goal_is_kept_in_minor_units(write: Write) -> None:
    board = load_board(write())
    assert board.goal == Goal("amount", 100_000, (25_000, 50_050))
    assert board.goal.steps_minor == (25_000, 50_050, 100_000)


def test_a_board_may_do_without_measures_goal_timeline_and_ticker(write: Write) -> None:
    board = load_board(write(GOOD[: GOOD.index("time =")]))
    assert (board.measures, board.time, board.goal) == ((), None, None)
    assert (board.bucket_seconds, board.ticker, board.donate_url) == (None, None, None)


def test_a_board_may_count_towards_a_goal_of_items(write: Write) -> None:
    text = change('measure = "amount"\ntarget = 1000\nmilestones = [250, 500.50]', "").replace(
        "[goal]", '[goal]\nmeasure = "count"\ntarget = 500'
    )
    assert load_board(write(text)).goal == Goal("count", 500, ())


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ('unit = "JPY"', Unit("JPY", 0)),
        ('unit = "KWD"', Unit("KWD", 3)),
        ("decimals = 1", Unit("", 1)),
        ("", PLAIN),
    ],
)
def test_a_measure_is_a_currency_or_a_plain_number(write: Write, line: str, unit: Unit) -> None:
    text = change('unit = "USD"', line).replace("500.50", "500")
    assert load_board(write(text)).measures == (Measure("amount", "amount", unit),)


@pytest.mark.parametrize(
    ("line", "key"),
    [('"id"', ("id",)), ('["id"]', ("id",)), ('["pk", "sk"]', ("pk", "sk"))],
)
def test_a_key_has_one_attribute_or_two(write: Write, line: str, key: tuple[str, ...]) -> None:
    assert load_board(write(change('"donationId"', line))).key == key


MISTAKES = {
    "an unknown field": (
        'title = "Gala"',
        'title = "Gala"\ndonate_ulr = "https://example.org"',
        "donate_ulr: is not a field of a board; did you mean 'donate_url'?",
    ),
    "an unknown field like no other": (
        "title =",
        "zzz = 1\ntitle =",
        (
            "zzz: is not a field of a board; known here: currency, donate_address, donate_url,"
            " ends, goal, group_by, groups, key, language, look, match, measures, period,"
            " running_total, shown, table, ticker, time, time_unit, time_zone, timeline, title,"
            " where, words"
        ),
    ),
    "an unknown field of a table": (
        "target =",
        "colour = 1\ntarget =",
        "goal.colour: is not a field of a board; known here: measure, milestones, name, target",
    ),
    "an unknown field of a measure": (
        "unit =",
        "units =",
        "measures.amount.units: is not a field of a board; did you mean 'unit'?",
    ),
    "an unknown field of the timeline": (
        "bucket_seconds = 60",
        "bucket_seconds = 60\nbuckets = 3",
        "timeline.buckets: is not a field of a board; did you mean 'bucket_seconds'?",
    ),
    "an unknown field of the ticker": (
        "length = 12",
        "length = 12\nlenght = 12",
        "ticker.lenght: is not a field of a board; did you mean 'length'?",
    ),
    "a missing title": (
        'title = "Gala"\n',
        "",
        'title: is missing; write text in quotes, such as title = "Live fundraiser"',
    ),
    "a missing table": (
        'table = "donations"\n',
        "",
        'table: is missing; write text in quotes, such as table = "donations"',
    ),
    "a missing key": (
        'key = "donationId"\n',
        "",
        'key: is missing; write the table\'s key attribute, such as key = "donationId"',
    ),
    "a missing group": (
        'group_by = "platform"\n',
        "",
        'group_by: is missing; write text in quotes, such as group_by = "platform"',
    ),
    "a missing attribute": (
        'attribute = "amount"\n',
        "",
        "measures.amount.attribute: is missing; write text in quotes",
    ),
    "a missing target": ("target = 1000\n", "", "goal.target: is missing; write a number"),
    "a missing bucket": (
        "bucket_seconds = 60",
        "",
        "timeline.bucket_seconds: is missing; write a whole number from 60 to 86,400",
    ),
    "a missing length": (
        "length = 12\n",
        "",
        "ticker.length: is missing; write a whole number from 1 to 100",
    ),
    "missing attributes": (
        'attributes = ["platform", "amount"]',
        "",
        'ticker.attributes: is missing; write a list, such as ["platform", "amount"]',
    ),
    "a title that is a number": (
        '"Gala"',
        "5",
        'title: is 5; write text in quotes, such as title = "Live fundraiser"',
    ),
    "a title that is a boolean": ('"Gala"', "true", "title: is True; write text in quotes"),
    "an empty title": ('"Gala"', '" "', "title: is empty; write text in quotes"),
    "an empty time": ('"donatedAt"', '""', "time: is empty; write text in quotes"),
    "a time that is a number": ('"donatedAt"', "5", "time: is 5; write text in quotes"),
    "a goal that is no table": (
        '[goal]\nmeasure = "amount"\ntarget = 1000\nmilestones = [250, 500.50]',
        "[[goal]]\ntarget = 1000",
        "goal: is [{'target': 1000}]; write it as a table, under a line [goal]",
    ),
    "a length that is a boolean": (
        "length = 12",
        "length = true",
        "ticker.length: is True; write a whole number from 1 to 100",
    ),
    "a length that is no whole number": ("length = 12", "length = 1.5", "ticker.length: is 1.5;"),
    "a length of nothing": (
        "length = 12",
        "length = 0",
        "ticker.length: is 0; write a whole number from 1 to 100",
    ),
    "a length beyond any screen": ("length = 12", "length = 101", "ticker.length: is 101; write"),
    "a bucket that is a boolean": (
        "bucket_seconds = 60",
        "bucket_seconds = true",
        "timeline.bucket_seconds: is True; write a whole number",
    ),
    "a bucket that is too fine": (
        "bucket_seconds = 60",
        "bucket_seconds = 59",
        "timeline.bucket_seconds: is 59; write a whole number from 60 to 86,400",
    ),
    "a bucket longer than a day": (
        "bucket_seconds = 60",
        "bucket_seconds = 86401",
        "timeline.bucket_seconds: is 86401; write a whole number from 60 to 86,400",
    ),
    "a target that is negative": (
        "target = 1000",
        "target = -1",
        "goal.target: has -1; write numbers above 0, up to 10,000,000,000,000.00",
    ),
    "a target of nothing": (
        "target = 1000",
        "target = 0",
        "goal.target: has 0; write numbers above",
    ),
    "a target that no page can show": (
        "target = 1000",
        f"target = {10**20}",
        f"goal.target: has {10**20}; write numbers above 0, up to 10,000,000,000,000.00",
    ),
    "a target of too many decimals": (
        "target = 1000",
        "target = 10.005",
        "goal.target: has 10.005; write numbers with at most 2 decimals",
    ),
    "a target that is infinite": (
        "target = 1000",
        "target = inf",
        "goal.target: has inf; write numbers with at most 2 decimals",
    ),
    "a target that is no number": (
        "target = 1000",
        "target = nan",
        "goal.target: has nan; write numbers with at most 2 decimals",
    ),
    "a target that is text": (
        "target = 1000",
        'target = "1000"',
        "goal.target: is '1000'; write a number",
    ),
    "a target that is a boolean": (
        "target = 1000",
        "target = true",
        "goal.target: is True; write a number",
    ),
    "milestones that do not rise": (
        "[250, 500.50]",
        "[500, 250]",
        "goal.milestones: must rise, each above the one before, and stay below target",
    ),
    "a milestone twice": ("[250, 500.50]", "[250, 250]", "goal.milestones: must rise, each above"),
    "a milestone at the target": (
        "[250, 500.50]",
        "[250, 1000]",
        "goal.milestones: must rise, each above the one before, and stay below target",
    ),
    "a milestone beyond the target": ("[250, 500.50]", "[1001]", "goal.milestones: must rise"),
    "a milestone of nothing": (
        "[250, 500.50]",
        "[0]",
        "goal.milestones: has 0; write numbers above",
    ),
    "a milestone that is text": (
        "[250, 500.50]",
        '["250"]',
        "goal.milestones: has '250'; write numbers with at most 2 decimals",
    ),
    "a milestone that is a boolean": (
        "[250, 500.50]",
        "[true]",
        "goal.milestones: has True; write",
    ),
    "milestones that are no list": (
        "[250, 500.50]",
        "250",
        "goal.milestones: is 250; write a list of numbers",
    ),
    "a goal of a measure that is not there": (
        'measure = "amount"',
        'measure = "tickets"',
        "goal.measure: is 'tickets'; this board has: count, amount",
    ),
    "a unit that is no currency": (
        'unit = "USD"',
        'unit = "DOLLAR"',
        (
            "measures.amount.unit: is 'DOLLAR', which is no ISO 4217 code;"
            " leave it out for plain numbers"
        ),
    ),
    "a unit in small letters": ('"USD"', '"usd"', "did you mean USD"),
    "a unit that is a number": (
        '"USD"',
        "5",
        'measures.amount.unit: is 5; write an ISO 4217 code, such as "USD"',
    ),
    "decimals beside a currency": (
        'unit = "USD"',
        'unit = "USD"\ndecimals = 2',
        "measures.amount.decimals: goes with plain numbers only; 'USD' has its own",
    ),
    "too many decimals": (
        'unit = "USD"',
        "decimals = 7",
        "measures.amount.decimals: is 7; write a whole number from 0 to 6",
    ),
    "negative decimals": (
        'unit = "USD"',
        "decimals = -1",
        "measures.amount.decimals: is -1; write a whole number from 0 to 6",
    ),
    "decimals that are a boolean": (
        'unit = "USD"',
        "decimals = true",
        "measures.amount.decimals: is True; write how many decimals",
    ),
    "a measure named count": (
        "[measures.amount]",
        "[measures.count]",
        "measures.count: cannot be a measure's name: every board has `count` already",
    ),
    "a measure's name with a colon": (
        "[measures.amount]",
        '[measures."a:b"]',
        "measures.a:b: cannot be a measure's name",
    ),
    "a measure that is no table": (
        '[measures.amount]\nattribute = "amount"\nunit = "USD"',
        "[measures]\namount = 5",
        "measures.amount: is 5; write it as a table, under a line [measures.amount]",
    ),
    "a key of three attributes": (
        '"donationId"',
        '["a", "b", "c"]',
        "key: names 3 attributes; DynamoDB has one or two",
    ),
    "a key of no attribute": ('"donationId"', "[]", "key: is []; write a list of different"),
    "an empty key": ('"donationId"', '""', "key: is ['']; write a list of different attribute"),
    "a key of one attribute twice": (
        '"donationId"',
        '["a", "a"]',
        'key: names an attribute twice; write a list of different attribute names, such as ["pk"',
    ),
    "a key that is a number": ('"donationId"', "5", "key: is 5; write the table's key attribute"),
    "a ticker without a time": (
        'time = "donatedAt"\n',
        "",
        "timeline: needs the items' time; add time = ",
    ),
    "a ticker of no attributes": (
        '["platform", "amount"]',
        "[]",
        "ticker.attributes: is []; write a list of different attribute names",
    ),
    "a ticker of numbers": ('["platform", "amount"]', "[1]", "ticker.attributes: is [1]; write"),
    "a ticker of one attribute twice": (
        '["platform", "amount"]',
        '["amount", "amount"]',
        "ticker.attributes: names an attribute twice",
    ),
    "a condition of the ticker that is none": (
        "length = 12",
        "length = 12\nshow_if = true",
        'ticker.show_if: is True; write text in quotes, such as show_if = "approved"',
    ),
    "a least amount with too many decimals": (
        "length = 12",
        "length = 12\nleast = 4.999",
        "ticker.least: has 4.999; write numbers with at most 2 decimals",
    ),
    "a word that is none": (
        "length = 12",
        'length = 12\nnever = ["darn", " "]',
        "ticker.never: has ' '; write a list of words that are never shown",
    ),
    "a link that is no address": (
        'title = "Gala"',
        'title = "Gala"\ndonate_url = "javascript:alert(1)"',
        "donate_url: is 'javascript:alert(1)'; write an address that begins with https://",
    ),
    "a link that is a boolean": (
        'title = "Gala"',
        'title = "Gala"\ndonate_url = true',
        "donate_url: is True; write an address",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_file_field_and_mend(
    write: Write, old: str, new: str, message: str
) -> None:
    assert message in refusal(write(change(old, new)))


def test_a_ticker_says_what_it_shows_and_that_is_no_part_of_counting(write: Write) -> None:
    plain = load_board(write(change("length = 12", "length = 12")))
    rules = 'length = 12\nshow_if = "approved"\nleast = 5\nnever = ["darn"]'
    board = load_board(write(change("length = 12", rules)))
    listed = ("platform", "amount")
    assert board.ticker == Ticker(12, listed, "approved", 500, ("darn",))
    assert board.definition == plain.definition


def test_a_ticker_without_a_time_says_what_to_add(write: Write) -> None:
    text = change('time = "donatedAt"\n', "").replace("[timeline]\nbucket_seconds = 60\n", "")
    assert refusal(write(text)) == (
        "ticker: needs the items' time; add time = \"…\", an attribute's name"
    )


def test_a_unit_that_is_almost_a_currency_is_answered_with_those_it_may_be(write: Write) -> None:
    assert refusal(write(change('"USD"', '"EURO"'))).endswith("; did you mean EUR?")


def test_a_board_has_at_most_eight_sums(write: Write) -> None:
    sums = "".join(f'[measures.m{i}]\nattribute = "m{i}"\n' for i in range(9))
    assert refusal(write(GOOD + sums)) == "measures: has 10 sums; a board has at most 8"


@pytest.mark.parametrize(
    "name", ["Gala.toml", "2026.toml", "gala night.toml", "{gala}.toml", f"{'x' * 64}.toml"]
)
def test_a_file_name_that_cannot_be_a_boards_name_is_refused(write: Write, name: str) -> None:
    assert refusal(write(name=name)) == (
        "the file's name is the board's name: use small letters, digits, - and _,"
        " a letter first, at most 63 characters"
    )


@pytest.mark.parametrize("text", ["title = Gala", "{}", "title = 1\ntitle = 2\n"])
def test_what_is_not_toml_is_refused_with_the_place(write: Write, text: str) -> None:
    assert re.match(r"is not TOML: .* \(at (line \d|end of document)", refusal(write(text)))


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gala.toml"
    path.write_bytes(b'title = "\xff"')
    assert refusal(path).startswith("is not TOML: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gala.toml") == "cannot be read: No such file or directory"


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gala.toml"
    path.mkdir()
    assert refusal(path) == "cannot be read: Is a directory"


# Several boards


def test_boards_come_from_files_and_folders(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    write(name="more/b.toml")
    write(name="more/a.toml")
    write(name="more/notes.txt")
    assert list(load_boards(f" {write()} , {folder}, ")) == ["gala", "a", "b"]


@pytest.mark.parametrize("paths", ["", " , "])
def test_no_board_at_all_is_refused_with_the_mend(paths: str) -> None:
    with pytest.raises(BoardError) as raised:
        load_boards(paths)
    assert str(raised.value) == (
        f"BOARDS={paths!r} holds no board; name a TOML file, or a folder of them"
    )


def test_a_folder_without_boards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="holds no board"):
        load_boards(str(tmp_path))


def test_two_boards_of_one_name_are_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    other = write(name="more/gala.toml")
    with pytest.raises(BoardError) as raised:
        load_boards(f"{write()},{other}")
    assert str(raised.value) == (f"{other}: there is a board 'gala' already; rename this file")


def test_two_boards_of_one_table_have_to_agree_on_its_key(write: Write) -> None:
    first = write(name="gala.toml")
    other = write(change('key = "donationId"', 'key = "id"'), name="raffle.toml")
    with pytest.raises(BoardError) as raised:
        load_boards(f"{first},{other}")
    assert str(raised.value) == (
        f"{other}: key: is id, but the board gala says that the table donations has donationId;"
        " mend one of them"
    )


# Definition


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "gifts"},
        {"key": ("pk", "sk")},
        {"group_by": "country"},
        {"time": "createdAt"},
        {"bucket_seconds": 300},
        {"bucket_seconds": None},
        {"measures": ()},
        {"measures": (Measure("amount", "value", Unit("USD", 2)),)},
        {"measures": (Measure("sum", "amount", Unit("USD", 2)),)},
        {"measures": (Measure("amount", "amount", Unit("EUR", 2)),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), is_text=True),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), is_minor=True),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), least_minor=1),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), most_minor=1),)},
        {"time_zone": "Europe/Zurich"},
        {"time_unit": "ms"},
        {"where": (Condition("status", ("PAID",)),)},
        {"period": Period(0, None)},
        {"currency": Currency("currency")},
        {"currency": Currency("currency", (Rate("EUR", Decimal("1.08")),))},
        {"groups": Groups(missing="Other")},
        {"groups": Groups(skip_missing=True)},
        {"groups": Groups(until=".")},
        {"groups": Groups(known=("Phone",))},
        {"groups": Groups(known=("Phone",), others="Other")},
    ],
    ids=str,
)
def test_what_an_item_counts_for_is_part_of_the_definition(changes: dict[str, object]) -> None:
    board = load_board(FUNDRAISER)
    assert replace(board, **changes).definition != board.definition  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"title": "Other"},
        {"goal": None},
        {"goal": Goal("amount", 1, ())},
        {"ticker": None},
        {"ticker": Ticker(1, ("email",))},
        {"donate_url": "https://example.org"},
        {"shown": 3},
    ],
    ids=str,
)
def test_what_is_only_shown_can_change_during_an_event(changes: dict[str, object]) -> None:
    board = load_board(FUNDRAISER)
    assert replace(board, **changes).definition == board.definition  # type: ignore[arg-type]


def test_the_order_of_known_groups_conditions_and_rates_decides_nothing() -> None:
    paid, kept = Condition("status", ("PAID",)), Condition("_deleted", (False,))
    rates = Rate("EUR", Decimal(2)), Rate("CHF", Decimal(3))
    board = load_board(FUNDRAISER)

    def definition(step: int) -> str:
        return replace(
            board,
            where=(paid, kept)[::step],
            currency=Currency("currency", rates[::step]),
            groups=Groups(known=("Phone", "Web")[::step]),
        ).definition

    assert definition(1) == definition(-1) != board.definition


def test_the_definition_is_the_same_in_every_process() -> None:
    code = (
        "from pathlib import Path; from aggregates.board_file import load_board;"
        f"print(load_board(Path({str(FUNDRAISER)!r})).definition)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=FUNDRAISER.parents[1],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {load_board(FUNDRAISER).definition}


def test_what_an_older_version_counted_is_another_definition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = load_board(FUNDRAISER).definition
    monkeypatch.setattr("aggregates.board.SCHEMA", SCHEMA + 1)
    assert load_board(FUNDRAISER).definition != before


# Files that are no board, and files beside them


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = " + "[" * 100_000, "is nested too deeply"),
        ("title = " + "9" * 5_000, "is not TOML: "),
        (change("target = 1000", f"target = 0x{'f' * 5_000}"), "has a value too large to print"),
        (change("target = 1000", f"target = {'9' * 4_000}"), "goal.target: has 9999"),
        ("#" * 300_000, "has more than 262,144 bytes, which is no board"),
    ],
    ids=["deep", "huge number", "huge hexadecimal number", "large number", "huge file"],
)
def test_a_file_that_would_exhaust_the_reader_is_refused_in_one_line(
    write: Write, text: str, message: str
) -> None:
    refused = refusal(write(text))
    assert message in refused
    assert "\n" not in refused
    assert len(refused) < 400


@pytest.mark.timeout(10)
def test_what_is_no_regular_file_is_refused_and_not_read(tmp_path: Path) -> None:
    endless, pipe = tmp_path / "endless.toml", tmp_path / "pipe.toml"
    endless.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (endless, pipe):
        assert refusal(path) == "is no regular file; a board is a file of text"


def test_the_mark_that_an_editor_puts_first_is_no_part_of_the_text(write: Write) -> None:
    assert load_board(write("\ufeff" + GOOD)).title == "Gala"


def test_a_link_too_long_for_a_page_is_refused(write: Write) -> None:
    url = "https://example.org/" + "x" * 2_000
    assert refusal(write(f'donate_url = "{url}"\n' + GOOD)) == (
        "donate_url: has 2,020 characters; write an address of at most 2,000"
    )


@pytest.mark.parametrize("shown", [1, 200])
def test_a_board_says_how_many_groups_are_shown(write: Write, shown: int) -> None:
    assert load_board(write(f"shown = {shown}\n" + GOOD)).shown == shown
    assert load_board(write()).shown == 50


@pytest.mark.parametrize("shown", [0, 201, '"all"', "true"])
def test_more_groups_than_a_message_can_have_are_refused(write: Write, shown: object) -> None:
    assert "write a whole number from 1 to 200" in refusal(write(f"shown = {shown}\n" + GOOD))


def test_groups_are_ordered_by_the_first_sum_or_by_their_items(write: Write) -> None:
    assert load_board(write()).rank_measure == "amount"
    assert load_board(write(GOOD[: GOOD.index("time =")])).rank_measure == "count"


def test_a_file_that_cannot_be_used_leaves_the_others_alone(write: Write) -> None:
    good, bad = write(name="good.toml"), write(change("title", "tilte"), name="bad.toml")
    gone, clash = good.parent / "gone.toml", write(change("donationId", "id"), name="key.toml")
    boards, errors = read_boards(f"{bad},{good},{gone},{clash}")
    assert list(boards) == ["good"]
    assert [str(error).partition(": ")[0] for error in errors] == [
        str(bad),
        str(gone),
        str(clash),
    ]


def test_no_board_at_all_is_an_error_of_its_own() -> None:
    boards, [error] = read_boards("")
    assert boards == {}
    assert str(error).startswith("BOARDS='' holds no board")
