"""A spreadsheet is shown as it is read; nothing is written until somebody confirms it."""

import io
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from crew.uploads import Uploads, clean_name
from tests.crew.office import Helper, Office

LIST = (
    "Datum;Betrag;Plattform;Name\n"
    "21.11.2026 19:04;25,00;Phone;Frau Müller\n"
    "21.11.2026 19:05;USD 1'250.–;Web;=1+1\n"
    "21.11.2026 19:06;20,50;Web;\n"
)


def upload(helper: Helper, text: str | bytes, name: str = "pledges.csv") -> Any:
    data = text.encode("cp1252") if isinstance(text, str) else text
    form = helper.fill(helper.get("import"), "import")
    return helper.send("import", form, files={"file": (name, data, "text/csv")})


def agree(helper: Helper, page: str, **fields: str) -> Any:
    form = helper.fill(page, "import")
    return helper.send("import", form | fields | {"what": "write"})


def count(page: str, what: str) -> int:
    found = re.search(rf"<dt>{what}</dt><dd>(\d+)</dd>", page)
    assert found, page
    return int(found[1])


def test_a_list_is_shown_and_written_only_when_somebody_says_so(
    office: Office, ana: Helper
) -> None:
    reply = upload(ana, LIST)
    assert reply.status_code == 200
    assert "USD 1,295.50 together" in reply.text
    assert "Frau Müller" in reply.text
    assert count(reply.text, "New") == 3
    assert office.items() == []
    done = agree(ana, reply.text)
    assert "3 new, 0 changed, 0 taken back." in done.text
    assert len(office.items()) == 3
    assert office.told() == [("Ana", "imported")] * 3
    tables = {written.table for written in office.kept}
    assert tables == {office.board.table, f"{office.board.table}-journal"}


def test_the_same_list_twice_changes_nothing(office: Office, ana: Helper) -> None:
    first = upload(ana, LIST).text
    agree(ana, first)
    page = upload(ana, LIST, "pledges (1).csv").text
    assert count(page, "Unchanged") == 3
    assert "Everything in this list is already in the table." in page
    # Send the confirmed page again: the server no longer has its file.
    assert agree(ana, first).status_code == 422
    assert len(office.items()) == 3


def test_a_changed_list_says_what_is_new_changed_and_gone(office: Office, ana: Helper) -> None:
    with_ids = "id,amount,platform,time\na,10,Web,2026-11-21T19:00\nb,20,Web,2026-11-21T19:01\n"
    agree(ana, upload(ana, with_ids).text)
    changed = "id,amount,platform,time\na,11,Web,2026-11-21T19:00\nc,30,Web,2026-11-21T19:02\n"
    page = upload(ana, changed).text
    assert [count(page, what) for what in ("New", "Changed", "Missing from the list")] == [1, 1, 1]
    assert "amount: 10 → 11" in page
    done = agree(ana, page, **{"a-gone": "remove"})
    assert "1 new, 1 changed, 1 taken back." in done.text
    assert {item["donationId"]["S"] for item in office.items()} == {"a", "c"}
    assert office.told()[2:] == [("Ana", "imported"), ("Ana", "corrected"), ("Ana", "taken back")]


def test_what_is_gone_from_a_list_stays_unless_somebody_says_otherwise(
    office: Office, ana: Helper
) -> None:
    agree(ana, upload(ana, LIST).text)
    shorter = "".join(LIST.splitlines(keepends=True)[:3])
    agree(ana, upload(ana, shorter).text)
    assert len(office.items()) == 3


def test_all_mistakes_are_told_at_once_with_their_line_and_nothing_is_written(
    office: Office, ana: Helper
) -> None:
    page = upload(ana, LIST + "21.11.2026 19:07;ten;Web;\nsoon;5;Web;\n").text
    assert "2 mistakes" in page
    assert "line 5: Betrag" in page
    assert "line 6: Datum" in page
    assert 'value="write"' not in page
    assert agree(ana, page).status_code == 200
    assert office.items() == []


def test_only_what_is_truly_ambiguous_is_asked(office: Office, ana: Helper) -> None:
    text = "Date,Amount,Platform\n01/02/2026,25.00,Web\n03/04/2026,20.00,Web\n"
    page = upload(ana, text).text
    assert page.count("<fieldset>") == 1
    assert 'value="day"' in page
    form = ana.fill(page, "import")
    page = ana.send("import", form | {"a-order": "day", "what": "look"}).text
    assert "2026-02-01" in page
    agree(ana, page)
    assert {item["donatedAt"]["S"][:10] for item in office.items()} == {"2026-01-31", "2026-04-02"}


def test_a_list_without_times_and_groups_is_asked_about_them(office: Office, ana: Helper) -> None:
    page = upload(ana, "Amount,Name\n25,Ada\n30,Bob\n").text
    assert "a-moment" in page
    assert "a-group" in page
    form = ana.fill(page, "import")
    wrong = ana.send("import", form | {"a-moment": "soon", "a-group": "Phone"})
    assert wrong.status_code == 422
    page = ana.send("import", form | {"a-moment": "21.11.2026 19:00", "a-group": "Phone"}).text
    agree(ana, page)
    assert [item["platform"] for item in office.items()] == [{"S": "Phone"}] * 2
    assert {item["donatedAt"]["S"] for item in office.items()} == {"2026-11-21T18:00:00.000Z"}


def test_a_workbook_is_read(office: Office, ana: Helper) -> None:
    book = Workbook()
    sheet: Any = book.active
    for row in (("amount", "platform", "time"), (25, "Web", "2026-11-21 19:00")):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    agree(ana, upload(ana, file.getvalue(), "list.xlsx").text)
    assert len(office.items()) == 1


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"]
)
def test_a_file_that_is_no_list_is_refused_by_its_name(
    office: Office, ana: Helper, data: bytes
) -> None:
    reply = upload(ana, data, "../../etc/<b>list.csv")
    assert reply.status_code == 422
    assert "/tmp" not in reply.text
    assert "&lt;b&gt;list.csv" in reply.text
    assert office.items() == []


def test_no_file_is_asked_for(ana: Helper) -> None:
    form = ana.fill(ana.get("import"), "import") | {"file": ""}
    assert ana.send("import", form).status_code == 422


def test_another_helper_does_not_get_a_file(office: Office, ana: Helper) -> None:
    page = upload(ana, LIST).text
    ben = office.let_in("Ben")
    form = ana.fill(page, "import") | {
        "form_token": ben.fill(ben.get("import"), "import")["form_token"]
    }
    assert ben.send("import", form | {"what": "write"}).status_code == 422
    assert office.items() == []


def test_a_gift_that_was_corrected_meanwhile_is_left_and_named(office: Office, ana: Helper) -> None:
    row = "id,amount,platform,time\na,{},Web,2026-11-21T19:00\n"
    agree(ana, upload(ana, row.format(10)).text)
    desk = office.app.state.desk.boards[office.board.name]
    page = upload(ana, row.format(11)).text
    read = desk.journal.read
    # Somebody corrects the gift after the comparison with the table and before the write.
    office_reads = iter([{"amount": {"N": "12"}}])

    def read_late(key: Any) -> Any:
        item = read(key)
        change = next(office_reads, None)
        return item | change if item and change else item

    object.__setattr__(desk.journal, "read", read_late)
    done = agree(ana, page)
    assert "Somebody else changed these gifts in the meantime" in done.text
    assert office.items()[0]["amount"] == {"N": "10"}


def test_files_are_few_kept_for_a_while_and_named_by_nothing_but_a_name() -> None:
    now = [0.0]
    uploads = Uploads(lambda: now[0])
    first = uploads.add("Ana", "list.csv", b"1")
    assert uploads.find("Ana", first.id) == first
    assert uploads.find("Ben", first.id) is None
    more = [uploads.add("Ana", "list.csv", b"1") for _ in range(10)]
    assert uploads.find("Ana", first.id) is None
    assert not first.path.exists()
    now[0] += 3601
    assert uploads.find("Ana", more[-1].id) is None
    assert not more[-1].path.exists()
    names = ["../../etc/passwd", "C:\\x\\a.csv", "..", "", "\0", ".csv", "💙" * 300 + ".xlsx"]
    assert [clean_name(name) for name in names] == [
        "passwd",
        "a.csv",
        "list.csv",
        "list.csv",
        "list.csv",
        "csv",
        "💙" * 50 + ".xlsx",
    ]


def test_no_folder_is_made_before_there_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    uploads = Uploads()
    assert list(tmp_path.iterdir()) == []
    uploads.add("ana", "gifts.csv", b"x")
    assert len(list(tmp_path.iterdir())) == 1
    del uploads
    assert list(tmp_path.iterdir()) == []
