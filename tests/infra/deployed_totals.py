"""A deployment with sinks of totals, and its container at work."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from aggregates.board_file import load_board
from infra.deploy import deploy
from infra.image import stage_context
from infra.options import Options, read_options
from infra.sink_folder import read_folder
from infra.totals import plan_totals
from tests.conftest import ROOT, RedisServer
from tests.infra.local_aws import REGION, connect, make_environment
from tests.infra.recorded_aws import RecordedAws

BOARD = load_board(ROOT / "boards/fundraiser.toml")


FILES = {
    "sums": 'kind = "totals"\nboard = "fundraiser"\ntarget = "Sums"\nkey = "platform"\n',
    "site": 'kind = "page"\nboard = "fundraiser"\nbucket = "gala-page"\nprefix = "gala/"\n',
    "copy": 'kind = "replica"\ntable = "donations"\ntarget = "donations-copy"\n',
    "big": (
        'kind = "rule"\ntable = "donations"\nwhen = "amount >= 1000"\non_insert = true\n'
        'target = "Big"\ntarget_key = "id"\n[item]\nid = "{id}"\n'
    ),
}


PATIENCE_SECONDS = 90.0


@dataclass
class Deployed:
    endpoint: str
    aws: RecordedAws
    options: Options
    redis: RedisServer
    said: list[str] = field(default_factory=list)

    @cached_property
    def dynamodb(self) -> Any:
        return connect("dynamodb", self.endpoint)

    def change(self, **variables: str) -> list[str]:
        """Deploy again with other variables; return what was said."""
        said: list[str] = []
        given = read_options({"STACK": "wide", "AWS_REGION": REGION, "YES": "1", **variables})
        assert deploy(replace(given, cache=self.options.cache), said.append, lambda _: True) == 0
        return said

    def list_resources(self) -> dict[str, str]:
        client = connect("cloudformation", self.endpoint)
        pages = client.get_paginator("list_stack_resources").paginate(StackName="wide")
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def read_container(self) -> dict[str, Any]:
        """Return the container as ECS has it."""
        task = connect("ecs", self.endpoint).describe_task_definition(taskDefinition="wide-totals")
        [container] = task["taskDefinition"]["containerDefinitions"]
        return dict(container)

    def read_rights(self) -> dict[str, tuple[list[str], list[str]]]:
        """Return the actions and resources of the role's statements, as IAM has them."""
        role = self.list_resources()["TotalsRole"]
        document = connect("iam", self.endpoint).get_role_policy(RoleName=role, PolicyName="write")
        return {
            statement["Sid"]: (_list(statement["Action"]), _list(statement["Resource"]))
            for statement in document["PolicyDocument"]["Statement"]
        }


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@contextmanager
def running(deployed: Deployed, dynamodb_url: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the container's command with its environment, as the web app's user of Redis."""
    container = deployed.read_container()
    told = {variable["name"]: variable["value"] for variable in container["environment"]}
    folder = stage_context(
        ROOT / "boards/fundraiser.toml",
        deployed.options.cache / "ran",
        sinks=plan_totals(read_folder(deployed.options.sinks, "", BOARD)).files,
    )
    assert sorted(path.name for path in (folder / "boards/sinks").iterdir()) == [
        "site.toml",
        "sums.toml",
    ]
    environment = make_environment(deployed.endpoint) | told
    environment["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb_url
    environment["REDIS_URL"] = deployed.redis.url.replace("redis://", "redis://tally-web:secret@")
    environment["BOARDS"] = "boards"
    _, *arguments = container["command"]
    with (deployed.options.cache / "ran/log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment | {"TMPDIR": os.environ.get("TMPDIR", "/tmp")},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            assert process.wait(20) == 0


def read_total(deployed: Deployed, group: str) -> dict[str, Any]:
    reply = deployed.dynamodb.get_item(TableName="Sums", Key={"platform": {"S": group}})
    return dict(reply.get("Item", {}))
