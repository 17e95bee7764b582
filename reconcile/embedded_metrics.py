"""Encodes metrics as lines of JSON in the embedded metric format of CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from typing import Any

from reconcile.chain_watch import ChainReport

NAMESPACE = "Tallyboard"


def encode_report(report: ChainReport, now_ms: int, stack: str = "") -> str:
    """Return a board's line: `Live` (0 or 1), and `ChainAgeSeconds` if anything is confirmed.

    `stack` is a second dimension: stacks of one account may have boards of the same name.
    """
    values: dict[str, Any] = {"Live": int(report.is_live)}
    metrics = [{"Name": "Live", "Unit": "None"}]
    if report.age_seconds is not None:
        values["ChainAgeSeconds"] = round(report.age_seconds, 1)
        metrics.append({"Name": "ChainAgeSeconds", "Unit": "Seconds"})
    places = {"Stack": stack} if stack else {}
    places["Board"] = report.board
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(places)], "Metrics": metrics}
    head = {"Timestamp": now_ms, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": head, **places, **values})
