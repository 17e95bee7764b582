"""A deployment that answers SQL, and its container at work."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from aggregates.board_file import load_board
from explore.keys import dump_keys, make_key
from infra import bundle
from infra.bundle import Bundle
from infra.deploy import deploy
from infra.image import EXPLORE
from infra.options import Options, read_options
from tests.conftest import ROOT, free_port
from tests.infra.built_image import UID, build, start
from tests.infra.fake_docker import FakeDocker
from tests.infra.guarded_dynamodb import Guard, Use, guard_dynamodb
from tests.infra.local_aws import CREDENTIALS, REGION, connect
from tests.infra.recorded_aws import RecordedAws
from tests.waiting import wait_for

BOARD = load_board(ROOT / "boards/fundraiser.toml")
STACK = "asked"
SINKS = {
    "explore": 'kind = "sql"\nboard = "fundraiser"\nhidden = ["email"]\n',
    "copy": 'kind = "replica"\ntable = "donations"\ntarget = "donations-copy"\n',
}
QUERY = """title = "Gifts by platform"
sql = "select platform, sum(amount) as total from donations group by platform order by platform"
"""


@dataclass
class Deployed:
    endpoint: str
    aws: RecordedAws
    options: Options
    docker: FakeDocker
    said: list[str] = field(default_factory=list)

    @cached_property
    def dynamodb(self) -> Any:
        return connect("dynamodb", self.endpoint)

    @property
    def sinks(self) -> list[Path]:
        return [Path(str(self.options.sinks)) / "explore.toml"]

    def change(self, **variables: str) -> list[str]:
        """Deploy again with other variables; return what was said."""
        said: list[str] = []
        given = {"STACK": STACK, "AWS_REGION": REGION, "YES": "1", "BOARD": str(self.options.board)}
        options = replace(read_options(given | variables), cache=self.options.cache)
        assert deploy(options, said.append, lambda _: True) == 0
        return said

    def list_resources(self, stack: str = STACK) -> dict[str, str]:
        client = connect("cloudformation", self.endpoint)
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }

    def read_container(self) -> dict[str, Any]:
        """Return the container as ECS has it."""
        client = connect("ecs", self.endpoint)
        task = client.describe_task_definition(taskDefinition=f"{STACK}-explore")["taskDefinition"]
        [container] = task["containerDefinitions"]
        return dict(container) | {"task memory": task["memory"]}

    def read_rights(self) -> dict[str, tuple[list[str], str]]:
        """Return the actions and the resource of the role's statements, as IAM has them."""
        return {
            statement["Sid"]: (
                [actions] if isinstance(actions := statement["Action"], str) else actions,
                statement["Resource"],
            )
            for statement in self._read_policy(self.list_resources()["ExploreRole"], "explore")
        }

    def list_function_rights(self) -> set[str]:
        """Return the names of the statements of the sinks' function's role."""
        role = self.list_resources(f"{STACK}-sinks")["SinksRole"]
        return {statement["Sid"] for statement in self._read_policy(role, "feed")}

    def _read_policy(self, role: str, name: str) -> list[dict[str, Any]]:
        client = connect("iam", self.endpoint)
        document = client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        found: list[dict[str, Any]] = document["Statement"]
        return found

    def read_secret(self, name: str) -> str:
        manager = connect("secretsmanager", self.endpoint)
        text: str = manager.get_secret_value(SecretId=self.list_resources()[name])["SecretString"]
        return text

    def make_key(self) -> str:
        """Make a key, and put it into the secret as the page says."""
        text, key = make_key("Ana", ("fundraiser",), "2026-11-21T19:00:00Z")
        connect("secretsmanager", self.endpoint).put_secret_value(
            SecretId=self.list_resources()["ExploreKeys"],
            SecretString=dump_keys({key.id: key}).decode(),
        )
        return text

    def read_function(self) -> dict[str, str]:
        """Return the environment of the sinks' function."""
        client = connect("lambda", self.endpoint)
        found = client.get_function_configuration(FunctionName=f"{STACK}-sinks")
        return dict(found["Environment"]["Variables"])

    def lead_function(self, feed: str) -> None:
        """Have the sinks' function find the feed here: its name is known in AWS' network only."""
        client = connect("lambda", self.endpoint)
        client.update_function_configuration(
            FunctionName=f"{STACK}-sinks",
            Environment={"Variables": self.read_function() | {"EXPLORE_FEED": feed}},
        )


@contextmanager
def bundles_made_once() -> Iterator[None]:
    """Have each bundle made once: the same sources make the same bytes (test_bundle.py)."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (("pieces", "make_bundle"), ("sinks", "make_sinks_bundle")):
            patch.setattr(f"infra.{module}.{name}", _make_once(getattr(bundle, name)))
        yield


def _make_once(make: Callable[..., Bundle]) -> Callable[..., Bundle]:
    made: dict[str, Bundle] = {}

    def find(*arguments: Any) -> Bundle:
        key = repr(arguments)
        if key not in made:
            one = make(*arguments)
            path = one.path.with_name(f"{one.sha256}.zip")
            made[key] = replace(one, path=one.path.rename(path))
        return made[key]

    return find


class Answering:
    """The container at work: a client with a key, the feed's address, and what its role used.

    `packages` are what the image has.
    """

    def __init__(
        self,
        client: httpx.Client,
        feed: str,
        guard: Guard,
        allowed: set[Use],
        packages: set[str],
    ) -> None:
        self.client, self.feed, self.guard, self.allowed = client, feed, guard, allowed
        self.packages = packages

    def ask(self, sql: str) -> dict[str, Any]:
        reply = self.client.post("/api/boards/fundraiser/query", json={"sql": sql})
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found


@contextmanager
def answering(deployed: Deployed, folder: Path) -> Iterator[Answering]:
    """Build the image from the sources, and run it as ECS would, with the role's rights."""
    queries = [Path(str(deployed.options.board)).parent / "queries/by-platform.toml"]
    data, port, feed = folder / "data", free_port(), free_port()
    data.mkdir()
    container = deployed.read_container()
    told = {variable["name"]: variable["value"] for variable in container["environment"]}
    # The volume is a folder here, and both ports are free ones.
    told = {name: value.replace("/tmp", str(data)) for name, value in told.items()}
    told |= {"HOST": "127.0.0.1", "PORT": str(port), "EXPLORE_FEED": f"http://127.0.0.1:{feed}"}
    told["EXPLORE_FEED_KEY"] = deployed.read_secret("ExploreFeedKey")
    rights = deployed.read_rights()
    allowed = {
        (action, rights[sid][1].rpartition("/")[2])
        for sid in ("ReadTable", "KeepState")
        for action in rights[sid][0]
    }
    key = deployed.make_key()
    with (
        build(folder, EXPLORE, sinks=deployed.sinks, queries=queries) as image,
        guard_dynamodb(deployed.endpoint, allowed) as guard,
        (folder / "log").open("w+") as log,
    ):
        if os.getuid() == 0:
            os.chown(data, UID, UID)
        told |= {
            "AWS_ENDPOINT_URL": deployed.endpoint,
            "AWS_ENDPOINT_URL_DYNAMODB": guard.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            **CREDENTIALS,
        }
        process = start(image, log, **told)
        headers = {"authorization": f"Bearer {key}"}
        url = f"http://127.0.0.1:{port}"
        try:
            [*_, program] = re.findall(r'"([^"]*)"', image.healthcheck)
            with httpx.Client(base_url=url, headers=headers, timeout=20) as client:
                wait_for(lambda: is_healthy(process, client, folder), 30)
                packages = {path.name for path in (image.root / "app").iterdir()}
                address = f"http://127.0.0.1:{feed}"
                yield Answering(client, address, guard, allowed, packages)
            check = [sys.executable, "-c", program.replace("8000", str(port))]
            assert subprocess.run(check, check=False).returncode == 0
        finally:
            process.terminate()
            code = process.wait(20)
        assert code in (0, -15)


def is_healthy(process: "subprocess.Popen[bytes]", client: httpx.Client, folder: Path) -> bool:
    assert process.poll() is None, (folder / "log").read_text()
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False


def give(deployed: Deployed, key: str, platform: str, amount: str) -> None:
    """Put a donation into the deployed table."""
    item = {
        "donationId": {"S": key},
        "email": {"S": "donor@example.test"},
        "donatedAt": {"S": "2026-11-21T19:04:11Z"},
        "platform": {"S": platform},
        "amount": {"N": amount},
    }
    deployed.dynamodb.put_item(TableName="donations", Item=item)
