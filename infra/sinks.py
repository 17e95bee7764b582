"""The sinks' function in a deployment: a stack of its own beside the other."""

from collections.abc import Sequence
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
from sinks.choosing import RecordSink
from sinks.filling import FillError
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.replica import Replica
from sinks.kinds.sql import Sql
from sinks.state_items import name_table

# In the template for one table, and made for each.
_FOR_EACH = ("Mapping", "GivenUpAlarm")
# The variable in the template that is the model for each password.
_MODEL = "PASSWORD"
# The parameters of the way to what answers SQL, and the other stack's outputs.
_NETWORK = {
    "ExploreFeed": "ExploreFeed",
    "ExploreFeedKeyArn": "ExploreFeedKeyArn",
    "Subnets": "FeederSubnets",
    "FeederGroup": "FeederGroupId",
}
_NO_NETWORK = dict.fromkeys(_NETWORK, "")


class SinksPlan(NamedTuple):
    """The sinks that take records, the folder of their files, and the function's bundle."""

    folder: str
    sinks: list[RecordSink]
    bundle: Bundle

    @property
    def sources(self) -> list[str]:
        """The tables whose changes are taken, in an order."""
        return sorted({sink.source.table for sink in self.sinks})

    @property
    def targets(self) -> list[str]:
        """The tables of DynamoDB that are written, in an order."""
        return sorted({s.target for s in self.sinks if not isinstance(s, Sql | ClickHouse)})

    @property
    def variables(self) -> list[str]:
        """The variables that have passwords, in an order."""
        return sorted({s.password for s in self.sinks if isinstance(s, ClickHouse)} - {""})

    @property
    def has_sql(self) -> bool:
        return any(isinstance(sink, Sql) for sink in self.sinks)


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


def make_sinks_template(sources: int, variables: Sequence[str] = ()) -> Template:
    """Return the template, with a mapping and its alarm for each of so many tables.

    `variables` have passwords.
    """
    template = read_part("sinks")
    _put_passwords(template, variables)
    models = {name: template["Resources"].pop(name) for name in _FOR_EACH}
    for number in range(sources):
        mapping, alarm = (deepcopy(models[name]) for name in _FOR_EACH)
        label = str(number + 1)
        mapping["Properties"]["EventSourceArn"]["Fn::Select"][0] = number
        alarm["Properties"]["AlarmName"]["Fn::Sub"] += f"-{label}"
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"] += label
        template["Resources"] |= {f"Mapping{label}": mapping, f"GivenUpAlarm{label}": alarm}
    return template


def _put_passwords(template: Template, variables: Sequence[str]) -> None:
    """Give the function a variable for each password, after the model in the template."""
    function = template["Resources"]["SinksFunction"]["Properties"]
    given = function["Environment"]["Variables"]
    model = given.pop(_MODEL)["Fn::Sub"]
    if not variables:
        del template["Parameters"]["Secret"]
    for name in variables:
        given[name] = {"Fn::Sub": model.replace(_MODEL, name)}


def name_sinks_stack(stack: str) -> str:
    """Return the name of the stack beside another."""
    return f"{stack}-sinks"


def plan_change(
    account: Account,
    base: Stack,
    stack: Stack,
    feeding: Stack,
    plan: SinksPlan | None,
    secret: str | None = None,
    *,
    is_leaving: bool = False,
) -> list[str] | None:
    """Plan the sinks' stack `feeding`; return its changes, None if there are none.

    It uses the alarms and, for SQL, the network of `stack`, and the bucket of `base`. If the
    network is not ready for SQL yet, it must be planned again later; also if the function
    `is_leaving` that network, for which Lambda needs rights. `secret` is the ARN of the passwords;
    without it the known one stays. Raises `DeployError`.
    """
    if plan is None:
        return None if feeding.describe() is None else ["Remove  all of it; the tables are kept"]
    network = _find_network(stack) if plan.has_sql else _NO_NETWORK
    if network is None:
        return ["Modify  SinksFunction, which is to reach what answers SQL"]
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
        "Targets": ",".join(f"{prefix}{table}" for table in plan.targets),
        "States": ",".join(sorted(f"{prefix}{name_table(sink.name)}" for sink in plan.sinks)),
        "Topic": stack.list_resources()["AlarmTopic"],
        "LogRetentionDays": stack.read_parameters()["LogRetentionDays"],
        **network,
        "NetworkRights": str(int(plan.has_sql or is_leaving)),
    }
    if plan.variables:
        parameters["Secret"] = secret or feeding.read_parameters().get("Secret", "")
        _require_secret(parameters["Secret"], plan.variables)
    template = make_sinks_template(len(streams), plan.variables)
    return feeding.plan(encode_template(template), parameters)


def _require_secret(arn: str, variables: Sequence[str]) -> None:
    if not arn:
        example = ", ".join(f'"{name}": "…"' for name in variables)
        raise DeployError(
            "a sink of SINKS needs a password: make a secret in Secrets Manager with the JSON"
            f" object {{{example}}}, and name its ARN: SINKS_SECRET=arn:aws:secretsmanager:…"
        )


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
        if isinstance(sink, Replica | ClickHouse):
            say(f"A new copy is empty until it is filled: tallyboard fill {sink.name}")


def remove_sinks(account: Account, feeding: Stack) -> None:
    """Remove the stack, if there is one; the tables stay."""
    empty_bucket(account, feeding.list_resources().get("FailedBatches"))
    feeding.delete()


def _find_network(stack: Stack) -> dict[str, str] | None:
    """Return the parameters of the way to what answers SQL; None if the stack has none."""
    outputs = stack.read_outputs()
    found = {name: outputs.get(output, "") for name, output in _NETWORK.items()}
    return found if all(found.values()) else None


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
