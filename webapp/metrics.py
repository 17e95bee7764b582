"""Metrics of the process for Prometheus, collected at each scrape.

With several processes on one port (`WEB_CONCURRENCY`), a scrape covers only the process that
answers.
"""

import time
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aggregates.board import COUNT
from webapp.ages import seconds_since
from webapp.audience import Audience
from webapp.feed import Feed
from webapp.hub import Hub
from webapp.listener import Listener
from webapp.refusals import REFUSALS

_BY_BOARD = {
    "board_live": "1 while a board's figures are live.",
    "board_chain_age_seconds": "Age of the note that all changes are counted.",
    "board_not_live_seconds": "How long a board has not been live; 0 while it is live.",
    "board_version": "The board's version that is shown.",
    "rejected_items": "Items that cannot be counted.",
    "newest_record_age_seconds": "Time since the newest counted record was made in DynamoDB.",
    "frame_delay_seconds": (
        "From a record's creation in DynamoDB to its frame, for the newest in the last frame."
    ),
    "listener_lag_seconds": "From a batch's apply to its message's arrival, for the last message.",
    "verified_age_seconds": "Time since the totals were proven against the table.",
    "drift_items": "How far the last reconcile raised the number of items; below 0: lowered.",
}

_BY_AUDIENCE: list[tuple[str, str, Callable[[Audience], int]]] = [
    ("sent_bytes", "Bytes of frames sent.", lambda audience: audience.sent_bytes),
    ("skipped_frames", "Frames that a client did not take.", lambda audience: audience.skipped),
    ("dropped_clients", "Clients dropped for being too slow.", lambda audience: audience.dropped),
]


class HubCollector(Collector):
    """Collects metrics named `tallyboard_…`."""

    def __init__(self, hub: Hub, listener: Listener) -> None:
        self._hub, self._listener = hub, listener

    def collect(self) -> Iterator[Metric]:
        hub = self._hub
        figures = {board: _read_figures(feed) for board, feed in hub.feeds.items()}
        for name, help_text in _BY_BOARD.items():
            gauge = GaugeMetricFamily(f"tallyboard_{name}", help_text, labels=["board"])
            for board, values in figures.items():
                if (value := values.get(name)) is not None:
                    gauge.add_metric([board], value)
            yield gauge
        clients = GaugeMetricFamily("tallyboard_clients", "Open event streams.", labels=["board"])
        for board, audience in hub.audiences.items():
            clients.add_metric([board], len(audience))
        yield clients
        screens = GaugeMetricFamily(
            "tallyboard_screens", "Open event streams by kind of screen.", labels=["board", "kind"]
        )
        owed = GaugeMetricFamily(
            "tallyboard_owed_bytes", "Bytes that slow clients have yet to take.", labels=["board"]
        )
        for board, audience in hub.audiences.items():
            for kind, number in hub.presence.count(board).items():
                screens.add_metric([board, kind], number)
            owed.add_metric([board], audience.owed_bytes)
        yield from (screens, owed)
        refused = CounterMetricFamily(
            "tallyboard_refused", "Connections and requests refused, by kind.", labels=["kind"]
        )
        for kind, number in REFUSALS.counts.items():
            refused.add_metric([kind], number)
        yield refused
        for name, help_text, count in _BY_AUDIENCE:
            counter = CounterMetricFamily(f"tallyboard_{name}", help_text, labels=["board"])
            for board, audience in hub.audiences.items():
                counter.add_metric([board], count(audience))
            yield counter
        yield CounterMetricFamily("tallyboard_frames", "Frames made.", value=hub.frames)
        yield GaugeMetricFamily(
            "tallyboard_tick_seconds", "How long the last tick took.", value=hub.tick_seconds
        )
        dark = sum(not feed.live for feed in hub.feeds.values())
        yield GaugeMetricFamily("tallyboard_dark_boards", "Boards that are not live.", value=dark)
        yield GaugeMetricFamily(
            "tallyboard_listener_silence_seconds",
            "Time since the last reply of Redis.",
            value=time.monotonic() - self._listener.last_heard,
        )


def _read_figures(feed: Feed) -> dict[str, float | None]:
    """Return the available figures of `_BY_BOARD`."""
    figures: dict[str, float | None] = {
        "board_live": float(feed.live),
        "board_chain_age_seconds": feed.chain_age_seconds,
        "board_not_live_seconds": seconds_since(feed.dark_since) or 0.0,
        "frame_delay_seconds": feed.frame_delay_seconds,
        "listener_lag_seconds": feed.listener_lag_seconds,
    }
    if feed.state is not None:
        figures["board_version"] = feed.state.version
        figures["rejected_items"] = feed.state.rejected
        figures["newest_record_age_seconds"] = seconds_since(feed.state.created)
        if proof := feed.state.proof:
            figures["verified_age_seconds"] = seconds_since(proof.verified_at)
            figures["drift_items"] = proof.drift_of_all(COUNT)
    return figures
