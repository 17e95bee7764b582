"""Hands a stream event to the record sinks of its table, each with its own outcome."""

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from lambda_handler.consume import Response
from lambda_handler.stream import Stream, read_records, read_stream
from sinks.change import Change, parse_changes
from sinks.sink_state import DETACHED, SinkState
from sinks.target import Failure, Refused, Target

logger = logging.getLogger("tallyboard")

# A sink that fails for so long is detached, because it holds back the others. It must be well
# before the event source mapping gives records up, because those are lost to all sinks.
DETACH_SECONDS = 120.0

AWS_ERRORS = (BotoCoreError, ClientError)


class SinkConsumer:
    """Hands stream events to all record sinks of their table, side by side."""

    def __init__(
        self, targets: Iterable[Target], *, detach_seconds: float = DETACH_SECONDS
    ) -> None:
        self._targets: dict[str, list[Target]] = {}
        for target in targets:
            self._targets.setdefault(target.source.table, []).append(target)
        self._detach_seconds = detach_seconds

    def consume(self, event: object) -> Response:
        """Hand an event to its sinks; return Lambda's partial batch response.

        It names the first record that a sink has failed at: from there the batch comes again, and
        the other sinks pass over what they have. Raises `EventError`.
        """
        records = read_records(event)
        if not records:
            return {"batchItemFailures": []}
        stream = read_stream(records)
        targets = self._targets.get(stream.table, [])
        changes = parse_changes(records, stream)
        if not targets or not changes:
            return {"batchItemFailures": []}
        with ThreadPoolExecutor(len(targets)) as pool:
            failures = list(pool.map(lambda target: self._feed(target, changes, stream), targets))
        failed = [failure.first.number for failure in failures if failure is not None]
        if not failed:
            return {"batchItemFailures": []}
        first = next(change.number for change in changes if change.number in failed)
        return {"batchItemFailures": [{"itemIdentifier": first}]}

    def _feed(self, target: Target, changes: Sequence[Change], stream: Stream) -> Failure | None:
        """Hand changes to one sink; return why they must come again."""
        try:
            state = target.state.read()
            if state is None:
                logger.error(
                    "sink %s has not begun and passes over %d changes; begin it:"
                    " tallyboard fill %s",
                    target.name,
                    len(changes),
                    target.name,
                )
                return None
            state = _follow_stream(target, state, stream)
            if state.status == DETACHED:
                return target.pass_over(changes, state)
            return self._take(target, changes, state)
        except AWS_ERRORS as error:
            logger.error("sink %s: its state cannot be read or written: %s", target.name, error)
            return Failure(changes[0], str(error))

    def _take(self, target: Target, changes: Sequence[Change], state: SinkState) -> Failure | None:
        try:
            failure = target.take(changes, state)
        except Refused as error:
            return self._detach(target, changes, state, str(error))
        if failure is None:
            was_failing = next((c.at for c in changes if c.at == state.failing_at), "")
            target.state.note_taken(changes[-1].made_s, was_failing=was_failing)
            return None
        logger.error(
            "sink %s: changes from %s on come again: %s",
            target.name,
            failure.first.number,
            failure.why,
        )
        # What failed before is in this batch, and was taken: this is another failure.
        was_taken = state.failing_at != failure.first.at and any(
            change.at == state.failing_at for change in changes
        )
        if was_taken:
            target.state.note_taken(failure.first.made_s, was_failing=state.failing_at)
        if was_taken or not state.failing_since:
            target.state.note_failing(failure.first.at, failure.why)
            return failure
        since_s = datetime.fromisoformat(state.failing_since).timestamp()
        if target.state.now_s() - since_s < self._detach_seconds:
            return failure
        return self._detach(
            target, changes, state, f"failed since {state.failing_since}: {failure.why}"
        )

    def _detach(
        self, target: Target, changes: Sequence[Change], state: SinkState, why: str
    ) -> Failure | None:
        target.state.detach(why)
        logger.error(
            "sink %s is detached: %s; when that is corrected: tallyboard fill %s",
            target.name,
            why,
            target.name,
        )
        return target.pass_over(changes, state)


def _follow_stream(target: Target, state: SinkState, stream: Stream) -> SinkState:
    """Return the state after noting the stream; a new one leaves a gap that only a fill closes."""
    if stream.made_ms <= state.stream_ms:
        return state
    why = f"the table {stream.table} has a new stream; changes between the two are in neither"
    if not target.is_filled_from_table:
        logger.error("sink %s: %s", target.name, why)
        target.state.note_stream(stream.made_ms, why)
        return state._replace(stream_ms=stream.made_ms)
    logger.error("sink %s is detached: %s", target.name, why)
    target.state.detach(why, stream_ms=stream.made_ms)
    return state._replace(status=DETACHED, stream_ms=stream.made_ms)
