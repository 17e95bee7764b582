"""Reads the display's state over the public API of its web app."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aggregates.held_panels import PREFIX, is_query_panel

_TIMEOUT_SECONDS = 3.0
_MAX_BYTES = 4 * 1024 * 1024


class Display:
    """The display's web app at an address such as `http://127.0.0.1:8000`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        # The display is beside this service: never go through the venue's HTTP proxy.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def read_snapshot(self, board: str) -> Mapping[str, Any]:
        """Return a board's snapshot; while there is none, a mapping with only a `status`."""
        found = self._read(f"/api/boards/{quote(board)}")
        if isinstance(found.get("status"), dict):
            return found
        reason = "The display does not answer. Check that it is running."
        return {"status": {"state": "offline", "reason": reason}}

    def read_screens(self, board: str) -> Mapping[str, int] | None:
        """Return how many screens of each kind show a board; None if that is not known."""
        screens = self._read(f"/api/boards/{quote(board)}/screens").get("screens")
        if not isinstance(screens, dict):
            return None
        return {str(kind): count for kind, count in screens.items() if isinstance(count, int)}

    def read_panels(self, board: str) -> tuple[tuple[str, str], ...]:
        """Return a board's panels of stored queries: the name in addresses, and the title."""
        found = self._read(f"/api/boards/{quote(board)}/panels").get("panels")
        panels = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        named = ((f"{PREFIX}{one.get('name')}", str(one.get("title"))) for one in panels)
        return tuple((name, title) for name, title in named if is_query_panel(name))

    def _read(self, path: str) -> Mapping[str, Any]:
        try:
            with self._opener.open(self._url + path, timeout=_TIMEOUT_SECONDS) as reply:
                text = reply.read(_MAX_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(_MAX_BYTES)
        except OSError:
            return {}
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
