"""What the display says of itself, asked as any client asks it."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_TIMEOUT_SECONDS = 3.0
_MAX_BYTES = 4 * 1024 * 1024


class Display:
    """The display's web app at an address such as `http://127.0.0.1:8000`."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        # It is beside us: a proxy of the venue is not asked for it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def read_snapshot(self, board: str) -> Mapping[str, Any]:
        """Return a board's snapshot; while there is none, one with a `status` alone."""
        return self._read(f"/api/boards/{quote(board)}")

    def read_screens(self, board: str) -> Mapping[str, int]:
        """Return how many screens of each kind show a board."""
        found = self._read(f"/api/boards/{quote(board)}/screens")
        screens = found.get("screens", {})
        return {str(kind): int(count) for kind, count in screens.items()}

    def read_rejected(self, board: str) -> Mapping[str, Any]:
        """Return what is not counted, and why."""
        return self._read(f"/api/boards/{quote(board)}/rejected")

    def _read(self, path: str) -> Mapping[str, Any]:
        try:
            with self._opener.open(self._url + path, timeout=_TIMEOUT_SECONDS) as reply:
                text = reply.read(_MAX_BYTES)
        except urllib.error.HTTPError as error:
            text = error.read(_MAX_BYTES)
        except OSError as error:
            return {
                "status": {"state": "offline", "reason": f"The display does not answer: {error}"}
            }
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
