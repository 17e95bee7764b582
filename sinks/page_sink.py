"""Publishes a board as files: the display once, then its snapshot and status again and again."""

import asyncio
from pathlib import Path

from aggregates.board import Board
from sinks.kinds.page import BOARD_FILE
from sinks.page_places import Place
from sinks.page_site import make_site, pack_board
from webapp.feed import Feed
from webapp.frame import encode_json
from webapp.look import Face


class PageSink:
    """Publishes one board in one place. `name` is for a person."""

    def __init__(self, name: str, board: Board, place: Place, static: Path, face: Face) -> None:
        self.name, self.board = name, board
        self._place, self._static, self._face = place, static, face
        self._is_published = False

    async def write(self, feed: Feed) -> None:
        """Write the board's file as of now; the first time, write the display before it."""
        if not self._is_published:
            await asyncio.to_thread(self._publish)
            self._is_published = True
        if feed.state is None:
            text = encode_json({"status": feed.status_json()})
        else:
            text = feed.snapshot_text()
        await asyncio.to_thread(self._place.put, BOARD_FILE, pack_board(text))

    def _publish(self) -> None:
        for name, file in make_site(self._static, self.board, self._face).items():
            self._place.put(name, file)
