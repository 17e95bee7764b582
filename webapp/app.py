"""The application: `uvicorn --factory webapp.app:create_app`."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

from starlette.applications import Starlette
from starlette.routing import Route

from aggregates.board_file import load_boards
from aggregates.connection import connect_async
from webapp.api import UnknownBoard, answer_unknown_board, board_routes
from webapp.events import EventStream
from webapp.feed import Feed
from webapp.health import health_routes
from webapp.hub import Hub
from webapp.limits import Limits
from webapp.listener import TIMEOUT_SECONDS, Listener
from webapp.pages import page_routes, page_version
from webapp.settings import Settings


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the web app; without settings, those of `REDIS_URL` and `BOARDS`.

    It serves at once, whether Redis is there or not. Raises `BoardError` and
    `SettingsError`.
    """
    settings = settings or Settings.from_environment(os.environ)
    feeds = {
        name: Feed(board, page_version(settings.static, board))
        for name, board in load_boards(settings.boards).items()
    }
    hub = Hub(feeds)
    limits = Limits(settings.max_clients, settings.max_clients_per_address)
    listener = Listener(settings.redis_url, feeds)
    redis = connect_async(settings.redis_url, TIMEOUT_SECONDS)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(listener.run()), asyncio.create_task(hub.run())]
        for task in tasks:
            task.add_done_callback(_end_with)
        _on_termination(asyncio.get_running_loop(), hub)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.close()
        await redis.aclose()

    return Starlette(
        routes=[
            Route("/events", EventStream(hub, limits), methods=["GET"]),
            *board_routes(feeds, redis),
            *health_routes(feeds, hub, listener),
            *page_routes(settings.static, feeds),
        ],
        exception_handlers={UnknownBoard: answer_unknown_board},
        lifespan=lifespan,
    )


def _end_with(task: asyncio.Task[None]) -> None:
    """End the process where the listener or the hub failed: a frozen screen must not look alive."""
    if not task.cancelled() and task.exception() is not None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "Tallyboard cannot go on", "exception": task.exception(), "task": task}
        )
        signal.raise_signal(signal.SIGTERM)


def _on_termination(loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
    """End all streams when the process is told to end.

    The server waits for open responses before it shuts the application down, so the lifespan's end
    would be too late.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def chain(number: signal.Signals) -> None:
        before = signal.getsignal(number)

        def on_signal(signum: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(lambda: loop.create_task(hub.say_goodbye()))
            if callable(before):
                before(signum, frame)

        signal.signal(number, on_signal)

    chain(signal.SIGTERM)
    chain(signal.SIGINT)
