import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from local.donation_file import FileError, check_file, read_rows

BOARD = load_board(Path(__file__).parents[2] / "boards" / "fundraiser.toml")
HEADER = "donationId,donatedAt,platform,amount\n"
GOOD = "d-1,2017-01-08T10:00:00Z,Phone,5.00\n"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "donations.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def message_of(path: Path, board: Board = BOARD) -> str:
    with pytest.raises(FileError) as caught:
        check_file(path, board)
    return str(caught.value)


def test_a_row_becomes_the_item_of_the_table(tmp_path: Path) -> None:
    [row] = read_rows(write(tmp_path, HEADER + GOOD), BOARD)
    assert row.line == 2
    assert row.item == {
        "donationId": {"S": "d-1"},
        "donatedAt": {"S": "2017-01-08T10:00:00Z"},
        "platform": {"S": "Phone"},
        "amount": {"N": "5.00"},
    }


def test_columns_are_found_by_name_in_any_order_and_case(tmp_path: Path) -> None:
    text = "Amount,donor,PLATFORM,DonatedAt,donationid\n5,Ann,Phone,2017-01-08T10:00:00Z,d-1\n"
    [row] = read_rows(write(tmp_path, text), BOARD)
    assert row.item["amount"] == {"N": "5"}
    assert set(row.item) == {"donationId", "donatedAt", "platform", "amount"}


def test_gzip_is_known_by_the_content_not_by_the_name(tmp_path: Path) -> None:
    assert check_file(write(tmp_path, gzip.compress((HEADER + GOOD).encode())), BOARD) == 1


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_a_spreadsheet_saves_can_be_read(tmp_path: Path, delimiter: str) -> None:
    text = "\ufeff" + (HEADER + GOOD).replace(",", delimiter).replace("\n", "\r\n")
    assert check_file(write(tmp_path, text), BOARD) == 1


def test_the_line_by_which_excel_names_the_delimiter_is_passed_over(tmp_path: Path) -> None:
    text = "sep=;\r\n" + (HEADER + GOOD).replace(",", ";")
    [row] = read_rows(write(tmp_path, text), BOARD)
    assert row.line == 3
    assert "line 4: amount" in message_of(
        write(tmp_path, text + "d-2;2017-01-08T10:00:00Z;Phone;ten\n")
    )


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    assert check_file(write(tmp_path, HEADER + "\n" + GOOD + ",,,\n\n"), BOARD) == 1


def test_a_quoted_cell_may_hold_the_delimiter(tmp_path: Path) -> None:
    text = HEADER + 'd-1,2017-01-08T10:00:00Z,"Phone, desk 2",5\n'
    [row] = read_rows(write(tmp_path, text), BOARD)
    assert row.item["platform"] == {"S": "Phone, desk 2"}


def test_a_missing_column_is_named_with_what_the_header_has(tmp_path: Path) -> None:
    message = message_of(write(tmp_path, "donationId,platform,Sum\nd-1,Phone,5\n"))
    assert "donations.csv: line 1: the header lacks donatedAt, amount" in message
    assert "it has donationId, platform, Sum" in message


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("d-2,2017-01-08T10:00:00Z,Phone,ten", 'line 3: amount is "ten"'),
        ("d-2,2017-01-08T10:00:00Z,Phone,$5", 'line 3: amount is "$5"'),
        ("d-2,2017-01-08T10:00:00Z,Phone,1_000", 'line 3: amount is "1_000"'),
        ("d-2,2017-01-08T10:00:00Z,Phone,NaN", 'line 3: amount is "NaN"'),
        ("d-2,2017-01-08T10:00:00Z,Phone,5.001", 'line 3: amount is "5.001"'),
        ("d-2,2017-01-08T10:00:00Z,Phone,", "line 3: amount is empty"),
        ("d-2,2017-01-08T10:00:00Z,Phone", "line 3: amount is empty"),
        ("d-2,2017-01-08T10:00:00Z,,5", "line 3: platform is empty"),
        ("d-2,2017-01-08T10:00:00Z,ALL,5", 'line 3: platform is "ALL"'),
        ("d-2,yesterday,Phone,5", 'line 3: donatedAt is "yesterday"'),
        (",2017-01-08T10:00:00Z,Phone,5", "line 3: donationId is empty"),
        ("d-1,2017-01-08T10:00:00Z,Phone,5", "line 3: donationId is 'd-1', as in line 2"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(tmp_path: Path, row: str, said: str) -> None:
    message = message_of(write(tmp_path, HEADER + GOOD + row + "\n"))
    assert "donations.csv: " in message
    assert said in message


def test_the_line_is_that_of_the_file_also_behind_a_cell_of_two_lines(tmp_path: Path) -> None:
    two_lines = 'd-1,2017-01-08T10:00:00Z,"Phone\ndesk",5\n'
    bad = "d-2,2017-01-08T10:00:00Z,Phone,ten\n"
    assert "line 4: amount" in message_of(write(tmp_path, HEADER + two_lines + bad))


def test_a_quote_that_is_never_closed_is_named_by_the_line_it_begins_in(tmp_path: Path) -> None:
    bad = 'd-2,2017-01-08T10:00:00Z,"Phone,5\n' + GOOD * 6000
    assert "line 3: is not CSV" in message_of(write(tmp_path, HEADER + GOOD + bad))


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    assert "is empty" in message_of(write(tmp_path, ""))
    assert "no donations below its header" in message_of(write(tmp_path, HEADER))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in message_of(tmp_path / "none.csv")


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    assert "is not UTF-8" in message_of(write(tmp_path, HEADER.encode() + b"d-1,\xff,Phone,5\n"))


def test_half_a_gzip_says_so(tmp_path: Path) -> None:
    packed = gzip.compress((HEADER + GOOD * 100).encode())
    assert "cannot be read" in message_of(write(tmp_path, packed[: len(packed) // 2]))


def test_a_damaged_gzip_says_so(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress((HEADER + GOOD * 1000).encode()))
    packed[12:40] = b"\xff" * 28
    assert "cannot be read" in message_of(write(tmp_path, bytes(packed)))


def test_another_board_asks_for_its_own_columns(tmp_path: Path) -> None:
    board = replace(BOARD, key=("requestid",), group_by="status", time=None, measures=())
    assert check_file(write(tmp_path, "requestid,status\n1,200\n2,404\n"), board) == 2
