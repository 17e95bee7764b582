"""Find, correct, take back, bring back a gift; what was before stays in the journal."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.access import Refused
from crew.desk import BoardDesk, Desk, helper_of, in_thread
from crew.gifts import FormError, Gift, GiftForms
from crew.journal import ChangedMeanwhile, Entry
from crew.pages import Pages

_MAX_FOUND = 50


def finding_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes that find gifts and change them."""

    async def find(request: Request) -> Response:
        board_desk = desk.choose(request)
        q = request.query_params.get("q", "")[:200].strip()
        gifts, total = await in_thread(_find, board_desk, q)
        text = f"{total:,} found" if q else f"The latest of {total:,}"
        if total > len(gifts):
            text += f"; the first {len(gifts)} are shown"
        return pages.show(request, "find.html", board_desk.board, q=q, gifts=gifts, found_text=text)

    async def show(request: Request) -> Response:
        return await show_gift(request, request.query_params.get("key", ""))

    async def show_gift(
        request: Request, key: str, conflict: str = "", problem: str = "", status: int = 200
    ) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        item, history = await in_thread(_read_gift, board_desk, key)
        if item is None and not history:
            raise Refused(404, "There is no such gift.")
        last = item or history[-1].before or {}
        return pages.show(
            request,
            "gift.html",
            board_desk.board,
            status,
            gift=forms.show(last, is_gone=item is None),
            fields=forms.fields(last),
            history=[describe_entry(forms, entry) for entry in reversed(history)],
            conflict=conflict,
            problem=problem,
        )

    async def correct(request: Request) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        form = await request.form()
        seen = forms.decode_seen(str(form.get("seen", "")))
        key = forms.show(seen).key
        try:
            changes = forms.read_correction(seen, form)
            if not changes:
                return pages.go_to(request, _place(board_desk, key), "Nothing was changed.")
            await in_thread(board_desk.journal.correct, seen, changes, helper_of(request).name)
        except FormError as error:
            return await show_gift(request, key, problem=str(error), status=422)
        except ChangedMeanwhile:
            return await show_gift(request, key, conflict=_CONFLICT, status=409)
        return pages.go_to(request, _place(board_desk, key), "Corrected.")

    async def take_back(request: Request) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        form = await request.form()
        seen = forms.decode_seen(str(form.get("seen", "")))
        gift = forms.show(seen)
        try:
            await in_thread(board_desk.journal.take_back, seen, helper_of(request).name)
        except ChangedMeanwhile as error:
            if error.now is not None:
                return await show_gift(request, gift.key, conflict=_CONFLICT, status=409)
        return pages.go_to(request, f"?board={board_desk.board.name}", f"{gift.amount} taken back.")

    async def bring_back(request: Request) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        form = await request.form()
        key = str(form.get("key", ""))
        item, history = await in_thread(_read_gift, board_desk, key)
        before = history[-1].before if history else None
        if item is None and before is not None:
            try:
                await in_thread(board_desk.journal.bring_back, before, helper_of(request).name)
            except ChangedMeanwhile:
                return await show_gift(request, key, conflict=_CONFLICT, status=409)
        said = f"{forms.show(before).amount} is back." if before else ""
        return pages.go_to(request, _place(board_desk, key), said)

    require = desk.access.require
    return [
        Route("/find", require(find), methods=["GET"]),
        Route("/gift", require(show), methods=["GET"]),
        Route("/gift", require(correct), methods=["POST"]),
        Route("/take-back", require(take_back), methods=["POST"]),
        Route("/bring-back", require(bring_back), methods=["POST"]),
    ]


_CONFLICT = (
    "Somebody else has changed this gift meanwhile. This is how it is now: look, and enter your"
    " change again if it is still needed."
)


def _place(board_desk: BoardDesk, key: str) -> str:
    return f"gift?board={board_desk.board.name}&key={quote(key)}"


def _read_gift(board_desk: BoardDesk, key: str) -> tuple[Any, list[Entry]]:
    if not key or len(key) > 2000:
        return None, []
    item = board_desk.journal.read({board_desk.board.key[0]: {"S": key}})
    return item, board_desk.journal.read_history(key)


def _find(board_desk: BoardDesk, q: str) -> tuple[list[Gift], int]:
    """Return the newest gifts that have all words of `q` somewhere, and how many there are."""
    forms = board_desk.require_forms()
    words = q.casefold().split()
    gifts = (forms.show(item) for item in board_desk.index.items().values())
    found = [gift for gift in gifts if _matches(gift, words)]
    found.sort(key=lambda gift: (gift.time, gift.key), reverse=True)
    return found[:_MAX_FOUND], len(found)


def _matches(gift: Gift, words: Iterable[str]) -> bool:
    texts = [gift.key, gift.group, gift.time, gift.amount, *gift.texts]
    plain = gift.amount.replace(",", "")
    haystack = "\n".join([*texts, plain]).casefold()
    return all(word in haystack for word in words)


def describe_entry(forms: GiftForms, entry: Entry) -> dict[str, Any]:
    """Return what was done for a person: attribute by attribute, from what to what."""
    before, after = entry.before or {}, entry.after or {}
    changes = []
    if entry.before is not None and entry.after is not None:
        for field in forms.fields(after):
            was = next(f.value for f in forms.fields(before) if f.attribute == field.attribute)
            if was != field.value:
                changes.append(
                    f"{field.label}: {was or '(nothing)'} → {field.value or '(nothing)'}"
                )
    else:
        gift = forms.show(after or before)
        changes.append(" · ".join(filter(None, (gift.amount, gift.group, *gift.texts))))
    return {
        "at": f"{entry.at:%Y-%m-%d %H:%M:%S} UTC",
        "who": entry.who,
        "what": entry.what,
        "changes": changes,
    }
