"""Says how a record sink is: attached, behind, detached since when and why, filled when."""

from datetime import datetime
from typing import Any

from sinks.choosing import RecordSink
from sinks.filling import read_owed
from sinks.kinds.rule import Rule
from sinks.sink_state import ATTACHED, FILLING, StateTable


def describe_sink(
    sink: RecordSink, dynamodb: Any, *, local: bool = False, fix: str = ""
) -> tuple[str, bool]:
    """Return a sink's state in lines, and whether nothing has to be done.

    `local` is whether it runs on this machine, and `fix` what to do if not the usual fill. Raises
    boto3's errors.
    """
    fix = fix or (f"make fill NAME={sink.name}" if local else f"tallyboard fill {sink.name}")
    table = StateTable(dynamodb, sink.name)
    state = table.read()
    if state is None:
        return f"{sink.name}: has not begun; to begin it: {fix}", False
    is_fine = state.status in (ATTACHED, FILLING)
    lines = [f"{sink.name}: {state.status} since {_format(state.since)}"]
    if not is_fine:
        lines.append(f"  why: {state.why}; when that is corrected: {fix}")
    if state.failing_since:
        is_fine = False
        behind = table.now_s() - _seconds(state.failing_since)
        lines.append(f"  behind by {behind:.0f} s, because it fails: {state.why}")
    elif state.taken:
        behind = max(0.0, _seconds(state.taken) - state.seen_s)
        lines.append(
            f"  took its last change at {_format(state.taken)}, {behind:.0f} s after it was made"
        )
    if state.filled:
        lines.append(f"  filled at {_format(state.filled)}")
    if state.gap:
        is_fine = False
        lines.append(f"  a gap: {state.gap}; look for crossings in it yourself, then: {fix}")
    if isinstance(sink, Rule) and (owed := len(read_owed(sink, dynamodb))):
        is_fine = False
        lines.append(f"  owes {owed:,} items: {fix}")
    return "\n".join(lines), is_fine


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _format(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
