"""Names and comments, approved before they are shown, or hidden again."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregates.board import Ticker
from aggregates.shown import find_banned_word
from crew.access import Refused
from crew.desk import BoardDesk, Desk, helper_of, in_thread
from crew.gifts import GiftForms
from crew.journal import ChangedMeanwhile
from crew.pages import Pages

_MAX_LISTED = 100


def approving_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes of the page that approves names and comments."""

    async def show(request: Request) -> Response:
        board_desk = desk.choose(request)
        waiting, shown = await in_thread(_list_texts, board_desk)
        asks = _find_attribute(board_desk) is not None
        lists = [("Shown", shown, "hide", "Hide")]
        if asks:
            lists.insert(0, ("Waiting", waiting, "show", "Show"))
        return pages.show(request, "approve.html", board_desk.board, asks=asks, lists=lists)

    async def change(request: Request) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        form = await request.form()
        seen = forms.decode_seen(str(form.get("seen", "")))
        attribute = _find_attribute(board_desk) or "approved"
        show = form.get("what") == "show"
        ticker = board_desk.board.ticker
        if show and ticker and any(_find_banned(ticker, text) for text in forms.show(seen).texts):
            raise Refused(422, "This has a word that is never shown. Correct the gift first.")
        try:
            await in_thread(
                board_desk.journal.correct,
                seen,
                {attribute: {"BOOL": show}},
                helper_of(request).name,
                "shown" if show else "hidden",
            )
        except ChangedMeanwhile as error:
            raise Refused(
                409, "Somebody else has changed this gift meanwhile. Go back and look again."
            ) from error
        said = "It is shown." if show else "It is hidden."
        return pages.go_to(request, f"approve?board={board_desk.board.name}", said)

    require = desk.access.require
    return [
        Route("/approve", require(show), methods=["GET"]),
        Route("/approve", require(change), methods=["POST"]),
    ]


def _find_attribute(board_desk: BoardDesk) -> str | None:
    ticker = board_desk.board.ticker
    return ticker.show_if if ticker else None


def _find_banned(ticker: Ticker, text: str) -> str:
    return find_banned_word(text, ticker.never)


def _list_texts(board_desk: BoardDesk) -> tuple[list[Any], list[Any]]:
    """Return the gifts with texts that wait, and those whose texts are shown, newest first."""
    forms, ticker = board_desk.require_forms(), board_desk.board.ticker
    if ticker is None:
        return [], []
    waiting, shown = [], []
    for item in board_desk.index.items().values():
        gift = forms.show(item)
        if not gift.texts:
            continue
        banned = next(filter(None, (_find_banned(ticker, text) for text in gift.texts)), "")
        row = gift._asdict() | {"banned": banned, "seen": _encode(forms, item, ticker)}
        approved = item.get(ticker.show_if or "approved", {}).get("BOOL")
        if ticker.show_if is None:
            if approved is not False:
                shown.append(row)
        elif approved is None:
            waiting.append(row)
        elif approved:
            shown.append(row)
    for rows in (waiting, shown):
        rows.sort(key=lambda row: (row["time"], row["key"]), reverse=True)
    return waiting[:_MAX_LISTED], shown[:_MAX_LISTED]


def _encode(forms: GiftForms, item: dict[str, Any], ticker: Ticker) -> str:
    """Return what the helper sees, with whether it is shown now: two helpers may disagree."""
    name = ticker.show_if or "approved"
    return forms.encode_seen(item, name)
