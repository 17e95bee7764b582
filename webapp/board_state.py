"""A board's state in the web app, and what has changed since the last frame."""

from collections.abc import Mapping
from typing import Any

from aggregates.board import ALL, COUNT, Board
from aggregates.message import Message, Proof, Sums, TickerItem
from aggregates.scripts import GROUPS_READ
from aggregates.snapshot import Snapshot
from aggregates.totals import drop_lines
from webapp.board_json import encode_board, encode_goal, encode_proof
from webapp.frame import encode_json
from webapp.ranking import Ranking
from webapp.reached import Reached
from webapp.ticker import Ticker
from webapp.timeline import Timeline, are_moved

# No event is longer. The margin is for what surrounds the parts of an update or a snapshot.
MAX_EVENT_BYTES = 64_000
_MARGIN_BYTES = 1_000


class BoardState:
    """The state at `version` of `epoch`. What is shown is bounded, however much is counted."""

    # What the last frame had.
    _framed_groups: Mapping[str, Sums]
    _framed_rest: Mapping[str, int] | None
    _framed_proof: Proof | None
    _framed_ticker: Mapping[int, TickerItem]
    _framed_form: tuple[int | None, bool]
    # What the next frame must have.
    _changed_points: set[int]
    _changed_recent: set[int]
    _removed_ids: set[int]
    _is_reformed: bool

    def __init__(self, board: Board, snapshot: Snapshot) -> None:
        self.board = board
        self.epoch = snapshot.epoch
        self.version = snapshot.version
        self.proof = snapshot.proof
        self._at = snapshot.at
        self._created = snapshot.created
        self.rejected = snapshot.rejected
        self._moved = snapshot.moved
        zero = dict.fromkeys(board.measure_names, 0)
        groups = {group: drop_lines(sums) for group, sums in snapshot.totals.items()}
        self._all: Sums = groups.pop(ALL, zero)
        self._ranking = Ranking(
            board, groups, snapshot.group_count, GROUPS_READ * board.shown, snapshot.numbers
        )
        steps = board.goal.steps_minor if board.goal else ()
        self._reached = Reached(steps, snapshot.milestones)
        self._ticker = Ticker(board.ticker, snapshot.ticker) if board.ticker else None
        self._timeline: Timeline | None = None
        if board.bucket_seconds is not None:
            self._timeline = Timeline(
                board.bucket_seconds,
                board.counted_names,
                snapshot.step_seconds,
                snapshot.points or {},
                snapshot.recent or {},
            )
        self._is_partial = False
        self._is_reformed = False
        self._mark_framed()

    @property
    def id(self) -> str:
        """The state's id in the stream of events."""
        return f"{self.epoch}-{self.version}"

    @property
    def created(self) -> str | None:
        """When the newest counted record was made in DynamoDB."""
        return self._created

    @property
    def needs_read(self) -> bool:
        """Whether messages did not have everything that is shown, so Redis must be read."""
        return self._is_partial or self._ranking.needs_read

    @property
    def in_place(self) -> bool:
        """Whether items are updated in place, so the timeline does not say when money came."""
        if self.board.running_total:
            return True
        return are_moved(self._moved, self._all[COUNT])

    def apply(self, message: Message) -> None:
        """Apply a message; it must be the next one after `version`, in `epoch`."""
        self.version = message.version
        self._at = message.at
        self._created = message.created or self._created
        self.rejected = message.rejected
        self.proof = message.proof or self.proof
        self._moved = self._moved if message.moved is None else message.moved
        self._is_partial = self._is_partial or message.is_partial
        for group, told in message.totals.items():
            totals = None if told is None else drop_lines(told)
            if group != ALL:
                self._ranking.change(group, totals, message.numbers.get(group))
            elif totals is not None:
                self._all = totals
        if message.group_count is not None:
            self._ranking.count = message.group_count
        timeline = self._timeline
        if timeline is not None and message.step_seconds is not None:
            self._is_reformed |= message.step_seconds != timeline.step_seconds
            self._changed_points |= timeline.change_points(
                message.step_seconds, message.points or {}
            )
            self._changed_recent |= timeline.change_recent(message.recent or {})
        if self._ticker is not None:
            self._removed_ids.update(message.removed)
            self._ticker.change(message.put, message.removed)
        self._reached.change(message.milestones, message.celebrate)

    def follow(self, old: "BoardState") -> None:
        """Make the next update tell all differences from an earlier state of the same epoch.

        So clients get what a lost message had, and steps that it reached are celebrated.
        """
        if self._timeline is not None and old._timeline is not None:
            points = self._timeline.differing_points(old._timeline)
            recent = self._timeline.differing_recent(old._timeline)
            self._changed_points = old._changed_points | points
            self._changed_recent = old._changed_recent | recent
        self._reached.follow(old._reached)
        self._removed_ids = set(old._removed_ids)
        self._framed_groups, self._framed_rest = old._framed_groups, old._framed_rest
        self._framed_proof = old._framed_proof
        self._framed_ticker, self._framed_form = old._framed_ticker, old._framed_form
        self._is_reformed = old._is_reformed

    def snapshot_json(self, now_seconds: float) -> dict[str, Any]:
        """Return the whole state: `docs/protocol.md`, event `snapshot`, without its status."""
        board = self.board
        return {
            "board": board.name,
            "epoch": self.epoch,
            "version": self.version,
            "at": self._at,
            "created": self._created,
            **encode_proof(self.proof),
            **encode_board(board),
            "totals": {ALL: self._all, **self._ranking.shown()},
            "groups": self._groups_json(),
            "numbers": self._ranking.number(self._ranking.shown()),
            "rest": self._ranking.rest(self._all),
            "goal": encode_goal(board, self._reached.steps),
            "timeline": self._timeline_json(now_seconds),
            "in_place": self.in_place,
            "ticker": None if self._ticker is None else self._ticker.json(),
            "rejected": self.rejected,
        }

    @property
    def needs_snapshot(self) -> bool:
        """Whether an update is not enough: the timeline has a new form, or it would be too long."""
        return self._has_new_form() or self._is_long(self._make_update(0.0))

    def take_update_json(self, now_seconds: float) -> dict[str, Any]:
        """Return what changed since the last call: `docs/protocol.md`, event `update`."""
        update = self._make_update(now_seconds)
        if self._is_long(update):
            for part in ("totals", "timeline", "ticker"):
                update.pop(part, None)
        self._mark_framed()
        if self._timeline is not None:
            self._timeline.forget(now_seconds)
        return update

    def _make_update(self, now_seconds: float) -> dict[str, Any]:
        update: dict[str, Any] = {
            "epoch": self.epoch,
            "version": self.version,
            "at": self._at,
            "created": self._created,
            "rejected": self.rejected,
        }
        if self.proof != self._framed_proof:
            update |= encode_proof(self.proof)
        if totals := self._changed_totals():
            update["totals"] = totals
            fresh = self._ranking.number(totals.keys() - self._framed_groups.keys())
            update |= {"numbers": fresh} if fresh else {}
        rest = self._ranking.rest(self._all)
        if rest != self._framed_rest or totals.keys() - {ALL}:
            update |= {"rest": rest, "groups": self._groups_json()}
        timeline = self._timeline
        is_changed = bool(self._changed_points or self._changed_recent)
        is_told = is_changed and not self._has_new_form() and not self.in_place
        if timeline is not None and is_told:
            update["timeline"] = {
                "points": timeline.points(self._changed_points),
                "recent": timeline.recent(now_seconds, self._changed_recent),
            }
        if self._ticker is not None:
            ticker = self._ticker.changes_json(self._framed_ticker, self._removed_ids)
            if ticker is not None:
                update["ticker"] = ticker
        if self._reached.to_celebrate:
            update["reached"] = self._reached.to_celebrate
        if self._reached.is_changed:
            update["goal_reached"] = self._reached.steps
        return update

    def _changed_totals(self) -> dict[str, Sums | None]:
        """Return shown totals that differ from the last frame; None: a group is no longer shown."""
        now = {ALL: self._all, **self._ranking.shown()}
        before = self._framed_groups
        changed: dict[str, Sums | None] = {
            group: totals for group, totals in now.items() if before.get(group) != totals
        }
        return changed | {group: None for group in before if group not in now}

    def _is_long(self, update: Mapping[str, Any]) -> bool:
        # Only totals and points can make an update long; a usual update is not encoded twice.
        if len(update.get("totals", ())) + len(update.get("timeline", {}).get("points", ())) < 40:
            return False
        return len(encode_json(dict(update)).encode()) > MAX_EVENT_BYTES - _MARGIN_BYTES

    def _has_new_form(self) -> bool:
        return self._is_reformed or self._framed_form != self._form()

    def _form(self) -> tuple[int | None, bool]:
        """Return what decides how a timeline is drawn; an update cannot change it."""
        return (self._timeline.step_seconds if self._timeline else None), self.in_place

    def _mark_framed(self) -> None:
        self._framed_groups = {ALL: self._all, **self._ranking.shown()}
        self._framed_rest = self._ranking.rest(self._all)
        self._reached.mark_framed()
        self._framed_proof = self.proof
        self._framed_ticker = self._ticker.shown() if self._ticker else {}
        self._framed_form = self._form()
        # Reset here: the step may have changed and changed back, with different points.
        self._is_reformed = False
        self._changed_points, self._changed_recent = set(), set()
        self._removed_ids = set()

    def _groups_json(self) -> dict[str, int]:
        return {"count": self._ranking.count, "shown": len(self._ranking.shown())}

    def _timeline_json(self, now_seconds: float) -> dict[str, Any] | None:
        if self._timeline is None or self.in_place:
            return None
        return self._timeline.json(now_seconds) | {"lines": list(self.board.lines)}
