"""The sinks' function in a deployment: a stack of its own beside the other."""

from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

from botocore.exceptions import ClientError

from infra.account import Account
from infra.bucket import empty_bucket
from infra.bundle import RUNTIME, Bundle, make_sinks_bundle
from infra.errors import DeployError
from infra.sink_folder import SinkFolder
from infra.stack import Say, Stack
from infra.template import Template, encode_template, read_part
from sinks.beginning import begin_sink
from sinks.filling import FillError
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.state_items import name_table

# In the template for one table, and made for each.
_FOR_EACH = ("Mapping", "GivenUpAlarm")


class SinksPlan(NamedTuple):
    """The sinks that take records, the folder of their files, and the function's bundle."""

    folder: str
    sinks: list[Replica | Rule]
    bundle: Bundle

    @property
    def sources(self) -> list[str]:
        """The tables whose changes are taken, in an order."""
        return sorted({sink.source.table for sink in self.sinks})


def find_known_folder(stack: Stack, feeding: Stack) -> str:
    """Return the folder of the deployed sinks; empty if there is none."""
    known = feeding.read_parameters().get("Folder", "")
    return known or stack.read_parameters().get("TotalsFolder", "")


def plan_sinks(folder: SinkFolder | None, board_file: Path, cache: Path) -> SinksPlan | None:
    """Return the plan; None if no sink is to be fed. Raises `DeployError`."""
    if folder is None or not folder.records:
        return None
    files = [folder.find_file(sink) for sink in folder.records]
    return SinksPlan(folder.path, folder.records, make_sinks_bundle(board_file, files, cache))


def describe_sinks(plan: SinksPlan) -> list[str]:
    """Return what will be fed, a line each."""
    lines = [f"  A function feeds the sinks of {plan.folder} from the streams of their tables:"]
    return lines + [f"    {sink.name}: {sink.describe()}" for sink in plan.sinks]


def make_sinks_template(sources: int) -> Template:
    """Return the template, with a mapping and its alarm for each of so many tables."""
    template = read_part("sinks")
    models = {name: template["Resources"].pop(name) for name in _FOR_EACH}
    for number in range(sources):
        mapping, alarm = (deepcopy(models[name]) for name in _FOR_EACH)
        label = str(number + 1)
        mapping["Properties"]["EventSourceArn"]["Fn::Select"][0] = number
        alarm["Properties"]["AlarmName"]["Fn::Sub"] += f"-{label}"
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"] += label
        template["Resources"] |= {f"Mapping{label}": mapping, f"GivenUpAlarm{label}": alarm}
    return template


def name_sinks_stack(stack: str) -> str:
    """Return the name of the stack beside another."""
    return f"{stack}-sinks"


def plan_change(
    account: Account, base: Stack, stack: Stack, feeding: Stack, plan: SinksPlan | None
) -> list[str] | None:
    """Plan the sinks' stack `feeding`; return its changes, None if there are none.

    It uses the alarms of `stack`, and the bucket of `base`. Raises `DeployError`.
    """
    if plan is None:
        return None if feeding.describe() is None else ["Remove  all of it; the tables are kept"]
    bucket = base.read_outputs()["ArtifactsBucket"]
    streams = [_find_stream(account, table) for table in plan.sources]
    bundle = plan.bundle.path.read_bytes()
    account.connect("s3").put_object(Bucket=bucket, Key=plan.bundle.key, Body=bundle)
    prefix = f"arn:{account.partition}:dynamodb:{account.region}:{account.number}:table/"
    parameters = {
        "Folder": plan.folder,
        "CodeBucket": bucket,
        "CodeKey": plan.bundle.key,
        "Runtime": RUNTIME,
        "Streams": ",".join(streams),
        "Targets": ",".join(sorted({f"{prefix}{sink.target}" for sink in plan.sinks})),
        "States": ",".join(sorted(f"{prefix}{name_table(sink.name)}" for sink in plan.sinks)),
        "Topic": stack.list_resources()["AlarmTopic"],
        "LogRetentionDays": stack.read_parameters()["LogRetentionDays"],
    }
    return feeding.plan(encode_template(make_sinks_template(len(streams))), parameters)


def apply_sinks(account: Account, feeding: Stack, plan: SinksPlan | None, say: Say) -> None:
    """Carry out the planned change, and say what is left to do. Raises `DeployError`."""
    if plan is None:
        remove_sinks(account, feeding)
        return
    # Rules begin before their function reads the streams.
    for sink in plan.sinks:
        try:
            begin_sink(sink, account.connect("dynamodb"))
        except FillError as error:
            raise DeployError(str(error)) from error
    feeding.apply()
    for sink in plan.sinks:
        if isinstance(sink, Replica):
            say(f"A new copy is empty until it is filled: tallyboard fill {sink.name}")


def remove_sinks(account: Account, feeding: Stack) -> None:
    """Remove the stack, if there is one; the tables stay."""
    empty_bucket(account, feeding.list_resources().get("FailedBatches"))
    feeding.delete()


def _find_stream(account: Account, table: str) -> str:
    try:
        described = account.connect("dynamodb").describe_table(TableName=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise DeployError(f"there is no table {table}, which a sink of SINKS names") from error
    arn: str | None = described.get("LatestStreamArn")
    if not arn:
        raise DeployError(f"the table {table} has no stream; enable it with NEW_AND_OLD_IMAGES")
    return arn
