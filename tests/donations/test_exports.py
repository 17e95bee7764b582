"""Files in the formats of real exports give the sums that a treasurer would add up by hand."""

import threading
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from aggregates.board import Board
from donations.answers import Answers
from donations.file_plan import FilePlan, read_file
from tests.donations.files import board_in, counted, read, write

EXPORTS = Path(__file__).parent / "exports"
EUR, USD, CHF = board_in("EUR"), board_in("USD"), board_in("CHF")


def workbook(rows: list[list[Any]], formats: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for column, number_format in (formats or {}).items():
        for cell in sheet[column]:
            cell.number_format = number_format
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_stripe_counts_what_was_paid_less_what_was_given_back(tmp_path: Path) -> None:
    text = (EXPORTS / "stripe.csv").read_text()
    board = board_in("EUR", "Europe/Zurich")
    plan = read(tmp_path, text, board)
    assert [question.suggestion for question in plan.questions] == ["Stripe"]
    plan = read(tmp_path, text, board, Answers(group="Website"))
    # The header says UTC, whatever the board's zone.
    assert counted(plan) == [
        ("ch_1", "2026-11-21T18:04", "Website", 2500),
        ("ch_2", "2026-11-21T18:05", "Website", 100000),
    ]
    assert {row.line: row.reason for row in plan.left_out} == {
        4: "its status says that it was refunded",
        5: "its status is Failed",
    }


def test_paypal_takes_refunds_off_what_they_refer_to(tmp_path: Path) -> None:
    plan = read(tmp_path, (EXPORTS / "paypal.csv").read_text(), EUR, Answers(group="PayPal"))
    assert counted(plan) == [
        ("1AB", "2026-11-21T18:04", "PayPal", 2500),
        ("2AB", "2026-11-21T18:05", "PayPal", 125000),
        ("3AB", "2026-11-21T18:06", "PayPal", 6000),
    ]
    assert sorted(row.line for row in plan.left_out) == [5, 6, 7, 8, 9]


def test_a_refund_of_a_part_that_nothing_tells_is_a_mistake(tmp_path: Path) -> None:
    text = "\n".join(
        line for line in (EXPORTS / "paypal.csv").read_text().split("\n") if "5AB" not in line
    )
    plan = read(tmp_path, text, EUR, Answers(group="PayPal"))
    assert [(m.line, m.column) for m in plan.mistakes] == [(4, "Status")]


def test_justgiving_has_british_dates_and_pounds(tmp_path: Path) -> None:
    text = """Donation Ref,Donation Date,Donation Amount,Estimated Gift Aid,Donation Nickname,\
Message from donor,Fundraiser,Page Title
1020304,21/11/2026 19:04,£25.00,£6.25,Ann,Well done,Sam Smith,Sam's run
1020305,01/12/2026 08:30,"£1,250.00",£312.50,Anonymous,,Sam Smith,Sam's run
"""
    plan = read(tmp_path, text, board_in("GBP", "Europe/London"), Answers(group="JustGiving"))
    assert counted(plan) == [
        ("1020304", "2026-11-21T19:04", "JustGiving", 2500),
        ("1020305", "2026-12-01T08:30", "JustGiving", 125000),
    ]


def test_eventbrite_counts_what_was_paid_not_the_fees(tmp_path: Path) -> None:
    text = """Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type,Attendee #,\
Currency,Total Paid,Eventbrite Fees,Eventbrite Payment Processing,Attendee Status
9001,"Nov 21, 2026 7:04 PM",Ann,A,a@example.org,1,Donation,11,USD,25.00,1.00,0.75,Attending
9002,"Nov 21, 2026 7:05 PM",Bea,B,b@example.org,1,Donation,12,USD,"1,250.00",9.95,30.00,Checked In
9003,"Nov 21, 2026 7:06 PM",Cy,C,c@example.org,1,Donation,13,USD,50.00,1.00,1.00,Not Attending
"""
    board = board_in("USD", "America/New_York")
    assert counted(read(tmp_path, text, board, Answers(group="Door"))) == [
        ("9001", "2026-11-22T00:04", "Door", 2500),
        ("9002", "2026-11-22T00:05", "Door", 125000),
    ]


def test_eventbrite_s_report_of_orders_has_gross_revenue_in_the_header_s_currency(
    tmp_path: Path,
) -> None:
    text = """Event Name,Order ID,Date,Venue Name,Venue ID,Gross Revenue (USD),\
Ticket Revenue (USD),Eventbrite Fees (USD),Eventbrite Payment Processing (USD),Tickets,Type,Status,\
Distribution Partner,Delivery Method,Transaction ID
Gala,9001,2026-11-21 19:04:11,Hall,7,108.50,100.00,5.40,3.10,1,Paid,Completed,,eTicket,T1
Gala,9002,2026-11-21 19:05:00,Hall,7,54.25,50.00,2.70,1.55,1,Paid,Refunded,,eTicket,T2
"""
    plan = read(tmp_path, text, USD, Answers(group="Tickets"))
    assert not plan.questions
    assert counted(plan) == [("9001", "2026-11-21T19:04", "Tickets", 10850)]
    assert [row.line for row in plan.left_out] == [3]


def test_raisely_has_many_columns_of_money_and_one_amount(tmp_path: Path) -> None:
    text = """ID,Created At,Status,Amount,Fee,Amount Incl Fee,Currency,First Name,Last Name,\
Email,Message,Profile Name,Campaign Name
r-1,2026-11-21T18:04:11Z,OK,25.00,1.00,26.00,AUD,Ann,A,a@example.org,Go!,Team Red,Gala
r-2,2026-11-21T18:05:00Z,FAILED,40.00,1.00,41.00,AUD,Bea,B,b@example.org,,Team Red,Gala
"""
    plan = read(tmp_path, text, board_in("AUD"))
    assert [question.suggestion for question in plan.questions] == ["Raisely"]
    plan = read(tmp_path, text, board_in("AUD"), Answers(group="Raisely"))
    assert counted(plan) == [("r-1", "2026-11-21T18:04", "Raisely", 2500)]
    assert [row.line for row in plan.left_out] == [3]


def test_stripe_s_older_header_is_read_as_the_newer(tmp_path: Path) -> None:
    text = """id,Description,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,\
Converted Amount Refunded,Fee,Tax,Converted Currency,Mode,Status,Statement Descriptor,Customer ID,\
Customer Description,Customer Email,Captured,Card ID
ch_1,Gala,2026-11-21 18:04,25.00,0.00,eur,25.00,0.00,0.63,0.00,eur,Live,Paid,GALA,cus_1,,,true,c
"""
    plan = read(tmp_path, text, EUR, Answers(group="Website"))
    assert not plan.questions
    assert counted(plan) == [("ch_1", "2026-11-21T18:04", "Website", 2500)]


def test_tiltify_has_iso_times(tmp_path: Path) -> None:
    text = """ID,Campaign Name,Donor Name,Donor Comment,Amount,Currency,Completed At,Reward
7f1a,Marathon,Ann,"Hello, world",25.00,USD,2026-11-21T19:04:11Z,
7f1b,Marathon,Anonymous,,1250.00,USD,2026-11-21T19:05:00Z,Poster
"""
    assert counted(read(tmp_path, text, USD, Answers(group="Tiltify"))) == [
        ("7f1a", "2026-11-21T19:04", "Tiltify", 2500),
        ("7f1b", "2026-11-21T19:05", "Tiltify", 125000),
    ]


def test_gofundme_has_no_ids_and_a_total(tmp_path: Path) -> None:
    text = """Donations report
Exported on November 22, 2026

Donor,Donation amount,Donation date,Donation type,Comment
Ann,$25.00,"November 21, 2026",Online,Go!
Ann,$25.00,"November 21, 2026",Online,Go!
Bea,"$1,250.00","November 21, 2026",Offline,
Total,"$1,300.00",,,
"""
    plan = read(tmp_path, text, USD, Answers(group="GoFundMe"))
    assert [minor for _, _, _, minor in counted(plan)] == [2500, 2500, 125000]
    assert plan.columns[0].examples == ("November 21, 2026",)
    assert not plan.notes


def test_a_german_excel_saves_semicolons_commas_and_windows_letters(tmp_path: Path) -> None:
    text = (
        "Spendenliste Gala;;;;\r\n;;;;\r\n"
        "Datum;Uhrzeit;Name;Plattform;Betrag\r\n"
        "21.11.2026;19:04;Jörg Groß;Café;25,00 €\r\n"
        "21.11.2026;19:05;Änne Maß;Telefon;1.250,00 €\r\n"
        "21.11.2026;19:06;Ute Öhm;Telefon;1.000 €\r\n"
        ";;;Summe;2.275,00 €\r\n"
    )
    plan = read(tmp_path, text.encode("cp1252"), board_in("EUR", "Europe/Berlin"))
    assert [row[1:] for row in counted(plan)] == [
        ("2026-11-21T18:04", "Café", 2500),
        ("2026-11-21T18:05", "Telefon", 125000),
        ("2026-11-21T18:06", "Telefon", 100000),
    ]
    assert plan.left_out[-1].reason.startswith("a total: 2,275.00")


def test_a_swiss_excel_has_apostrophes_and_dashes(tmp_path: Path) -> None:
    text = (
        "sep=;\r\nNr.;Datum;Kanal;Betrag (CHF)\r\n"
        "1;21.11.2026 19:04;Kasse;CHF 25.–\r\n"
        "2;21.11.2026 19:05;Kasse;1’250.50\r\n"
        "3;21.11.26 19:06;Twint;Fr. 1'000.--\r\n"
        "4;21.11.26 19:07;Twint;(5.00)\r\n"
    )
    assert counted(read(tmp_path, text, board_in("CHF", "Europe/Zurich"))) == [
        ("1", "2026-11-21T18:04", "Kasse", 2500),
        ("2", "2026-11-21T18:05", "Kasse", 125050),
        ("3", "2026-11-21T18:06", "Twint", 100000),
        ("4", "2026-11-21T18:07", "Twint", -500),
    ]


def test_a_french_excel_has_thin_blanks(tmp_path: Path) -> None:
    text = (
        "Numéro;Date du don;Canal;Montant\n"
        "1;21/11/2026 19:04;Téléphone;25,00 €\n"
        "2;21/11/2026 19h05;Téléphone;1\u202f250,50\u00a0€\n"
        "3;1er décembre 2026 à 8h00;Guichet;1 000\n"
    )
    assert counted(read(tmp_path, text, board_in("EUR", "Europe/Paris"))) == [
        ("1", "2026-11-21T18:04", "Téléphone", 2500),
        ("2", "2026-11-21T18:05", "Téléphone", 125050),
        ("3", "2026-12-01T07:00", "Guichet", 100000),
    ]


def test_an_indian_excel_groups_by_lakh(tmp_path: Path) -> None:
    text = (
        "Receipt Number,Date,Channel,Amount\n"
        '1,21-11-2026 19:04,UPI,"₹1,00,000"\n'
        '2,21-Nov-2026 07:05 PM,UPI,"Rs. 12,34,567.50"\n'
        "3,21-11-2026 19:06,Cash,500/-\n"
    )
    assert counted(read(tmp_path, text, board_in("INR", "Asia/Kolkata"))) == [
        ("1", "2026-11-21T13:34", "UPI", 10000000),
        ("2", "2026-11-21T13:35", "UPI", 123456750),
        ("3", "2026-11-21T13:36", "Cash", 50000),
    ]


def read_workbook(
    folder: Path,
    content: bytes,
    board: Board = CHF,
    answers: Answers = Answers(),  # noqa: B008
) -> FilePlan:
    path = write(folder, content, "list.xlsx")
    return read_file(path, board, threading.Event(), answers, marks_source=False)


def test_an_excel_workbook_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Pledges of the gala"],
        [],
        ["No", "Date", "Channel", "Amount"],
        [1, datetime.fromisoformat("2026-11-21T19:04"), "Desk", 25],
        [2, datetime.fromisoformat("2026-11-21T19:05"), "Desk", 1250.1],
        [3, datetime.fromisoformat("2026-11-21T19:06"), "Desk", 0.1 + 0.2],
        [4, "21.11.2026 19:07", "Desk", "1'000.–"],
        [None, None, "Total", 2275.4],
    ]
    plan = read_workbook(tmp_path, workbook(rows))
    assert counted(plan) == [
        ("1", "2026-11-21T19:04", "Desk", 2500),
        ("2", "2026-11-21T19:05", "Desk", 125010),
        ("3", "2026-11-21T19:06", "Desk", 30),
        ("4", "2026-11-21T19:07", "Desk", 100000),
    ]
    assert plan.word == "row"
    assert plan.left_out[-1].line == 8


def test_a_number_s_format_names_its_currency(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["No", "Date", "Channel", "Amount"],
        [1, datetime.fromisoformat("2026-11-21"), "Desk", 25.125],
    ]
    content = workbook(rows, {"D": "#,##0.00 [$€-407]"})
    [mistake] = read_workbook(tmp_path, content).mistakes
    assert "is in EUR; the board counts CHF" in mistake.text
    # A number in an Excel cell is never read as thousands, whatever its decimals.
    [mistake] = read_workbook(tmp_path, content, EUR).mistakes
    assert "25.1250; EUR has 2 decimals" in mistake.text


@pytest.mark.parametrize(
    "number_format", ["[$-409]#,##0.00", '0" pledges"', "General", "[$CHF] #,##0.00", '0.00 "CHF"']
)
def test_a_format_without_another_currency_changes_nothing(
    tmp_path: Path, number_format: str
) -> None:
    moment = datetime.fromisoformat("2026-11-21")
    rows: list[list[Any]] = [["No", "Date", "Channel", "Amount"], [1, moment, "Desk", 25.5]]
    plan = read_workbook(tmp_path, workbook(rows, {"D": number_format}))
    assert [row[3] for row in counted(plan)] == [2550]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Second").append(["amount", "date", "channel"])
    book["Second"].append([5, "2026-11-21", "Desk"])
    file = BytesIO()
    book.save(file)
    plan = read_workbook(tmp_path, file.getvalue(), answers=Answers(sheet="Second"))
    assert [row[3] for row in counted(plan)] == [500]
    with pytest.raises(Exception, match='has no sheet "Third"; its sheets are Sheet, Second'):
        read_workbook(tmp_path, file.getvalue(), answers=Answers(sheet="Third"))
