"""The web app of `make run`: the display, and the addresses that sources send to."""

import os
from pathlib import Path

from starlette.applications import Starlette

from local.intake.demonstration import read_environment
from local.intake.door import IntakeDoor
from webapp.app import create_app as create_webapp
from webapp.settings import Settings


def create_app() -> Starlette:
    """Return the app of the environment: the web app's variables, and `CACHE`."""
    settings = Settings.from_environment(os.environ)
    cache = Path(os.environ["CACHE"])
    door = IntakeDoor(cache, settings.boards, read_environment(cache, os.environ))
    return create_webapp(settings, rooms=[door.open_room])
