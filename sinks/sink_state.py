"""A sink's state table: whether it is attached, and what it has of each item.

`docs/protocol.md` lists the table's items. This module owns the item of the sink itself.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from donations.side_table import create_side_table
from sinks.state_items import EXPIRES, STATE_KEY, name_table, read_number, read_text
from sinks.transaction import is_refused, transact

_SINK = {STATE_KEY: {"S": "sink"}}
_FILL = {STATE_KEY: {"S": "fill"}}

ATTACHED = "attached"
DETACHED = "detached"
FILLING = "filling"


class SinkState(NamedTuple):
    """The state of a sink.

    `since` and `why` are of its status. `stream_ms` is when its stream was made. Changes made
    before `cut_s` are in the last fill. `failing_since` and `failing_at` are of the change that
    fails; empty if none does. `filled` and `taken` are times; `seen_s` is when the newest change
    was made that it took. `gap` says what a rule cannot have seen, and `begun_s` is when it began:
    it does not act on earlier changes. `file` is what a file that took changes had taken last: its
    epoch and version; empty of a sink that has no file.
    """

    status: str
    since: str
    why: str
    stream_ms: int
    cut_s: int
    failing_since: str
    failing_at: str
    filled: str
    taken: str
    seen_s: float
    gap: str
    begun_s: int
    file: str = ""


class StateTable:
    """Reads and writes one sink's state. Each change of its status is one conditional write.

    `now_s` returns the time, in seconds since 1970.
    """

    def __init__(self, dynamodb: Any, sink: str, now_s: Callable[[], float] = time.time) -> None:
        self._dynamodb, self.name, self.now_s = dynamodb, name_table(sink), now_s

    def create(self, status: str, why: str) -> None:
        """Create the table unless it exists, and the sink's state with this status."""
        create_side_table(self._dynamodb, self.name, [STATE_KEY])
        self._expire()
        self._update(
            "SET #status = :status, since = :now, why = :why, begun_s = :begun",
            {
                ":status": {"S": status},
                ":now": self._now(),
                ":why": {"S": why},
                # DynamoDB tells when a change was made in whole seconds.
                ":begun": {"N": str(int(self.now_s()))},
            },
            "attribute_not_exists(#status)",
        )

    def read(self) -> SinkState | None:
        """Return the state; None if the sink was never begun: it has no table, or no state."""
        try:
            reply = self._dynamodb.get_item(TableName=self.name, Key=_SINK, ConsistentRead=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        item = reply.get("Item")
        if item is None:
            return None
        return SinkState(
            status=item["status"]["S"],
            since=read_text(item, "since"),
            why=read_text(item, "why"),
            stream_ms=int(read_number(item, "stream_ms")),
            cut_s=int(read_number(item, "cut_s")),
            failing_since=read_text(item, "failing_since"),
            failing_at=read_text(item, "failing_at"),
            filled=read_text(item, "filled"),
            taken=read_text(item, "taken"),
            seen_s=float(read_number(item, "seen_s")),
            gap=read_text(item, "gap"),
            begun_s=int(read_number(item, "begun_s")),
            file=read_text(item, "file"),
        )

    def note_stream(self, made_ms: int, gap: str) -> None:
        """Note the sink's stream unless a later one is noted; and a gap, unless it is empty."""
        values = {":new": {"N": str(made_ms)}} | ({":gap": {"S": gap}} if gap else {})
        self._update(
            f"SET stream_ms = :new{', gap = :gap' if gap else ''}",
            values,
            "attribute_not_exists(stream_ms) OR stream_ms < :new",
        )

    def note_gap(self, gap: str) -> None:
        self._update("SET gap = :gap", {":gap": {"S": gap[:1000]}})

    def note_failing(self, at: str, why: str) -> None:
        """Note since when the sink fails, unless that is noted."""
        self._update(
            "SET failing_since = :now, failing_at = :at, why = :why",
            {":now": self._now(), ":at": {"S": at}, ":why": {"S": why}},
            "attribute_not_exists(failing_since)",
        )

    def note_taken(self, seen_s: float, *, was_failing: str) -> None:
        """Note that changes were taken; `was_failing` is the change that failed until now."""
        self._update(
            "SET taken = :now, seen_s = :seen",
            {":now": self._now(), ":seen": {"N": f"{seen_s:.3f}"}},
        )
        if was_failing:
            self._update(
                "REMOVE failing_since, failing_at, why",
                {":at": {"S": was_failing}, ":detached": {"S": DETACHED}},
                "failing_at = :at AND #status <> :detached",
            )

    def note_file(self, file: str) -> None:
        """Note the epoch and version of the file that took changes."""
        self._update("SET #file = :file", {":file": {"S": file}})

    def detach(self, why: str, *, stream_ms: int | None = None) -> None:
        """Detach the sink, unless it is detached; with `stream_ms`, note its new stream."""
        values = {
            ":detached": {"S": DETACHED},
            ":now": self._now(),
            ":why": {"S": why[:1000]},
        }
        stream = ""
        if stream_ms is not None:
            stream, values[":stream"] = ", stream_ms = :stream", {"N": str(stream_ms)}
        self._update(
            f"SET #status = :detached, since = :now, why = :why{stream}"
            " REMOVE failing_since, failing_at",
            values,
            "#status <> :detached" if stream_ms is None else None,
        )

    def attach(self) -> None:
        """Attach the sink."""
        self._update(
            "SET #status = :attached, since = :now, filled = :now REMOVE why, gap, failing_since,"
            " failing_at",
            {":attached": {"S": ATTACHED}, ":now": self._now()},
        )

    def begin_fill(self, fill_id: str, cut_s: int) -> None:
        """Begin a fill: from now on the sink takes changes made from `cut_s` on."""
        values = {
            ":filling": {"S": FILLING},
            ":now": self._now(),
            ":cut": {"N": str(cut_s)},
        }
        update = "SET #status = :filling, since = :now, cut_s = :cut REMOVE why, failing_since"
        sink = {
            "TableName": self.name,
            "Key": _SINK,
            "UpdateExpression": f"{update}, failing_at",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": values,
        }
        fill = {"TableName": self.name, "Item": _FILL | {"id": {"S": fill_id}}}
        transact(self._dynamodb, [{"Update": sink}, {"Put": fill}])

    def check_fill(self, fill_id: str) -> dict[str, Any]:
        """Return the part of a transaction which is refused if another fill has begun."""
        return {
            "ConditionCheck": {
                "TableName": self.name,
                "Key": _FILL,
                "ConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id": {"S": fill_id}},
            }
        }

    def finish_fill(self, fill_id: str) -> bool:
        """Attach the sink after its fill; return False if it was detached, or filled again."""
        sink = {
            "TableName": self.name,
            "Key": _SINK,
            "UpdateExpression": "SET #status = :attached, since = :now, filled = :now",
            "ConditionExpression": "#status = :filling",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":attached": {"S": ATTACHED},
                ":filling": {"S": FILLING},
                ":now": self._now(),
            },
        }
        try:
            transact(self._dynamodb, [{"Update": sink}, self.check_fill(fill_id)])
        except ClientError as error:
            if is_refused(error):
                return False
            raise
        return True

    def _now(self) -> dict[str, Any]:
        """Return the time as text that sorts and is read back by `datetime`."""
        now = datetime.fromtimestamp(self.now_s(), UTC)
        return {"S": now.isoformat(timespec="milliseconds")}

    def _expire(self) -> None:
        """Have DynamoDB delete what has expired; it refuses this where that is so already."""
        try:
            self._dynamodb.update_time_to_live(
                TableName=self.name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise

    def _update(self, update: str, values: dict[str, Any], condition: str | None = None) -> bool:
        """Update the sink's item; return False if the condition is not met."""
        text = update + (condition or "")
        names = {f"#{name}": name for name in ("status", "file") if f"#{name}" in text}
        try:
            self._dynamodb.update_item(
                TableName=self.name,
                Key=_SINK,
                UpdateExpression=update,
                ExpressionAttributeValues=values,
                **({"ExpressionAttributeNames": names} if names else {}),
                **({"ConditionExpression": condition} if condition else {}),
            )
        except ClientError as error:
            if is_refused(error):
                return False
            raise
        return True
