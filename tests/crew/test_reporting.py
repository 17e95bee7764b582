"""The page shows the current state, and the exports contain every gift."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from openpyxl import load_workbook

from aggregates.board import Condition
from tests.crew.conftest import OpenOffice
from tests.crew.office import Helper, Office
from tests.stream_events import donation


class FakeDisplay:
    """A display's API whose answers the test sets."""

    def __init__(self) -> None:
        display = self
        self.snapshot: dict[str, Any] = {}
        self.screens: dict[str, Any] | None = None

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

            def do_GET(self) -> None:
                is_screens = self.path.endswith("/screens")
                body = {"screens": display.screens} if is_screens else display.snapshot
                text = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, state: str, reason: str = "", count: int = 0, amount: int = 0) -> None:
        now = datetime.now(UTC)
        self.snapshot = {
            "status": {"state": state, "reason": reason},
            "totals": {"ALL": {"count": count, "amount": amount}},
            "at": now.isoformat(),
            "verified_at": (now - timedelta(minutes=3)).isoformat(),
        }


@pytest.fixture
def display() -> Iterator[FakeDisplay]:
    fake = FakeDisplay()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def test_the_state_says_whether_it_is_live_and_how_old(
    open_office: OpenOffice, display: FakeDisplay
) -> None:
    ana = open_office(display.url).let_in()
    display.say("live")
    display.screens = {"wall": 2, "phone": 1, "overlay": 0}
    page = ana.get("state")
    assert "Live: the figures are up to date." in page
    assert "3 min ago" in page
    assert "1 phone, 2 wall" in page
    display.say("checking", "Redis lost a part of the board.")
    display.screens = None
    page = ana.get("state")
    assert "Redis lost a part of the board." in page
    assert "not known" in page


def test_a_display_that_does_not_answer_is_reported(ana: Helper) -> None:
    page = ana.get("state")
    assert "Offline: no figures are shown." in page
    assert "The display does not answer. Check that it is running." in page


def test_what_is_not_counted_is_listed_with_the_way_to_fix_it(
    open_office: OpenOffice,
) -> None:
    office = open_office(where=(Condition("email", ("donor@example.org",)),))
    office.put(donation("d-1"))
    office.put(donation("d-2") | {"amount": {"S": "ten"}})
    office.put(donation("d-3") | {"email": {"S": "other"}})
    page = office.let_in().get("state")
    assert "Not counted <small>1</small>" in page
    assert "amount is text &#34;ten&#34;; a number is needed" in page
    assert "Open the gift and correct “Amount”. Then it counts." in page
    assert f"gift?board={office.board.name}&amp;key=d-2" in page
    assert "Left out by the board&#39;s rules</dt><dd><bdi>1</bdi>" in page


def test_a_group_that_is_silent_for_unusually_long_is_marked(office: Office, ana: Helper) -> None:
    now = datetime.now(UTC)
    for number in range(8):
        busy = now - timedelta(minutes=number)
        silent = now - timedelta(minutes=30 + number)
        rare = now - timedelta(minutes=30 * number + 25)
        for group, at in (("Busy", busy), ("Silent", silent), ("Rare", rare)):
            office.put(donation(f"{group}-{number}", group, donated_at=at.isoformat()))
    page = ana.get("state")
    assert page.count("silent for") == 1
    assert "silent for" in page.partition("<bdi>Silent</bdi>")[2].partition("</tr>")[0]


def read_csv(office: Office, ana: Helper) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ana.get("export.csv"))))


def test_every_gift_is_exported_with_all_it_has(office: Office, ana: Helper) -> None:
    office.put(donation("d-2", amount="12.5", donated_at="2026-11-21T21:00:00Z"))
    office.put(donation("d-1", amount=25) | {"receipt": {"M": {"no": {"N": "7"}}}})
    office.put(donation("d-3") | {"amount": {"S": "ten"}})
    rows = read_csv(office, ana)
    assert [row["donationId"] for row in rows] == ["d-3", "d-1", "d-2"]
    assert list(rows[0])[:4] == ["donationId", "donatedAt", "platform", "amount"]
    assert rows[1]["receipt"] == '{"no": {"N": "7"}}'
    assert rows[1]["email"] == "donor@example.org"
    assert [row["counted"] for row in rows] == ["no", "yes", "yes"]
    assert rows[0]["why not"] == 'amount is text "ten"; a number is needed'


@pytest.mark.parametrize("name", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1"])
def test_a_name_that_is_a_formula_to_a_spreadsheet_is_defused(
    office: Office, ana: Helper, name: str
) -> None:
    office.put(donation("d-1", amount=-25) | {"name": {"S": name}, "=head()": {"S": "x"}})
    [row] = read_csv(office, ana)
    assert row["name"] == f"'{name}"
    assert row["'=head()"] == "x"
    assert row["amount"] == "-25"
    book = load_workbook(io.BytesIO(ana.client.get("/crew/export.xlsx").content))
    cells = [cell for line in book["Gifts"] for cell in line]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert name in [cell.value for cell in cells]


def test_in_the_workbook_numbers_are_numbers_and_times_are_times(
    office: Office, ana: Helper
) -> None:
    ana.enter("1250.50", name="Ada\x0b")
    office.put(donation("d-1", amount="12.5", donated_at="2026-07-01T10:00:00Z"))
    book = load_workbook(io.BytesIO(ana.client.get("/crew/export.xlsx").content))
    gifts: Any = book["Gifts"]
    header, first, second = ([cell.value for cell in line] for line in gifts)
    old, new = dict(zip(header, first, strict=True)), dict(zip(header, second, strict=True))
    assert Decimal(str(old["amount"])) == Decimal("12.5")
    # In the board's time zone.
    assert old["donatedAt"] == datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001
    assert Decimal(str(new["amount"])) == Decimal("1250.5")
    log: Any = book["What the crew did"]
    assert [cell.value for cell in list(log)[1]][1:3] == ["Ana", "entered"]


def test_an_export_has_what_came_by_another_way_a_moment_ago(office: Office, ana: Helper) -> None:
    ana.get("")
    item = donation("d-9", amount=9)
    office.dynamodb.put_item(TableName=office.board.table, Item=item)
    assert [row["donationId"] for row in read_csv(office, ana)] == ["d-9"]


def test_the_sheet_has_totals_refunds_and_corrections_to_sign(
    open_office: OpenOffice, display: FakeDisplay
) -> None:
    office = open_office(display.url)
    ana = office.let_in()
    ana.enter("100", "Phone")
    ana.enter("50", "Web")
    office.put(donation("r-1", "Web", amount=-20))
    ana.send("take-back", ana.fill(ana.get(""), "take-back"))
    form = ana.open(f"{office.items()[0]['donationId']['S']}")
    ana.send("gift", form | {"f-comment": "by cheque"})
    display.say("live", count=2, amount=8000)
    page = ana.get("sheet")
    assert "The display shows the same total. Its last audit" in page
    assert "<td>80.00</td>" in page
    assert "Refunds (below 0)</dt><dd>1</dd>" in page
    assert "Taken back by the crew</dt><dd>1</dd>" in page
    assert "Corrections by the crew</dt><dd>1</dd>" in page
    assert "Comment: (nothing) → by cheque" in page
    assert "Signature" in page
    display.say("live", count=2, amount=8001)
    assert "The display shows another total right now" in ana.get("sheet")
