"""`make status`: prints addresses, versions, delays, and whether the totals are proven."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.account import Account, find_account
from infra.errors import DeployError
from infra.explore import describe_answer
from infra.options import Options
from infra.sink_status import describe_deployed_sinks
from infra.stack import Say, Stack

_TIMEOUT_SECONDS = 5.0


def show_status(options: Options, say: Say) -> int:
    """Print the system's state; return 0 if its figures are live, else 1. Raises `DeployError`."""
    account = find_account(options.region)
    stack = Stack(account.connect("cloudformation"), options.stack, say)
    found = stack.describe()
    if found is None:
        raise DeployError(f"there is no stack {options.stack} in {account.region}: make deploy")
    outputs = stack.read_outputs()
    if not outputs:
        raise DeployError(f"the stack {options.stack} is {found['StackStatus']}: not ready")
    function = account.connect("lambda").get_function_configuration(
        FunctionName=outputs["FunctionName"]
    )
    board = _read_board(outputs)
    status = board.get("status", {})
    age = _read_metric(
        account, "AWS/Lambda", "IteratorAge", {"FunctionName": outputs["FunctionName"]}, 15
    )
    drift = _read_metric(account, outputs["MetricNamespace"], "Drift", {}, 24 * 60)
    proven = _read_metric(account, outputs["MetricNamespace"], "Proven", {}, 24 * 60)
    say(f"stack         {options.stack}: {found['StackStatus']}")
    say(f"display       {outputs['Address']}")
    say(f"board         {outputs['BoardName']} of the table {outputs['TableName']}")
    say(f"figures       {status.get('state', 'no answer')} {status.get('reason', '')}".rstrip())
    say(f"version       {board.get('version', '?')}, {board.get('rejected', '?')} rejected")
    say(f"proven        {board.get('verified_at') or 'not yet'}")
    say(f"drift         {_describe_drift(drift, proven)}")
    say(f"iterator age  {_format(age, ' ms')}, the highest of 15 minutes")
    say(f"function      {function['Runtime']}, code {function['CodeSha256'][:12]}")
    say(f"image         {outputs['ImageName'].rpartition(':')[2]}, page {status.get('page', '?')}")
    if "PublicAddress" in outputs:
        say(f"page          {outputs['PublicAddress']}")
    for line in (*describe_answer(outputs), *describe_deployed_sinks(account, stack, options)):
        say(line)
    return 0 if status.get("live") else 1


def _read_board(outputs: dict[str, str]) -> dict[str, Any]:
    """Return the board's snapshot from the display's address; empty without an answer."""
    address = f"{outputs['Address']}api/boards/{outputs['BoardName']}"
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
            text = reply.read()
    except urllib.error.HTTPError as error:
        text = error.read()  # the board has no figures yet; the text says why
    except OSError:
        return {}
    try:
        snapshot: dict[str, Any] = json.loads(text)
    except ValueError:
        return {}
    return snapshot


def _read_metric(
    account: Account, namespace: str, name: str, dimensions: dict[str, str], minutes: int
) -> float | None:
    """Return the newest of a metric's maxima in the last minutes; None if there is none."""
    now = datetime.now(UTC)
    points = account.connect("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(minutes=minutes),
        EndTime=now,
        Period=60 * minutes if minutes < 60 else 3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    newest = max(points, key=lambda point: point["Timestamp"], default=None)
    return None if newest is None else float(newest["Maximum"])


def _format(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:,.0f}{unit}"


def _describe_drift(drift: float | None, proven: float | None) -> str:
    if drift:
        return "yes, within 24 hours; verify's log says in what"
    return "none within 24 hours" if proven else "unknown: no reconcile has finished"
