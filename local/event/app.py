"""The event's web app: the display, the crew's pages, and a board file that may be edited."""

import os
from pathlib import Path

from starlette.applications import Starlette

from local.event.address_room import make_address_room
from local.event.board_room import make_board_room
from local.event.crew_room import CrewDoor
from local.keep.folder import EventFolder
from webapp.app import create_app as create_webapp
from webapp.hub import Hub
from webapp.rooms import Room
from webapp.settings import Settings


def create_app() -> Starlette:
    """Return the app, configured by the web app's variables and `EVENT_FOLDER`."""
    environment = os.environ
    settings = Settings.from_environment(environment)
    folder = EventFolder(Path(environment["EVENT_FOLDER"]))
    door = CrewDoor(folder, settings, environment)

    def open_board(hub: Hub) -> Room:
        return make_board_room(hub, settings, on_change=door.renew)

    def open_address(hub: Hub) -> Room:
        return make_address_room(hub, environment)

    return create_webapp(settings, rooms=[open_board, open_address, door.open_room])
