"""Notices sources that are silent or in trouble: a line in the log, and metrics for alarms.

The metrics are a line of JSON each minute, in the embedded metric format of CloudWatch Logs:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from crew.silence import is_silent
from intake.heard import Heard
from intake.signature import now_utc

logger = logging.getLogger("tallyboard")

NAMESPACE = "Tallyboard"
_LOOK_SECONDS = 10.0
_REPORT_SECONDS = 60.0
# More than six hours of a source that is heard every minute.
_MAX_MOMENTS = 500


class SourceReport(NamedTuple):
    """How many sources are silent, troubled or unusable, and what came since the last report."""

    silent: int
    troubled: int
    unusable: int
    refused: int
    unreadable: int


class SourceWatch:
    """Follows what the sources have sent. `unusable` sources could not be opened at all.

    Without a `stack` no metrics are written. After a restart, a source's usual pause is learned
    again before its silence is noticed.
    """

    def __init__(
        self,
        sources: Mapping[str, Heard],
        unusable: int,
        stack: str,
        write: Callable[[str], None] = lambda line: print(line, flush=True),  # noqa: T201
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._sources, self._unusable, self._stack = sources, unusable, stack
        self._write, self._clock = write, clock
        self._moments = {name: deque[float](maxlen=_MAX_MOMENTS) for name in sources}
        self._silent: set[str] = set()
        self._reported = dict.fromkeys(("refused", "unreadable"), 0)

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set, and report each minute."""
        since_report = 0.0
        while not stop.wait(_LOOK_SECONDS):
            self.look()
            since_report += _LOOK_SECONDS
            if since_report >= _REPORT_SECONDS:
                since_report = 0.0
                report = self.report()
                if self._stack:
                    self._write(encode_metrics(report, self._clock(), self._stack))

    def look(self) -> None:
        """Note when each source was last heard; log those that have just become silent."""
        now = self._clock().timestamp()
        for name, heard in self._sources.items():
            # A source that is only asked is never heard.
            last = heard.heard_at or heard.found_at
            moments = self._moments[name]
            if last is not None and (not moments or last.timestamp() > moments[-1]):
                moments.append(last.timestamp())
            if not moments or not is_silent(moments, now):
                self._silent.discard(name)
            elif name not in self._silent:
                self._silent.add(name)
                minutes = int(now - moments[-1]) // 60
                logger.warning("source %s: nothing has come for %d minutes", name, minutes)

    def report(self) -> SourceReport:
        """Return the figures; what came is counted since the last call."""
        came = {}
        for what, before in self._reported.items():
            total = sum(heard.counts[what] for heard in self._sources.values())
            came[what], self._reported[what] = total - before, total
        troubled = sum(bool(heard.trouble) for heard in self._sources.values())
        return SourceReport(len(self._silent), troubled, self._unusable, **came)


def encode_metrics(report: SourceReport, now: datetime, stack: str) -> str:
    """Return a report as a line of metrics."""
    values = {
        "SilentSources": report.silent,
        "TroubledSweeps": report.troubled,
        "UnusableSources": report.unusable,
        "RefusedRequests": report.refused,
        "UnreadableRequests": report.unreadable,
    }
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": metrics}
    head = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": head, "Stack": stack, **values})
