"""Keeps the latest items in the web app, and selects those that are shown."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from aggregates import board
from aggregates.message import TickerItem
from webapp.frame import encode_json

# The ticker's share of an event, which has 64 KB: if texts are long, fewer items are shown.
_TICKER_BYTES = 9_000


class Ticker:
    """Items by id, more than are shown, so that the ticker stays full when some are removed."""

    def __init__(self, ticker: board.Ticker, items: Iterable[TickerItem]) -> None:
        self._ticker = ticker
        self._items = {item.id: item for item in items}

    def change(self, put: Iterable[TickerItem], removed: Iterable[int]) -> None:
        """Add or replace items, and remove others."""
        for id_ in removed:
            self._items.pop(id_, None)
        self._items |= {item.id: item for item in put}

    def shown(self) -> dict[int, TickerItem]:
        """Return the items that are shown, newest first."""
        newest = sorted(self._items.values(), key=lambda item: (item.at_ms, item.id), reverse=True)
        shown: dict[int, TickerItem] = {}
        size = 0
        for item in newest[: self._ticker.length]:
            size += len(encode_json(self._item_json(item)).encode())
            if size > _TICKER_BYTES:
                break
            shown[item.id] = item
        return shown

    def json(self) -> dict[str, Any]:
        """Return the ticker's part of a snapshot."""
        items = [self._item_json(item) for item in self.shown().values()]
        return {
            "length": self._ticker.length,
            "attributes": self._ticker.attributes,
            "items": items,
        }

    def changes_json(
        self, framed: Mapping[int, TickerItem], removed_ids: Set[int]
    ) -> dict[str, Any] | None:
        """Return what changed since a frame that showed `framed`; None if nothing did.

        `removed_ids` are items removed since that frame: a client that joined in between may show
        them.
        """
        shown = self.shown()
        put = [self._item_json(item) for item in shown.values() if framed.get(item.id) != item]
        removed = sorted({*framed, *removed_ids} - shown.keys())
        return {"put": put, "removed": removed} if put or removed else None

    def _item_json(self, item: TickerItem) -> dict[str, Any]:
        # Redis may still have attributes that the board no longer lists.
        listed = self._ticker.attributes
        shown = {name: item.attributes[name] for name in listed if name in item.attributes}
        return {"id": item.id, "at_ms": item.at_ms, "attributes": shown}
