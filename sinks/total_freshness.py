"""How long ago each total sink was last written, told as a metric.

The line is in the embedded metric format of CloudWatch Logs, which makes a metric of it:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import time
from collections.abc import Callable, Iterable

NAMESPACE = "Tallyboard"
METRIC = "TotalsAgeSeconds"


class Freshness:
    """The times of the sinks' last writes; a sink that was never written ages from the start."""

    def __init__(self, names: Iterable[str], now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._written = dict.fromkeys(names, now_s())

    def note(self, name: str) -> None:
        """Note that a sink was written now."""
        self._written[name] = self._now_s()

    @property
    def age_seconds(self) -> float:
        """The seconds since the write of the sink that was written longest ago."""
        return self._now_s() - min(self._written.values())


def encode_age(age_seconds: float, now_ms: int, stack: str) -> str:
    """Return the line that tells the age of the oldest sink of a stack."""
    metrics = [{"Name": METRIC, "Unit": "Seconds"}]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": metrics}
    head = {"Timestamp": now_ms, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": head, "Stack": stack, METRIC: round(age_seconds, 1)})
