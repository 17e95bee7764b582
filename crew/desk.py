"""What the crew's pages share: the boards with gifts and journals, the screens, the display."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from aggregates.board import Board
from aggregates.item import read_key
from crew.access import Access, Helper, Refused
from crew.control import Screens
from crew.display import Display
from crew.forms import Forms
from crew.gifts import Gifts, Image, Row
from crew.index import Index, ReadItems, table_reader
from crew.journal import Entry, Journal, Written
from intake.intake import Intake

Keep = Callable[[Sequence[Written]], None]

# What boto3 raises where DynamoDB does not answer or reports an error.
TABLE_ERRORS = (ClientError, BotoCoreError)
# A DynamoDB key attribute has at most 2,048 bytes; two of them make a JSON array.
_MAX_KEY_CHARACTERS = 5000


@dataclass(frozen=True)
class BoardDesk:
    """One board's gifts."""

    gifts: Gifts
    forms: Forms
    journal: Journal
    index: Index

    @property
    def board(self) -> Board:
        """The board."""
        return self.gifts.board

    def read_gift(self, key: str) -> tuple[Row | None, list[Entry]]:
        """Return a gift as it is in the table now (None: not there), and its history.

        For a gift that is neither in the table nor in the journal, return (None, []).
        """
        if not key or len(key) > _MAX_KEY_CHARACTERS:
            return None, []
        history = self.journal.read_history(key)
        image = self._find_image(key, history)
        item = self.journal.read(image) if image is not None else None
        return (self.gifts.read(item) if item is not None else None), history

    def _find_image(self, key: str, history: Sequence[Entry]) -> Image | None:
        """Return an image of the item, for its key attributes' types; None if none is known."""
        row = self.index.find(key)
        if row is None and not history:
            self.index.rows()
            row = self.index.find(key)
        if row is not None:
            return row.item
        return history[-1].after or history[-1].before if history else None


@dataclass(frozen=True)
class Desk:
    """Everything that the pages need. `root` is the path under which the service is mounted."""

    boards: Mapping[str, BoardDesk]
    access: Access
    screens: Screens
    display: Display
    root: str = ""
    read_notice: Callable[[], str] = lambda: ""
    read_intake: Callable[[], Intake | None] = lambda: None

    def choose(self, request: Request) -> BoardDesk:
        """Return the board named in a request, or the first; raise `Refused` if it is unknown."""
        name = request.query_params.get("board")
        if name is None:
            return next(iter(self.boards.values()))
        if name not in self.boards:
            raise Refused(404, f"There is no board named “{name[:80]}”.")
        return self.boards[name]

    def note(self, written: Sequence[Written]) -> None:
        """Update the indexes with changes that others have written; ignore other tables."""
        for table, key, image in written:
            for desk in self.boards.values():
                if desk.board.table == table:
                    desk.index.note(key, image)


def make_desk(
    boards: Sequence[Board],
    dynamodb: Any,
    access: Access,
    screens: Screens,
    display: Display,
    *,
    journal_suffix: str,
    keep: Keep,
    read_items: ReadItems | None = None,
    root: str = "",
    refresh_seconds: float,
    read_notice: Callable[[], str],
    read_intake: Callable[[], Intake | None],
) -> Desk:
    """Return the desk for the boards; a table's journal is named table + `journal_suffix`."""
    desks: dict[str, BoardDesk] = {}
    desk = Desk(desks, access, screens, display, root, read_notice, read_intake)

    def keep_and_note(written: Sequence[Written]) -> None:
        keep(written)
        desk.note(written)

    for board in boards:
        gifts = Gifts(board)
        journal = Journal(
            dynamodb, board.table, board.table + journal_suffix, board.key, keep_and_note
        )
        index = Index(read_items or table_reader(dynamodb), gifts, refresh_seconds)
        desks[board.name] = BoardDesk(gifts, Forms(gifts), journal, index)
    return desk


def find_key(item: Image, board: Board) -> str:
    """Return the text that identifies an item of a board's table."""
    return read_key(item, board.key)


def helper_of(request: Request) -> Helper:
    """Return the helper of a request; call it only behind `Access.require`."""
    helper: Helper = request.state.helper
    return helper


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run a function that blocks on DynamoDB or Redis in a thread; return its result."""
    return await run_in_threadpool(function, *arguments, **named)
