"""A helper who uses the crew's pages like a browser, with real tables and a real Redis."""

import html
import re
import threading
from collections.abc import Sequence
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from aggregates.board import Board
from aggregates.item import read_key
from crew.app import create_crew, serve_alone
from crew.journal import Written
from crew.settings import CrewSettings
from crew.tables import create_journal
from intake.intake import Intake
from local.dynamodb import create_table

CODE = "abcd-2345"
Item = dict[str, Any]


class Office:
    """The crew's service for some boards. `kept` lists the writes passed to `keep`."""

    def __init__(
        self, dynamodb: Any, redis_url: str, *boards: Board, display_url: str = ""
    ) -> None:
        self.dynamodb, self.boards, self.board = dynamodb, boards, boards[0]
        self.code = CODE
        self.kept: list[Written] = []
        self.keep_error: Exception | None = None
        self.intake: Intake | None = None
        for table in {board.table: board for board in boards}.values():
            create_table(dynamodb, table)
            create_journal(dynamodb, f"{table.table}-journal")
        settings = CrewSettings(
            code=CODE,
            session_key="k" * 40,
            redis_url=redis_url,
            # Nothing listens there by default.
            display_url=display_url or "http://127.0.0.1:9",
        )
        self.app = create_crew(
            settings,
            boards,
            dynamodb,
            keep=self._keep,
            read_code=lambda: self.code,
            refresh_seconds=0.0,
            read_intake=lambda: self.intake,
        )
        self.served = serve_alone(self.app)
        self._lock = threading.Lock()

    def _keep(self, written: Sequence[Written]) -> None:
        if self.keep_error is not None:
            raise self.keep_error
        with self._lock:
            self.kept += written

    def let_in(self, name: str = "Ana") -> "Helper":
        """Sign a helper in, and return the helper."""
        helper = Helper(self)
        reply = helper.client.post("/crew/sign-in", data={"code": self.code, "name": name})
        assert reply.status_code == 303, reply.text
        return helper

    def items(self) -> list[Item]:
        """Return the items of the table."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.board.table)
        return [item for page in pages for item in page["Items"]]

    def put(self, item: Item) -> None:
        """Write an item not through the pages, and notify them of it."""
        self.dynamodb.put_item(TableName=self.board.table, Item=item)
        key = read_key(item, self.board.key)
        self.app.state.desk.note([Written(self.board.table, key, item)])

    def told(self) -> list[tuple[str, str]]:
        """Return who did what, oldest first."""
        desk = next(iter(self.app.state.desk.boards.values()))
        return [(entry.who, entry.what) for entry in desk.journal.read_all()]


class Helper:
    """A browser with a session, or without one."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = TestClient(office.served, follow_redirects=False)

    def get(self, path: str) -> str:
        """Return a page as text."""
        reply = self.client.get(f"/crew/{path}")
        assert reply.status_code == 200, (reply.status_code, reply.text)
        return reply.text

    def fill(self, page: str, address: str) -> dict[str, str]:
        """Return the fields of the first form on a page that posts to an address."""
        pattern = rf'(?s)<form [^>]*action="/crew/{re.escape(address)}[^"]*".*?</form>'
        found = re.search(pattern, page)
        assert found, page
        return read_fields(found[0])

    def send(self, address: str, fields: dict[str, Any], **more: Any) -> Response:
        """Send a form."""
        board = self.office.board.name
        reply: Response = self.client.post(f"/crew/{address}?board={board}", data=fields, **more)
        return reply

    def enter(self, amount: str, group: str = "Phone", **extra: str) -> Response:
        """Enter a gift with a freshly loaded form."""
        form = self.fill(self.get(""), "enter")
        named = {f"x-{name}": text for name, text in extra.items()}
        return self.send("enter", form | {"group": group, "amount": amount, "how": "typed"} | named)

    def open(self, key: str, form: str = "gift") -> dict[str, str]:
        """Return a form from a gift's page."""
        return self.fill(self.get(f"gift?board={self.office.board.name}&key={key}"), form)


def read_fields(form: str) -> dict[str, str]:
    """Return a form's inputs by name, as a browser would send them."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_choice = found.get("type") in ("radio", "checkbox")
        if "name" in found and (not is_choice or " checked" in tag):
            fields[html.unescape(found["name"])] = html.unescape(found.get("value", ""))
    return fields
