"""What the crew has every screen show, from one page."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.access import Refused
from crew.control import MAX_PIN_CHARACTERS, Control, now_utc
from crew.desk import Desk, in_thread
from crew.pages import Pages

# The display's panels by name, as its addresses have them, and as a person calls them.
PANELS = (
    ("total", "Total"),
    ("goal", "Goal"),
    ("bars", "Groups"),
    ("chart", "Chart over time"),
    ("ticker", "Latest"),
)
_MAX_MINUTES = 24 * 60


def controlling_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes of the page that controls the screens."""

    async def show(request: Request) -> Response:
        board = desk.choose(request).board
        control = await in_thread(desk.screens.read, board.name)
        until = datetime.fromisoformat(control.pin_until) if control.pin_until else None
        if until is not None and until <= now_utc():
            control = control.with_pin("", None, now_utc())
        return pages.show(
            request,
            "control.html",
            board,
            control=control,
            pin_until=f"{until:%H:%M} UTC" if until and control.pin else "",
            panels=PANELS,
        )

    async def change(request: Request) -> Response:
        board = desk.choose(request).board
        form = await request.form()
        control = await in_thread(desk.screens.read, board.name)
        what = str(form.get("what", ""))
        panels = [value for value in form.getlist("panel") if isinstance(value, str)]
        control, said = _apply(
            control, what, str(form.get("pin", "")), str(form.get("minutes", "")), panels
        )
        await in_thread(desk.screens.tell, board.name, control)
        return pages.go_to(request, f"control?board={board.name}", said)

    require = desk.access.require
    return [
        Route("/control", require(show), methods=["GET"]),
        Route("/control", require(change), methods=["POST"]),
    ]


def _apply(
    control: Control, what: str, pin: str, minutes: str, panels: list[str]
) -> tuple[Control, str]:
    """Return the control after a button, and what to say; raise `Refused`."""
    now = now_utc()
    if what == "pin":
        text = " ".join(pin.split())
        if not text:
            raise Refused(422, "Enter the text that the screens are to show.")
        if len(text) > MAX_PIN_CHARACTERS:
            raise Refused(422, f"A message has at most {MAX_PIN_CHARACTERS} characters.")
        if minutes and not (
            minutes.isascii() and minutes.isdigit() and 0 < int(minutes[:6]) <= _MAX_MINUTES
        ):
            raise Refused(422, f"Choose between 1 and {_MAX_MINUTES} minutes.")
        return control.with_pin(
            text, int(minutes) if minutes else None, now
        ), "It is on the screens."
    if what == "unpin":
        return control.with_pin("", None, now), "It is off the screens."
    if what == "panels":
        known = [name for name, _ in PANELS if name in panels]
        if not known:
            raise Refused(422, "Choose at least one panel.")
        return control.with_panels(known), "Every screen shows these panels."
    if what == "own":
        return control.with_panels(None), "Every screen shows what its address says."
    if what == "celebrate":
        return control.with_celebration(now), "The screens celebrate."
    if what == "reload":
        return control.with_reload(now), "The screens reload."
    raise Refused(422, "This form is from an older page. Load the page again.")
