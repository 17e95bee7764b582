"""The plan of a file: its columns, rows, mistakes and questions."""

import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from aggregates.board import Condition, Currency, Groups, Measure, Rate, Ticker
from aggregates.units import currency
from donations.answers import Answers
from donations.errors import DonationError, Stopped
from donations.file_plan import FilePlan, read_file
from donations.identity import name_source
from donations.row_reader import Draft, LeftOut
from tests.donations.files import BOARD, GOOD, HEADER, board_in, counted, read, write

AT = "2026-11-21T19:04"


def one(amount: int = 2500, group: str = "Phone", at: str = AT) -> list[tuple[str, str, str, int]]:
    return [("1", at, group, amount)]


def mistakes(plan: FilePlan) -> list[str]:
    return [plan.describe_mistake(mistake) for mistake in plan.mistakes]


def questions(plan: FilePlan) -> list[str]:
    return [question.name for question in plan.questions]


def row(amount: str = "25.00", at: str = "2026-11-21T19:04:11Z", group: str = "Phone") -> str:
    return HEADER + f'1,"{at}",{group},"{amount}"\n'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (row(), one()),
        (row("1,250.00"), one(125000)),
        (row("$25.00"), one()),
        (row("25.00 USD"), one()),
        (row("−25.00"), one(-2500)),
        (row("٢٥.00"), one()),
        (row("2500"), one(250000)),
        (row(at="11/21/2026 7:04 PM"), one()),
        (row(at="21.11.2026 19:04"), one()),
        (row(at="1795287851"), one()),
        (row(at="1795287851000"), one()),
        (row(at="2019-08-07 07:26:56"), one(at="2019-08-07T07:26")),
        (row().replace('"', "").replace(",", ";").replace("25.00", "25,00"), one()),
        (f'"Donation\nID",{HEADER}x,{GOOD}', [("d-1", "2017-01-08T10:00", "Phone", 500)]),
        ("Report created 2026-11-22\n\n" + row(), one()),
        (row() + "Total,,,25.00\n", one()),
        (row() + ",,,25.00\n", None),
        (row() + "\n,,,\n" + HEADER, one()),
        (row("2.5E+1").replace("\n1,", "\n1.23E+11,"), [("1.23E+11", AT, "Phone", 2500)]),
    ],
)  # fmt: skip
def test_a_file_is_read_as_it_is_meant(
    tmp_path: Path, content: str, expected: list[tuple[str, str, str, int]] | None
) -> None:
    plan = read(tmp_path, content)
    if expected is None:
        assert plan.mistakes
    else:
        assert counted(plan) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("d-2,2017-01-08T10:00:00Z,Phone,ten", 'line 3: amount is "ten", which is not an amount'),
        ("d-2,2017-01-08T10:00:00Z,Phone,€5", "line 3: amount is in EUR; the board counts USD"),
        ("d-2,2017-01-08T10:00:00Z,Phone,5.0001", "line 3: amount is 5.0001; USD has 2 decimals"),
        ("d-2,2017-01-08T10:00:00Z,Phone,1E+999999999", "line 3: amount is"),
        ("d-2,2017-01-08T10:00:00Z,Phone,", "line 3: amount is empty"),
        ("d-2,2017-01-08T10:00:00Z,Phone", "line 3: amount is empty"),
        ("d-2,2017-01-08T10:00:00Z,,5", "line 3: platform is empty; fill it in"),
        ("d-2,2017-01-08T10:00:00Z,ALL,5", 'line 3: platform is "ALL"'),
        ("d-2,yesterday,Phone,5", 'line 3: donatedAt is "yesterday"'),
        ("d-2,1960-01-01,Phone,5", "line 3: donatedAt is"),
        (",2017-01-08T10:00:00Z,Phone,5", "line 3: donationId is empty"),
        ("d-1,2017-01-08T10:00:00Z,Phone,5", 'line 3: donationId is "d-1", as in line 2'),
    ],
)
def test_a_mistake_names_line_and_column(tmp_path: Path, line: str, said: str) -> None:
    plan = read(tmp_path, HEADER + GOOD + line + "\n")
    assert not plan.is_clear
    [mistake] = mistakes(plan)
    assert said in mistake


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    bad = "d-2,yesterday,,ten\nd-3,2017-01-08T10:00:00Z,Phone,eleven\n"
    assert [(m.line, m.column) for m in read(tmp_path, HEADER + GOOD + bad).mistakes] == [
        (3, "amount"),
        (3, "donatedAt"),
        (3, "platform"),
        (4, "amount"),
    ]


def test_mistakes_beyond_counting_are_counted(tmp_path: Path) -> None:
    lines = "".join(f"d-{n},2017-01-08T10:00:00Z,Phone,ten\n" for n in range(1500))
    plan = read(tmp_path, HEADER + lines)
    assert plan.mistake_count == 1500
    assert len(plan.mistakes) == 1000


def test_amounts_that_can_be_two_are_asked_for_and_never_guessed(tmp_path: Path) -> None:
    for text in (row("1.250"), HEADER + "1,2026-11-21,Phone,25.000\n2,2026-11-21,Phone,25.005\n"):
        plan = read(tmp_path, text)
        assert questions(plan) == ["mark"]
        assert not plan.rows
    assert counted(read(tmp_path, row("1.250"), answers=Answers(mark=",")))[0][3] == 125000
    assert counted(read(tmp_path, row("1.250"), answers=Answers(mark=".")))[0][3] == 125


def test_other_rows_say_what_a_mark_means(tmp_path: Path) -> None:
    text = "donationId;donatedAt;platform;amount\n1;2026-11-21;Phone;1.250\n2;2026-11-21;Phone;{}\n"
    assert counted(read(tmp_path, text.format("25,50")))[0][3] == 125000
    assert counted(read(tmp_path, text.format("25.50")))[0][3] == 125


def test_dates_that_can_be_two_are_asked_for_and_never_guessed(tmp_path: Path) -> None:
    plan = read(tmp_path, row(at="01/02/2026 10:00"))
    assert questions(plan) == ["order"]
    assert not plan.mistakes
    day = read(tmp_path, row(at="01/02/2026 10:00"), answers=Answers(order="day"))
    assert counted(day)[0][1] == "2026-02-01T10:00"


@pytest.mark.parametrize(
    ("language", "at"), [("de-CH", "2026-02-01T10:00"), ("en-US", "2026-01-02T10:00"), ("en", "")]
)
def test_the_language_of_the_board_decides_what_a_date_leaves_open_and_it_is_said(
    tmp_path: Path, language: str, at: str
) -> None:
    plan = read(tmp_path, row(at="01/02/2026 10:00"), replace(BOARD, language=language))
    if not at:
        assert questions(plan) == ["order"]
        return
    assert counted(plan)[0][1] == at
    assert f"as in the board's language {language}" in plan.description[-1]
    # What the file itself says is stronger.
    clear = HEADER + "1,01/02/2026,Phone,5\n2,02/13/2026,Phone,5\n"
    plan = read(tmp_path, clear, replace(BOARD, language="de"))
    assert [at for _, at, _, _ in counted(plan)] == ["2026-01-02T00:00", "2026-02-13T00:00"]


def test_the_language_of_the_board_decides_what_marks_decimals(tmp_path: Path) -> None:
    text = "id;date;platform;amount\n1;2026-11-21;Phone;1.250\n"
    plan = read(tmp_path, text, replace(BOARD, language="de"))
    assert counted(plan)[0][3] == 125000
    assert "a comma marks decimals" in plan.description[-1]


def test_other_rows_say_which_part_of_a_date_comes_first(tmp_path: Path) -> None:
    plan = read(tmp_path, HEADER + "1,01/02/2026,Phone,5\n2,13/02/2026,Phone,5\n")
    assert [at for _, at, _, _ in counted(plan)] == ["2026-02-01T00:00", "2026-02-13T00:00"]
    mixed = read(
        tmp_path, HEADER + "1,01/02/2026,Phone,5\n2,13/02/2026,Phone,5\n3,02/13/2026,Phone,5\n"
    )
    assert questions(mixed) == ["order"]


def test_times_are_in_the_zone_of_the_board(tmp_path: Path) -> None:
    board = board_in("CHF", "Europe/Zurich")
    assert counted(read(tmp_path, row(at="21.11.2026 19:04"), board))[0][1] == "2026-11-21T18:04"


def test_two_columns_of_one_name_are_asked_about(tmp_path: Path) -> None:
    text = "id,date,platform,Gift,Gift\n1,2026-11-21,Phone,5,6\n"
    assert questions(read(tmp_path, text)) == ["column:amount"]
    said = read(tmp_path, text, answers=Answers(columns={"amount": "5"}))
    assert counted(said)[0][3] == 600


def test_a_date_and_its_time_of_day_may_be_two_columns(tmp_path: Path) -> None:
    text = "id,date,time,platform,amount\n1,{},19:04,Phone,5\n"
    for date in ("2026-11-21", "21.11.2026", "2026-11-21T19:04:00"):
        assert counted(read(tmp_path, text.format(date)))[0][1] == AT


def test_an_unlikely_time_is_noted(tmp_path: Path) -> None:
    assert read(tmp_path, row()).notes == []
    assert (
        "dated long ago or in the future, the first in line 2"
        in read(tmp_path, row(at="2062-01-01")).notes[0]
    )


def test_characters_that_move_the_cursor_are_removed(tmp_path: Path) -> None:
    plan = read(tmp_path, row(group="Ph\x1b[2Jone") + "2,2026-11-21,\x07,x\x1b\n")
    assert plan.rows[0].item["platform"] == {"S": "Ph[2Jone"}
    assert all("\x1b" not in text for text in mistakes(plan))


def test_a_long_cell_is_not_repeated_in_full(tmp_path: Path) -> None:
    header = HEADER.replace("amount", "amount" + "x" * 50_000)
    texts = [question.text for question in read(tmp_path, header + GOOD).questions]
    plan = read(
        tmp_path, HEADER + GOOD + ("d" * 900 + GOOD[3:]) * 2 + GOOD.replace("5.00", "x" * 9000)
    )
    assert len(plan.mistakes) == 2
    assert max(map(len, [*texts, *mistakes(plan)])) < 1000


def test_a_stop_ends_the_making_of_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def settle(drafts: list[Draft]) -> tuple[list[Draft], list[LeftOut]]:
        stop.set()
        return drafts, []

    monkeypatch.setattr("donations.file_plan.settle_refunds", settle)
    with pytest.raises(Stopped):
        read_file(write(tmp_path, HEADER + GOOD), BOARD, stop)


def test_a_total_is_left_out_and_checked(tmp_path: Path) -> None:
    text = HEADER + GOOD + "Total,,,5.00\n"
    assert "5.00, the sum of the rows above" in read(tmp_path, text).left_out[0].reason
    [note] = read(tmp_path, text.replace(",,,5.00", ",,,6.00")).notes
    assert "says 6.00, but the rows above it add up to 5.00" in note


def test_columns_are_found_by_name_in_any_order_case_and_language(tmp_path: Path) -> None:
    for header in (
        "Amount,donor,PLATFORM,DonatedAt,donationid",
        "Betrag,Name,Plattform,Datum,Belegnummer",
        "Montant (USD),Nom,Canal,Date du don,Numéro de don",
        "Donation amount,Supporter,Channel,Donation date,Reference",
    ):
        plan = read(tmp_path, header + "\n5,Ann,Phone,2017-01-08T10:00:00Z,d-1\n")
        assert counted(plan) == [("d-1", "2017-01-08T10:00", "Phone", 500)], header


def test_columns_are_found_by_what_they_hold(tmp_path: Path) -> None:
    board = replace(BOARD, groups=Groups(known=("Phone", "Text")))
    plan = read(
        tmp_path, "A,B,C,D\n5,Ann,phone,2017-01-08T10:00:00Z\n6,Bea,Text,2017-01-08\n", board
    )
    assert [(group, minor) for _, _, group, minor in counted(plan)] == [
        ("Phone", 500),
        ("Text", 600),
    ]


def test_a_file_without_a_header_is_read_by_what_it_holds(tmp_path: Path) -> None:
    plan = read(
        tmp_path, "Ann,2017-01-08,5.00\nBea,2017-01-09,6.00\n", answers=Answers(group="Phone")
    )
    assert [minor for _, _, _, minor in counted(plan)] == [500, 600]


def test_what_no_column_has_is_asked_for(tmp_path: Path) -> None:
    plan = read(tmp_path, "name,amount\nAnn,5\n")
    assert questions(plan) == ["moment", "group"]
    assert questions(read(tmp_path, "a,b\nx,y\n")) == ["column:amount", "moment", "group"]


def test_a_person_says_which_column_is_what(tmp_path: Path) -> None:
    text = "donationId,donatedAt,platform,amount,Given\n" + GOOD.replace("\n", ",7.00\n")
    for column in ("Given", "given", "5"):
        assert (
            counted(read(tmp_path, text, answers=Answers(columns={"amount": column})))[0][3] == 700
        )
    with pytest.raises(DonationError, match='has no column "Gift"; it has donationId'):
        read(tmp_path, text, answers=Answers(columns={"amount": "Gift"}))
    with pytest.raises(DonationError, match='a column cannot be "colour"'):
        read(tmp_path, text, answers=Answers(columns={"colour": "Given"}))


def test_what_the_ticker_shows_comes_along_and_nothing_else(tmp_path: Path) -> None:
    board = replace(BOARD, ticker=Ticker(12, ("platform", "amount", "donorName", "comment")))
    header = "donationId,donatedAt,platform,amount,Donor Name,Message,Email\n"
    plan = read(tmp_path, header + GOOD.replace("\n", ",Ann,Hello,a@example.org\n"), board)
    assert plan.rows[0].item["donorName"] == {"S": "Ann"}
    assert plan.rows[0].item["comment"] == {"S": "Hello"}
    assert "a@example.org" not in str(plan.rows[0].item)


def test_rows_that_were_not_paid_are_left_out(tmp_path: Path) -> None:
    header = HEADER.replace("\n", ",Status\n")
    statuses = ("Paid", "Failed", "Storniert", "Refunded", "requires_payment_method", "réussi")
    lines = [GOOD.replace("d-1", name).replace("\n", f",{name}\n") for name in statuses]
    plan = read(tmp_path, header + "".join(lines))
    assert [row[0] for row in counted(plan)] == ["Paid", "réussi"]
    assert len(plan.left_out) == 4


def test_a_status_that_nobody_knows_is_asked_for(tmp_path: Path) -> None:
    text = HEADER.replace("\n", ",Status\n") + GOOD.replace("\n", ",Blue\n")
    assert questions(read(tmp_path, text)) == ["status:Blue"]
    assert len(counted(read(tmp_path, text, answers=Answers(statuses={"Blue": True})))) == 1
    assert counted(read(tmp_path, text, answers=Answers(statuses={"Blue": False}))) == []


def test_the_same_file_makes_the_same_ids_and_equal_gifts_stay_two(tmp_path: Path) -> None:
    text = "donatedAt,platform,amount\n" + "2026-11-21,Phone,5.00\n" * 2 + "2026-11-21,Phone,6.00\n"
    first, second = (counted(read(tmp_path, text)) for _ in range(2))
    assert first == second
    assert len({row[0] for row in first}) == 3
    spelled = text.replace("5.00", "$5").replace("platform,amount", "Platform,Amount")
    assert counted(read(tmp_path, spelled)) == first
    turned = "donatedAt,platform,amount\n2026-11-21,Phone,6.00\n" + "2026-11-21,Phone,5.00\n" * 2
    assert sorted(counted(read(tmp_path, turned))) == sorted(first)


def test_equal_gifts_of_two_lists_stay_two(tmp_path: Path) -> None:
    text = "donatedAt,platform,amount\n2026-11-21,Phone,5.00\n"
    ids = {counted(read(tmp_path, text, name=name))[0][0] for name in ("a.csv", "b.csv")}
    assert len(ids) == 2


@pytest.mark.parametrize(
    "name",
    ["pledges.csv", "pledges (1).csv", "pledges.xlsx", "pledges.csv.gz", "pledges - Copy.csv"],
)
def test_copies_of_a_list_are_that_list(name: str) -> None:
    assert name_source(Path("folder") / name) == "pledges"


def test_a_board_of_another_shape_gets_its_own_items(tmp_path: Path) -> None:
    measure = Measure("amount", "gift.value", currency("EUR"), is_text=True)
    board = replace(
        BOARD,
        key=("PK", "SK"),
        group_by="meta.channel",
        measures=(measure,),
        where=(Condition("status", one_of=("paid",)),),
    )
    [row] = read(
        tmp_path, 'PK,SK,donatedAt,channel,value\n1,a,2026-11-21,Phone,"5,50"\n', board
    ).rows
    assert row.item == {
        "PK": {"S": "1"},
        "SK": {"S": "a"},
        "donatedAt": {"S": "2026-11-21T00:00:00.000Z"},
        "meta": {"M": {"channel": {"S": "Phone"}}},
        "gift": {"M": {"value": {"S": "5.50"}}},
        "status": {"S": "paid"},
    }


def test_a_board_that_counts_items_alone_needs_no_amount(tmp_path: Path) -> None:
    board = replace(BOARD, key=("requestid",), group_by="status", time=None, measures=(),
                    ticker=None, bucket_seconds=None, goal=None)  # fmt: skip
    assert len(read(tmp_path, "requestid,status\n1,200\n2,404\n", board).rows) == 2


def test_another_currency_is_refused_or_converted_and_never_added_up(tmp_path: Path) -> None:
    text = HEADER.replace("\n", ",Currency\n") + GOOD.replace("\n", ",EUR\n")
    assert "is in EUR; the board counts USD" in mistakes(read(tmp_path, text))[0]
    board = replace(BOARD, currency=Currency("currency", (Rate("EUR", Decimal("1.1")),)))
    plan = read(tmp_path, text, board)
    assert plan.rows[0].item["currency"] == {"S": "EUR"}
    assert plan.rows[0].item["amount"] == {"N": "5.00"}
    assert counted(plan)[0][3] == 550


def test_what_the_board_leaves_out_is_left_out_and_said(tmp_path: Path) -> None:
    board = replace(BOARD, where=(Condition("status", one_of=("paid",)),))
    text = HEADER.replace("\n", ",status\n") + GOOD.replace("\n", ",ok\n")
    plan = read(tmp_path, text, board)
    assert not plan.rows
    assert plan.left_out[0].reason == "its [where] asks for status"
