"""The application: `uvicorn --factory webapp.app:create_app`."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from aggregates.board_file import load_boards
from aggregates.connection import connect_async
from webapp.answers import Answers, answer_failure
from webapp.api import UnknownBoard, answer_unknown_board, board_routes
from webapp.ending import end_on_termination, end_with
from webapp.events import EventStream
from webapp.feed import Feed
from webapp.health import health_routes
from webapp.hub import Hub
from webapp.limits import Limits
from webapp.listener import TIMEOUT_SECONDS, Listener
from webapp.look import Faces
from webapp.pages import page_routes, page_version
from webapp.refusals import limit_accept_log
from webapp.rooms import OpenRoom
from webapp.settings import Settings


def create_app(settings: Settings | None = None, rooms: Iterable[OpenRoom] = ()) -> Starlette:
    """Return the web app with other rooms; without `settings`, it reads the environment.

    It serves at once, even if Redis does not answer. Raises `BoardError` and `SettingsError`.
    """
    settings = settings or Settings.from_environment(os.environ)
    faces = Faces(settings.static)
    feeds = {
        name: Feed(board, page_version(settings.static, board, faces.get(board)), faces.tell)
        for name, board in load_boards(settings.boards).items()
    }
    hub = Hub(feeds)
    limits = Limits(settings.max_clients, settings.max_clients_per_address)
    listener = Listener(settings.redis_url, feeds)
    redis = connect_async(settings.redis_url, TIMEOUT_SECONDS)
    opened = [open_room(hub) for open_room in rooms]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            for room in opened:
                await running.enter_async_context(room.running())
            tasks = [asyncio.create_task(listener.run()), asyncio.create_task(hub.run())]
            for task in tasks:
                task.add_done_callback(end_with)
            loop = asyncio.get_running_loop()
            limit_accept_log(loop)
            end_on_termination(loop, hub)
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await listener.close()
            await redis.aclose()

    app = Starlette(
        routes=[
            Route("/events", EventStream(hub, limits), methods=["GET"]),
            *board_routes(
                feeds,
                redis,
                hub.presence,
                with_rejected=settings.public_rejected,
                find_address=lambda: hub.find_address(),
            ),
            *health_routes(feeds, hub, listener, with_metrics=settings.public_metrics),
            *page_routes(settings.static, feeds, settings.frame_ancestors, faces),
            *(route for room in opened for route in room.routes),
        ],
        middleware=[Middleware(Answers, root_path=settings.root_path)],
        exception_handlers={UnknownBoard: answer_unknown_board, Exception: answer_failure},
        lifespan=lifespan,
    )
    # A redirect would repeat the request's Host header, which a client can choose freely.
    app.router.redirect_slashes = False
    app.state.hub = hub
    return app
