"""What the crew's pages work on: boards with their gifts and journals, the screens, the display."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from aggregates.board import Board
from crew.access import Access, Helper, Refused
from crew.control import Screens
from crew.display import Display
from crew.gifts import FormError, GiftForms
from crew.index import Index
from crew.journal import Journal, Written

Keep = Callable[[Sequence[Written]], None]


@dataclass(frozen=True)
class BoardDesk:
    """One board's gifts. `forms` is None where gifts cannot be entered, and `no_forms` says why."""

    board: Board
    journal: Journal
    index: Index
    forms: GiftForms | None
    no_forms: str = ""

    def require_forms(self) -> GiftForms:
        """Return the forms; raise `Refused` where there are none."""
        if self.forms is None:
            raise Refused(422, self.no_forms)
        return self.forms


@dataclass(frozen=True)
class Desk:
    """Everything that the pages need. `root` is the path that the service lies under."""

    boards: Mapping[str, BoardDesk]
    access: Access
    screens: Screens
    display: Display
    root: str = ""

    def choose(self, request: Request) -> BoardDesk:
        """Return the board that a request names, else the first; raise `Refused`."""
        name = request.query_params.get("board")
        if name is None:
            return next(iter(self.boards.values()))
        if name not in self.boards:
            raise Refused(404, f"There is no board {name[:80]!r}.")
        return self.boards[name]


def make_board_desk(board: Board, dynamodb: Any, suffix: str, keep: Keep) -> BoardDesk:
    """Return the desk of a board; `suffix` and the table's name make its journal's."""
    index = Index(dynamodb, board.table, board.key)

    def keep_and_note(written: Sequence[Written]) -> None:
        keep(written)
        for table, key, image in written:
            if table == board.table:
                index.note(key, image)

    journal = Journal(dynamodb, board.table, board.table + suffix, board.key, keep_and_note)
    try:
        return BoardDesk(board, journal, index, GiftForms(board))
    except FormError as error:
        return BoardDesk(board, journal, index, None, str(error))


def helper_of(request: Request) -> Helper:
    """Return who asks; only behind `Access.require`."""
    helper: Helper = request.state.helper
    return helper


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run what waits for DynamoDB or Redis in a thread."""
    return await run_in_threadpool(function, *arguments, **named)
