"""The event's web app: the display, the crew's pages, and a board file that may be edited."""

import os
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette

from intake.store import Kept
from local.event.address_room import make_address_room
from local.event.board_room import make_board_room
from local.event.crew_room import CrewDoor
from local.intake.door import IntakeDoor, Keep
from local.keep.folder import EventFolder
from local.keep.keep_now import KeepNow
from local.keep.store import StoreError
from webapp.app import create_app as create_webapp
from webapp.hub import Hub
from webapp.rooms import Room
from webapp.settings import Settings


def create_app() -> Starlette:
    """Return the app, configured by the web app's variables and `EVENT_FOLDER`."""
    environment = os.environ
    settings = Settings.from_environment(environment)
    folder = EventFolder(Path(environment["EVENT_FOLDER"]))
    intake = IntakeDoor(
        folder.path, settings.boards, environment, open_keep=lambda: _open_keep(folder)
    )
    door = CrewDoor(folder, settings, environment, intake)

    def renew() -> None:
        door.renew()
        intake.renew()

    def open_board(hub: Hub) -> Room:
        return make_board_room(hub, settings, on_change=renew)

    def open_address(hub: Hub) -> Room:
        return make_address_room(hub, environment)

    rooms = [open_board, open_address, door.open_room, intake.open_room]
    return create_webapp(settings, rooms=rooms)


def _open_keep(folder: EventFolder) -> Keep:
    keep = KeepNow(folder.store)

    def keep_told(changes: Sequence[Kept]) -> None:
        try:
            keep(changes)
        except StoreError as error:
            raise OSError(str(error)) from error

    return keep_told
