"""The kinds of sinks: one module each, with its `KIND` and `read`."""

from collections.abc import Mapping

from sinks.definition import ReadSink
from sinks.kinds import clickhouse, page, replica, rule, sql, totals

_MODULES = (replica, rule, sql, clickhouse, totals, page)

KINDS: Mapping[str, ReadSink] = {module.KIND: module.read for module in _MODULES}
