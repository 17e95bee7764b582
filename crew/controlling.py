"""The page that controls what every screen shows."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregates.control import MAX_PIN_CHARACTERS
from aggregates.held_panels import is_query_panel
from crew.access import Refused
from crew.control import (
    Step,
    celebrate,
    choose_panels,
    now_utc,
    pin_message,
    reload_screens,
)
from crew.desk import Desk, in_thread
from crew.pages import Pages
from crew.panels import read_panels
from crew.plain_text import clean_text

# Each panel's name in the display's addresses, and its label for a person.
PANELS = read_panels()
_MAX_MINUTES = 24 * 60
_OLD_FORM = "This form is from an older page. Load the page again."


def controlling_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes of the page that controls the screens."""

    async def show(request: Request) -> Response:
        board_desk = desk.choose(request)
        control = await in_thread(desk.screens.read, board_desk.board.name)
        queries = await in_thread(desk.display.read_panels, board_desk.board.name)
        until = datetime.fromisoformat(control.pin_until) if control.pin_until else None
        return pages.show(
            request,
            "control.html",
            board_desk.board,
            control=control,
            pin_until=f"{until.astimezone(board_desk.gifts.zone):%H:%M}" if until else "",
            panels=PANELS + queries,
            chosen=[name for name, _ in PANELS] if control.panels is None else control.panels,
        )

    async def change(request: Request) -> Response:
        board = desk.choose(request).board
        form = await request.form()
        panels = [value for value in form.getlist("panel") if isinstance(value, str)]
        what, pin, minutes = (str(form.get(name, "")) for name in ("what", "pin", "minutes"))
        known = [name for name, _ in PANELS if name in panels]
        # Screens pass over a stored query that is no panel of theirs.
        known += [name for name in panels if is_query_panel(name)]
        step, said = _read_step(what, pin, minutes, known)
        await in_thread(desk.screens.tell, board.name, step)
        return pages.go_to(request, f"control?board={board.name}", said)

    require = desk.access.require
    return [
        Route("/control", require(show), methods=["GET"]),
        Route("/control", require(change), methods=["POST"]),
    ]


def _read_step(what: str, pin: str, minutes: str, panels: list[str]) -> tuple[Step, str]:
    """Return the change that a button makes, and the text that confirms it; raise `Refused`."""
    now = now_utc()
    if what == "pin":
        text, limit = _read_pin(pin), _read_minutes(minutes)
        return pin_message(text, limit, now), "The message is on the screens."
    if what == "unpin":
        return pin_message("", None, now), "The message is off the screens."
    if what == "panels":
        if not panels:
            raise Refused(422, "Choose at least one panel.")
        return choose_panels(panels), "Every screen shows these panels."
    if what == "own":
        said = "Each screen follows its address again."
        return choose_panels(None), said
    if what == "celebrate":
        return celebrate(now), "The screens celebrate."
    if what == "reload":
        return reload_screens(now), "The screens reload."
    raise Refused(422, _OLD_FORM)


def _read_pin(pin: str) -> str:
    text = clean_text(pin)
    if not text:
        raise Refused(422, "Enter the text to show on the screens.")
    if len(text) > MAX_PIN_CHARACTERS:
        raise Refused(422, f"A message has at most {MAX_PIN_CHARACTERS} characters.")
    return text


def _read_minutes(minutes: str) -> int | None:
    if not minutes:
        return None
    is_number = minutes.isascii() and minutes.isdigit() and len(minutes) <= 4
    if not is_number or not 0 < int(minutes) <= _MAX_MINUTES:
        raise Refused(422, f"Choose between 1 and {_MAX_MINUTES:,} minutes.")
    return int(minutes)
