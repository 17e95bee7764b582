"""Other rooms of the house: what may be served beside the display, by the same process.

A room has routes under a path of its own and something that runs as long as the app does:

    def open_crew(hub: Hub) -> Room:
        return Room([Mount("/crew", crew_app)], running=open_table)

    app = create_app(settings, rooms=[open_crew])
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from starlette.routing import BaseRoute

from webapp.hub import Hub


@dataclass(frozen=True)
class Room:
    """Routes, and a context that is entered before the app serves and left after its last answer.

    Starlette does not run the lifespan of an app that is mounted: `running` is its place.
    """

    routes: Sequence[BaseRoute]
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext


# Gets the hub: its feeds, its boards, and who watches them (`hub.presence`).
OpenRoom = Callable[[Hub], Room]
