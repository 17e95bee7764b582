"""The page to approve names and comments before they are shown, and to hide them again."""

import heapq
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregates.shown import find_banned_word
from crew.access import Refused
from crew.desk import BoardDesk, Desk, helper_of, in_thread
from crew.gifts import Gift, Image, Row
from crew.journal import ChangedMeanwhile
from crew.pages import Pages

_MAX_LISTED = 100


class Text(NamedTuple):
    """A gift's texts, the banned word in them ("" for none), and `seen` for the form."""

    gift: Gift
    banned: str
    seen: str


class TextList(NamedTuple):
    """A list of gifts under a heading."""

    title: str
    texts: list[Text]
    total: int
    what: str
    button: str


def approving_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes of the page that approves names and comments."""

    async def show(request: Request) -> Response:
        board_desk = desk.choose(request)
        lists = await in_thread(_list_texts, board_desk)
        return pages.show(
            request,
            "approve.html",
            board_desk.board,
            has_ticker=bool(board_desk.gifts.extra),
            asks=_find_attribute(board_desk) is not None,
            lists=lists,
        )

    async def change(request: Request) -> Response:
        board_desk = desk.choose(request)
        form = await request.form()
        seen = board_desk.forms.decode_seen(str(form.get("seen", "")))
        attribute, what = _find_attribute(board_desk), form.get("what")
        if attribute is None or what not in ("show", "hide"):
            raise Refused(422, "This form is from an older page. Load the page again.")
        is_shown = what == "show"
        if is_shown and _find_banned(board_desk, board_desk.gifts.read(seen)):
            raise Refused(422, "This has a word that is never shown. Correct the gift first.")
        try:
            await in_thread(
                board_desk.journal.correct,
                seen,
                {attribute: {"BOOL": is_shown}},
                helper_of(request).name,
                "shown" if is_shown else "hidden",
                _list_read(board_desk, seen),
            )
        except ChangedMeanwhile as error:
            raise Refused(
                409, "Somebody else changed this gift in the meantime. Go back and check it."
            ) from error
        said = "It may be shown." if is_shown else "It is hidden."
        return pages.go_to(request, f"approve?board={board_desk.board.name}", said)

    require = desk.access.require
    return [
        Route("/approve", require(show), methods=["GET"]),
        Route("/approve", require(change), methods=["POST"]),
    ]


def _find_attribute(board_desk: BoardDesk) -> str | None:
    ticker = board_desk.board.ticker
    return ticker.show_if if ticker else None


def _list_read(board_desk: BoardDesk, seen: Image) -> list[str]:
    """Return the attributes with the texts to approve; they must equal what the helper saw."""
    names = [field.attribute for field in board_desk.gifts.extra]
    return [name if name in seen else name.partition(".")[0] for name in names]


def _find_banned(board_desk: BoardDesk, row: Row) -> str:
    ticker = board_desk.board.ticker
    never = ticker.never if ticker else ()
    return next(filter(None, (find_banned_word(text, never) for text in row.texts)), "")


def _list_texts(board_desk: BoardDesk) -> list[TextList]:
    """Return the gifts with texts in three lists: waiting, shown, hidden."""
    rows = [row for row in board_desk.index.rows() if row.texts]
    if _find_attribute(board_desk) is None:
        return [_make_list(board_desk, "Shown", rows, "", "")]
    waiting = [row for row in rows if row.approved is None]
    shown = [row for row in rows if row.approved]
    hidden = [row for row in rows if row.approved is False]
    return [
        _make_list(board_desk, "Waiting", waiting, "show", "Show"),
        _make_list(board_desk, "Shown", shown, "hide", "Hide"),
        _make_list(board_desk, "Hidden", hidden, "show", "Show"),
    ]


def _make_list(
    board_desk: BoardDesk, title: str, rows: list[Row], what: str, button: str
) -> TextList:
    newest: list[Any] = heapq.nlargest(_MAX_LISTED, rows, key=lambda row: row.order)
    names = [name for name in (_find_attribute(board_desk),) if name is not None]
    texts = [
        Text(
            board_desk.gifts.show(row),
            _find_banned(board_desk, row),
            board_desk.gifts.encode_seen(row.item, *names),
        )
        for row in newest
    ]
    return TextList(title, texts, len(rows), what, button)
