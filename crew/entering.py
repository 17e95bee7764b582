"""Enter a gift: two taps for the usual one; a doubled tap or a reload is one gift."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.desk import BoardDesk, Desk, helper_of, in_thread
from crew.gifts import Draft, FormError, Gift, GiftForms
from crew.journal import ChangedMeanwhile
from crew.pages import Pages
from donations.money import format_major

# Buttons of amounts, until the event has usual ones of its own.
_FIRST_AMOUNTS = (10, 20, 50, 100, 200, 500)
_USUAL_AMOUNTS = 6
_GROUP_BUTTONS = 12
_LATEST = 8


def entering_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes to enter a gift."""

    async def show(request: Request) -> Response:
        return await show_form(request, Draft(group=request.session.get("group", "")))

    async def show_form(
        request: Request, draft: Draft, problem: str = "", status: int = 200, entry: str = ""
    ) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        items = await in_thread(board_desk.index.items)
        latest = await in_thread(_read_latest, board_desk, request.session.get("entered", []))
        extra = dict.fromkeys((field.attribute for field in forms.extra), "") | dict(
            draft.extra or {}
        )
        return pages.show(
            request,
            "enter.html",
            board_desk.board,
            status,
            entry=entry or forms.make_entry(),
            draft=Draft(draft.amount, draft.group, extra),
            extra=forms.extra,
            groups=_find_groups(forms, items),
            usual=_find_usual(forms, items),
            unit=forms.measure.unit.name,
            latest=latest,
            problem=problem,
        )

    async def enter(request: Request) -> Response:
        board_desk = desk.choose(request)
        forms = board_desk.require_forms()
        form = await request.form()
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        draft = Draft(
            amount=texts.get("amount", ""),
            group=texts.get("group", "") or texts.get("other_group", ""),
            extra={field.attribute: texts.get(f"x-{field.attribute}", "") for field in forms.extra},
        )
        if texts.get("how") == "back":
            return await show_form(request, draft)
        try:
            item = forms.read_entry(texts)
        except FormError as error:
            return await show_form(request, draft, str(error), 422, texts.get("entry", ""))
        amount = forms.show(item).amount
        largest = await in_thread(_find_largest, forms, board_desk)
        if forms.is_far_above(item, largest) and texts.get("sure") != amount:
            return _ask_once_more(
                request, pages, board_desk, texts, amount, forms.describe(largest)
            )
        try:
            was_new = await in_thread(
                board_desk.journal.enter, item, helper_of(request).name, made_at=forms.board.time
            )
        except ChangedMeanwhile:
            problem = "This form has entered another gift already. Enter this one again."
            return await show_form(request, draft, problem, 409)
        key = forms.show(item).key
        request.session["entered"] = [
            key,
            *(one for one in request.session.get("entered", []) if one != key),
        ][:_LATEST]
        request.session["group"] = draft.group
        said = f"{amount} entered." if was_new else f"{amount} was entered before: it counts once."
        return pages.go_to(request, f"?board={forms.board.name}", said)

    return [
        Route("/", desk.access.require(show), methods=["GET"], name="crew:enter"),
        Route("/enter", desk.access.require(enter), methods=["POST"]),
    ]


def _ask_once_more(
    request: Request,
    pages: Pages,
    board_desk: BoardDesk,
    texts: Mapping[str, str],
    amount: str,
    largest: str,
) -> Response:
    fields = [(name, value) for name, value in texts.items() if name not in ("form_token", "sure")]
    return pages.show(
        request,
        "confirm.html",
        board_desk.board,
        amount=amount,
        why=f"The largest gift so far is {largest}.",
        fields=fields,
    )


def _find_groups(forms: GiftForms, items: Mapping[str, Any]) -> list[str]:
    """Return the groups for buttons: those the board knows, else the most frequent ones."""
    if known := forms.board.known_groups:
        return list(known)
    counts: Counter[str] = Counter()
    for item in items.values():
        text = item.get(forms.board.group_by, {}).get("S")
        if text:
            counts[text] += 1
    return sorted(name for name, _ in counts.most_common(_GROUP_BUTTONS))


def _find_usual(forms: GiftForms, items: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the amounts for buttons: the most frequent ones, filled up with round ones."""
    scale = 10**forms.measure.unit.exponent
    counts: Counter[int] = Counter()
    for item in items.values():
        try:
            contribution = forms.count(item)
        except FormError:
            continue
        if contribution is not None and contribution.values[0] > 0:
            counts[contribution.values[0]] += 1
    usual = [minor for minor, count in counts.most_common(_USUAL_AMOUNTS) if count > 1]
    usual += [amount * scale for amount in _FIRST_AMOUNTS if amount * scale not in usual]
    return [
        {"value": format_major(minor, forms.measure.unit), "text": forms.describe(minor)}
        for minor in sorted(usual[:_USUAL_AMOUNTS])
    ]


def _find_largest(forms: GiftForms, board_desk: BoardDesk) -> int:
    """Return the largest amount of a gift, in minor units; 0 where there is none."""
    largest = 0
    for item in board_desk.index.items().values():
        try:
            contribution = forms.count(item)
        except FormError:
            continue
        if contribution is not None:
            largest = max(largest, contribution.values[0])
    return largest


def _read_latest(board_desk: BoardDesk, keys: list[str]) -> list[Gift]:
    """Return a helper's last entries, with those that were taken back since."""
    forms, gifts = board_desk.require_forms(), []
    for key in keys:
        item = board_desk.journal.read({board_desk.board.key[0]: {"S": key}})
        if item is not None:
            gifts.append(forms.show(item))
            continue
        history = board_desk.journal.read_history(key)
        if history and history[-1].before:
            gifts.append(forms.show(history[-1].before, is_gone=True))
    return gifts
