"""Other rooms that the same process may serve beside the display, such as the crew's pages.

A room has routes under its own path, and a context that lasts as long as the app runs:

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
    """Routes, and a context entered before the app serves and left after its last response.

    Starlette does not run the lifespan of a mounted app; use `running` instead.
    """

    routes: Sequence[BaseRoute]
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext


# Gets the hub, with its feeds, boards and connected screens (`hub.presence`).
OpenRoom = Callable[[Hub], Room]
