"""A board as the web app knows it, and what has changed of it since the last frame."""

from collections.abc import Mapping
from typing import Any

from aggregates.board import COUNT, Board
from aggregates.message import Message, Shown, Snapshot, Totals
from webapp.timeline import RECENT_SECONDS, Timeline


class BoardState:
    """The state as of `version` of `epoch`.

    `late_at` is when a batch was last counted whose records had been made long before.
    """

    # What the next update has to tell, and what the last frame told.
    _changed_groups: set[str]
    _changed_buckets: set[int]
    _newly_reached: dict[int, str]
    _removed_ids: set[int]
    _framed_ticker: Mapping[int, Shown]
    _framed_step: int | None

    def __init__(self, board: Board, snapshot: Snapshot) -> None:
        self.board = board
        self.epoch = snapshot.epoch
        self.version = snapshot.version
        self.proof = snapshot.proof
        self._at = snapshot.at
        self._created = snapshot.created
        self.late_at = snapshot.late_at
        self.rejected = snapshot.rejected
        self._totals: dict[str, Totals] = {"ALL": self._zero(), **snapshot.totals}
        steps = board.goal.steps_minor if board.goal else ()
        # Of an earlier goal, others may have been reached.
        self._reached = {step: at for step, at in snapshot.milestones.items() if step in steps}
        self._ticker = {item.id: item for item in snapshot.ticker}
        self._timeline: Timeline | None = None
        if board.bucket_seconds is not None:
            names = (COUNT, *(measure.name for measure in board.measures))
            self._timeline = Timeline(board.bucket_seconds, names, snapshot.timeline)
        self._mark_framed()

    @property
    def id(self) -> str:
        """The state's id in the stream of events."""
        return f"{self.epoch}-{self.version}"

    @property
    def created(self) -> str | None:
        """When the newest record that is counted was made in DynamoDB."""
        return self._created

    def apply(self, message: Message) -> None:
        """Take over what a message says; it must be the one after `version`, of `epoch`."""
        self.version = message.version
        self._at = message.at
        self._created = message.created or self._created
        self.late_at = message.at if message.is_late else self.late_at
        self.rejected = message.rejected
        self.proof = message.proof or self.proof
        for group, totals in message.totals.items():
            self._changed_groups.add(group)
            if totals is None:
                self._totals.pop(group, None)
            else:
                self._totals[group] = totals
        if self._timeline is not None:
            for start, bucket in message.timeline.items():
                self._changed_buckets.add(start)
                self._timeline.set_bucket(start, bucket)
        self._removed_ids.update(message.removed)
        for id_ in message.removed:
            self._ticker.pop(id_, None)
        for item in message.put:
            self._ticker[item.id] = item
        # A handler that has not got the board's new goal yet still reaches steps of the old one.
        steps = self.board.goal.steps_minor if self.board.goal else ()
        reached = {step: at for step, at in message.milestones.items() if step in steps}
        self._reached |= reached
        self._newly_reached |= reached

    def follow(self, old: "BoardState") -> None:
        """Have the next update tell what differs from an earlier state of the same epoch.

        A message that was lost is made up for by that, and what it reached is celebrated.
        """
        groups = {*self._totals, *old._totals}
        differing = {name for name in groups if self._totals.get(name) != old._totals.get(name)}
        self._changed_groups = old._changed_groups | differing
        if self._timeline is not None and old._timeline is not None:
            self._changed_buckets = old._changed_buckets | self._timeline.differing(old._timeline)
        reached = {step: at for step, at in self._reached.items() if step not in old._reached}
        self._newly_reached = old._newly_reached | reached
        self._removed_ids = set(old._removed_ids)
        self._framed_ticker = old._framed_ticker
        self._framed_step = old._framed_step

    def snapshot_json(self, now_seconds: float) -> dict[str, Any]:
        """Return the whole state; `docs/protocol.md`, event `snapshot`, but for its status."""
        board = self.board
        measures = [{"name": COUNT, "attribute": None, "unit": "", "exponent": 0}]
        for measure in board.measures:
            name, exponent = measure.unit
            measures.append(
                {
                    "name": measure.name,
                    "attribute": measure.attribute,
                    "unit": name,
                    "exponent": exponent,
                }
            )
        return {
            "board": board.name,
            "epoch": self.epoch,
            "version": self.version,
            "at": self._at,
            "created": self._created,
            **self._proof_json(),
            "title": board.title,
            "group_by": board.group_by,
            "donate_url": board.donate_url,
            "measures": measures,
            "totals": self._totals,
            "goal": self._goal_json(),
            "timeline": self._timeline_json(now_seconds),
            "ticker": self._ticker_json(),
            "rejected": self.rejected,
        }

    @property
    def needs_snapshot(self) -> bool:
        """Whether the next update does not tell all: the timeline has another step."""
        return self._timeline is not None and self._timeline.step_seconds != self._framed_step

    def take_update_json(self, now_seconds: float) -> dict[str, Any]:
        """Return what changed since this was last called; `docs/protocol.md`, event `update`."""
        timeline = None if self.needs_snapshot else self._timeline
        update: dict[str, Any] = {
            "epoch": self.epoch,
            "version": self.version,
            "at": self._at,
            "created": self._created,
            **self._proof_json(),
            "totals": {group: self._totals.get(group) for group in self._changed_groups},
            "rejected": self.rejected,
        }
        if timeline is not None and self._changed_buckets:
            starts = sorted(self._changed_buckets)
            points = {point[0]: point for point in map(timeline.point, starts)}
            first = now_seconds - RECENT_SECONDS
            recent = [timeline.bucket(start) for start in starts if start >= first]
            update["timeline"] = {"points": list(points.values()), "recent": recent}
        if self.board.ticker is not None:
            shown = self._shown()
            put = [self._item_json(i) for i in shown.values() if self._framed_ticker.get(i.id) != i]
            # Also what came and went since: a client that joined in between was told of it.
            removed = sorted({*self._framed_ticker, *self._removed_ids} - shown.keys())
            if put or removed:
                update["ticker"] = {"put": put, "removed": removed}
        if self._newly_reached:
            update["reached"] = self._newly_reached
        self._mark_framed()
        return update

    def _proof_json(self) -> dict[str, Any]:
        if self.proof is None:
            return {"verified_at": None, "drift": None}
        return {"verified_at": self.proof.verified_at, "drift": self.proof.drift}

    def _mark_framed(self) -> None:
        self._changed_groups = set()
        self._changed_buckets = set()
        self._newly_reached = {}
        self._removed_ids = set()
        self._framed_ticker = self._shown()
        self._framed_step = self._timeline.step_seconds if self._timeline else None

    def _zero(self) -> Totals:
        return {COUNT: 0} | {measure.name: 0 for measure in self.board.measures}

    def _shown(self) -> Mapping[int, Shown]:
        """Return the ticker's newest items, as many as are shown, newest first."""
        if self.board.ticker is None:
            return {}
        newest = sorted(self._ticker.values(), key=lambda item: (item.at_ms, item.id), reverse=True)
        return {item.id: item for item in newest[: self.board.ticker.length]}

    def _goal_json(self) -> dict[str, Any] | None:
        goal = self.board.goal
        if goal is None:
            return None
        return {
            "measure": goal.measure,
            "target": goal.target_minor,
            "milestones": goal.milestones_minor,
            "reached": dict(sorted(self._reached.items())),
        }

    def _timeline_json(self, now_seconds: float) -> dict[str, Any] | None:
        timeline = self._timeline
        if timeline is None:
            return None
        return {
            "bucket_seconds": timeline.bucket_seconds,
            "step_seconds": timeline.step_seconds,
            "points": timeline.points(),
            "recent": timeline.recent(now_seconds),
        }

    def _ticker_json(self) -> dict[str, Any] | None:
        ticker = self.board.ticker
        if ticker is None:
            return None
        items = [self._item_json(item) for item in self._shown().values()]
        return {"length": ticker.length, "attributes": ticker.attributes, "items": items}

    def _item_json(self, item: Shown) -> dict[str, Any]:
        # Redis may have attributes of an item that the board does not list any more.
        assert self.board.ticker is not None
        listed = self.board.ticker.attributes
        shown = {name: item.attributes[name] for name in listed if name in item.attributes}
        return {"id": item.id, "at_ms": item.at_ms, "attributes": shown}
