"""The tables of an event's sinks that are kept with it.

A copy is not kept: it is filled again when the event starts.
"""

from collections.abc import Collection, Iterable

from local.keep.tables import KeptTable
from sinks.choosing import RecordSink
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.state_items import STATE_KEY, name_table


def name_sink_tables(sinks: Iterable[RecordSink], known: Collection[str]) -> list[KeptTable]:
    """Return the tables of sinks that are kept, without the `known` ones.

    They are rules' targets, what rules know, and sources that are no board's table.
    """
    keys: dict[str, tuple[str, ...]] = {}
    for sink in sinks:
        keys.setdefault(sink.source.table, sink.source.key)
        if isinstance(sink, Rule):
            keys.setdefault(sink.target, sink.target_key)
            keys.setdefault(name_table(sink.name), (STATE_KEY,))
    copies = {sink.target for sink in sinks if isinstance(sink, Replica)}
    return [
        KeptTable(table, tuple((name, "S") for name in key))
        for table, key in keys.items()
        if table not in known and table not in copies
    ]
