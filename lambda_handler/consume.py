"""Turns a stream event into Lambda's response: parses it once, and hands it to each target."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence

from lambda_handler.stream import EventError, Record, parse_records, read_records, read_stream
from lambda_handler.target import Target

logger = logging.getLogger("tallyboard")

# After a failure, further targets are tried only this long after the batch began: if Redis does not
# answer, a call takes about 20 s, and the function has 30.
_TRY_SECONDS = 8.0

Response = dict[str, list[dict[str, str]]]


class Consumer:
    """Hands stream events to all targets of their table."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._targets: dict[str, list[Target]] = {}
        for target in targets:
            self._targets.setdefault(target.table, []).append(target)

    def consume(self, event: object) -> Response:
        """Hand an event to its targets; return Lambda's partial batch response.

        If one target fails, the whole event is delivered again. The other targets still take it,
        and later skip what they have already. Raises `EventError` and `KeyMismatch` for an event
        that can never be counted as it is.
        """
        records = read_records(event)
        if not records or self._take(records):
            return {"batchItemFailures": []}
        return {"batchItemFailures": [{"itemIdentifier": _first_number(records)}]}

    def _take(self, records: Sequence[Record]) -> bool:
        """Hand records to every target; return False if they must be delivered again."""
        stream = read_stream(records)
        targets = self._targets.get(stream.table)
        if targets is None:
            raise EventError(
                f"no board counts the table {stream.table!r}; the boards count:"
                f" {', '.join(sorted(self._targets))}"
            )
        # The targets of a table agree on its key.
        changes = parse_records(records, targets[0].key)
        if not changes:
            return True
        try_until = time.monotonic() + _TRY_SECONDS
        are_done = True
        for target in targets:
            if not are_done and time.monotonic() > try_until:
                break
            outcome = target.take(changes, stream)
            are_done &= outcome.is_done
            if outcome.trouble:
                first = _first_number(records)
                text = "%s: %d records from %s on %s"
                logger.error(text, target.name, len(records), first, outcome.trouble)
        return are_done


def _first_number(records: Sequence[Record]) -> str:
    """Return the first record's sequence number; Lambda takes an empty one for all records."""
    data = records[0].get("dynamodb")
    return str(data.get("SequenceNumber", "")) if isinstance(data, Mapping) else ""
