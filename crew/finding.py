"""The pages to find, correct, take back and bring back a gift; the journal keeps every state."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.access import Refused
from crew.desk import BoardDesk, Desk, find_key, helper_of, in_thread
from crew.forms import FormError
from crew.gifts import Gift, Gifts, Image
from crew.journal import ChangedMeanwhile, Entry
from crew.pages import Pages
from crew.plain_text import clean_text

_MAX_FOUND = 50
_MAX_SEARCH_CHARACTERS = 200
_CONFLICT = (
    "Somebody else changed this gift in the meantime. This is how it is now. Enter your change"
    " again if it is still needed."
)


def finding_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes that find gifts and change them."""

    async def find(request: Request) -> Response:
        board_desk = desk.choose(request)
        q = clean_text(request.query_params.get("q", "")[:_MAX_SEARCH_CHARACTERS])
        gifts, total = await in_thread(_find, board_desk, q)
        text = f"{total:,} found" if q else f"The latest of {total:,}"
        if total > len(gifts):
            text += f"; the newest {len(gifts)} are shown"
        return pages.show(request, "find.html", board_desk.board, q=q, gifts=gifts, found_text=text)

    async def show(request: Request) -> Response:
        return await show_gift(request, request.query_params.get("key", ""))

    async def show_gift(
        request: Request, key: str, problem: str = "", status: int = 200, form: Any = None
    ) -> Response:
        board_desk = desk.choose(request)
        row, history = await in_thread(board_desk.read_gift, key)
        if row is None and not history:
            raise Refused(404, "There is no such gift.")
        last = row or board_desk.gifts.read(history[-1].before or {})
        fields = board_desk.gifts.fields(last.item)
        if form is not None:
            fields = [f._replace(value=str(form.get(f"f-{f.attribute}", f.value))) for f in fields]
        return pages.show(
            request,
            "gift.html",
            board_desk.board,
            status,
            gift=board_desk.gifts.show(last, is_gone=row is None),
            fields=fields,
            history=[describe_entry(board_desk.gifts, entry) for entry in reversed(history)],
            problem=problem,
        )

    async def correct(request: Request) -> Response:
        board_desk = desk.choose(request)
        form = await request.form()
        seen = board_desk.forms.decode_seen(str(form.get("seen", "")))
        key = find_key(seen, board_desk.board)
        try:
            changed = await in_thread(_correct, board_desk, seen, form, helper_of(request).name)
        except FormError as error:
            return await show_gift(request, key, str(error), 422, form)
        except ChangedMeanwhile:
            return await show_gift(request, key, _CONFLICT, 409)
        said = "Corrected." if changed else "Nothing changed."
        return pages.go_to(request, _place(board_desk, key), said)

    async def take_back(request: Request) -> Response:
        board_desk = desk.choose(request)
        form = await request.form()
        seen = board_desk.forms.decode_seen(str(form.get("seen", "")))
        gift = board_desk.gifts.show(board_desk.gifts.read(seen))
        try:
            await in_thread(board_desk.journal.take_back, seen, helper_of(request).name)
        except ChangedMeanwhile as error:
            if error.now is not None:
                return await show_gift(request, gift.key, _CONFLICT, 409)
        said = f"{gift.amount} for {gift.group} was taken back."
        if form.get("then") == "enter":
            return pages.go_to(request, f"?board={board_desk.board.name}", said)
        return pages.go_to(request, _place(board_desk, gift.key), said)

    async def bring_back(request: Request) -> Response:
        board_desk = desk.choose(request)
        form = await request.form()
        key = str(form.get("key", ""))
        row, history = await in_thread(board_desk.read_gift, key)
        before = history[-1].before if history else None
        if row is None and before is not None:
            try:
                await in_thread(board_desk.journal.bring_back, before, helper_of(request).name)
            except ChangedMeanwhile:
                return await show_gift(request, key, _CONFLICT, 409)
        elif row is None:
            raise Refused(404, "There is no such gift.")
        return pages.go_to(request, _place(board_desk, key), "The gift is back.")

    require = desk.access.require
    return [
        Route("/find", require(find), methods=["GET"]),
        Route("/gift", require(show), methods=["GET"]),
        Route("/gift", require(correct), methods=["POST"]),
        Route("/take-back", require(take_back), methods=["POST"]),
        Route("/bring-back", require(bring_back), methods=["POST"]),
    ]


def _correct(board_desk: BoardDesk, seen: Image, form: Any, who: str) -> bool:
    """Apply a form's changes; return whether anything changed."""
    now = board_desk.journal.read(seen)
    if now is None:
        raise ChangedMeanwhile(None)
    changes = board_desk.forms.read_correction(seen, now, form)
    if changes:
        board_desk.journal.correct(seen, changes, who)
    return bool(changes)


def _place(board_desk: BoardDesk, key: str) -> str:
    return f"gift?board={board_desk.board.name}&key={quote(key, safe='')}"


def _find(board_desk: BoardDesk, q: str) -> tuple[list[Gift], int]:
    rows, total = board_desk.index.find_latest(_MAX_FOUND, q.casefold().split())
    return [board_desk.gifts.show(row) for row in rows], total


def describe_entry(gifts: Gifts, entry: Entry) -> dict[str, Any]:
    """Return an entry of the journal for a page: when, who, what, and each changed attribute."""
    changes = []
    if entry.before is not None and entry.after is not None:
        was = {field.attribute: field.value for field in gifts.fields(entry.before)}
        for field in gifts.fields(entry.after):
            if was[field.attribute] != field.value:
                before, after = was[field.attribute] or "(nothing)", field.value or "(nothing)"
                changes.append(f"{field.label}: {before} → {after}")
    else:
        gift = gifts.show(gifts.read(entry.after or entry.before or {}))
        changes.append(" · ".join(filter(None, (gift.amount, gift.group, *gift.texts))))
    return {
        "at": f"{entry.at.astimezone(gifts.zone):%Y-%m-%d %H:%M:%S}",
        "who": entry.who,
        "what": entry.what,
        "key": entry.key,
        "changes": changes,
    }
