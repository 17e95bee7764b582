"""The page to enter a gift: two taps for a usual amount; a double tap or a reload is one gift."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.desk import TABLE_ERRORS, BoardDesk, Desk, find_key, helper_of, in_thread
from crew.forms import Draft, FormError
from crew.gifts import Gift
from crew.journal import ChangedMeanwhile, NotKept
from crew.pages import Pages
from crew.usual import find_usual_amounts, is_far_above

_GROUP_BUTTONS = 12
# The session is a cookie, and a cookie is small.
_MAX_REMEMBERED_CHARACTERS = 60
_LATEST = 8
_UNCERTAIN = (
    "It is not certain that this was entered: {}. Send the form again: however often you send it,"
    " it is one gift."
)


def entering_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes to enter a gift."""

    async def show(request: Request) -> Response:
        return await show_form(request, Draft(group=request.session.get("group", "")))

    async def show_form(
        request: Request, draft: Draft, problem: str = "", status: int = 200, entry: str = ""
    ) -> Response:
        board_desk = desk.choose(request)
        entered = request.session.get("entered", [])
        values = await in_thread(_read_form, board_desk, draft, entered)
        return pages.show(
            request,
            "enter.html",
            board_desk.board,
            status,
            entry=entry or board_desk.forms.make_entry(),
            problem=problem,
            **values,
        )

    async def enter(request: Request) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.forms
        form = await request.form()
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        entry = texts.get("entry", "")
        draft = Draft()
        try:
            draft = forms.read_draft(texts)
            if texts.get("how") == "back":
                return await show_form(request, draft)
            item = forms.read_entry(texts, draft)
        except FormError as error:
            return await show_form(request, draft, str(error), 422, entry)
        row = board_desk.gifts.read(item)
        gift = board_desk.gifts.show(row)
        largest = board_desk.index.find_largest()
        if is_far_above(board_desk.gifts, row, largest) and texts.get("sure") != gift.amount:
            return _ask_once_more(request, pages, board_desk, texts, gift, largest)
        try:
            was_new = await in_thread(
                board_desk.journal.enter,
                item,
                helper_of(request).name,
                made_at=board_desk.board.time,
            )
        except ChangedMeanwhile:
            problem = "This form was already used for another gift. Enter this one again."
            return await show_form(request, draft, problem, 409)
        except NotKept as error:
            return await show_form(request, draft, _UNCERTAIN.format(error), 503, entry)
        except TABLE_ERRORS as error:
            reason = f"the database does not answer or reports an error ({type(error).__name__})"
            return await show_form(request, draft, _UNCERTAIN.format(reason), 503, entry)
        _remember(request, find_key(item, board_desk.board), draft.group)
        what = f"{gift.amount} for {gift.group}" if gift.amount else f"1 for {gift.group}"
        said = f"{what} entered." if was_new else f"{what} was already entered: it counts once."
        return pages.go_to(request, f"?board={board_desk.board.name}", said)

    require = desk.access.require
    return [
        Route("/", require(show), methods=["GET"]),
        # A reload of the page that answers a POST without a redirect.
        Route("/enter", require(show), methods=["GET"]),
        Route("/enter", require(enter), methods=["POST"]),
    ]


def _read_form(board_desk: BoardDesk, draft: Draft, entered: list[str]) -> dict[str, Any]:
    """Return the values for the form's template."""
    board, gifts = board_desk.board, board_desk.gifts
    known = list(board.known_groups)
    groups = known or sorted(board_desk.index.list_groups(_GROUP_BUTTONS), key=str.casefold)
    return {
        "no_entry": board_desk.forms.no_entry,
        "draft": draft,
        "extra": gifts.extra,
        "groups": groups,
        "takes_others": not known or board.groups.others is not None,
        "unit": gifts.measure.unit.name if gifts.measure else "",
        "has_amount": gifts.measure is not None,
        "usual": find_usual_amounts(gifts, board_desk.index) if gifts.measure else [],
        "latest": _read_latest(board_desk, entered),
    }


def _ask_once_more(
    request: Request,
    pages: Pages,
    board_desk: BoardDesk,
    texts: Mapping[str, str],
    gift: Gift,
    largest: int,
) -> Response:
    fields = [(name, value) for name, value in texts.items() if name not in ("form_token", "sure")]
    # This page has a button of its own: keep the amount of the button pressed before.
    told = {"amount": texts["how"]} if texts.get("how", "typed") != "typed" else {}
    fields = [(name, told.get(name, value)) for name, value in fields if name != "how"]
    why = f"The largest gift so far is {board_desk.gifts.describe(largest)}."
    return pages.show(
        request,
        "confirm.html",
        board_desk.board,
        amount=gift.amount,
        group=gift.group,
        why=why if largest else "It would be by far the largest gift.",
        fields=fields,
    )


def _remember(request: Request, key: str, group: str) -> None:
    """Note the gift's key and its group in the helper's session."""
    before = [one for one in request.session.get("entered", []) if one != key]
    request.session["entered"] = [key, *before][:_LATEST]
    request.session["group"] = group if len(group) <= _MAX_REMEMBERED_CHARACTERS else ""


def _read_latest(board_desk: BoardDesk, keys: list[str]) -> list[Gift]:
    """Return a helper's last entries, including those taken back since."""
    gifts = []
    for key in keys:
        row = board_desk.index.find(key)
        if row is not None:
            gifts.append(board_desk.gifts.show(row))
            continue
        history = board_desk.journal.read_history(key)
        if history and history[-1].before:
            last = board_desk.gifts.read(history[-1].before)
            gifts.append(board_desk.gifts.show(last, is_gone=True))
    return gifts
