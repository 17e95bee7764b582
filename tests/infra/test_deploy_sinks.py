"""`make deploy SINKS=…` against a local AWS: the function runs there, and feeds the tables."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from aggregates.board_file import load_board
from sinks.clickhouse.filling import ClickHouseFill
from sinks.clickhouse.server import Server
from sinks.definition import Source
from tests.conftest import ROOT
from tests.infra.conftest import Make
from tests.infra.local_aws import connect
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.conftest import clickhouse_url as clickhouse_url
from tests.sinks.clickhouse.seen import see
from tests.sinks.clickhouse.serving import make_clickhouse
from tests.waiting import wait_for

COPY = 'kind = "replica"\ntable = "logfile"\nkey = "id"\ntarget = "logfile_replica"\n'
RULE = """kind = "rule"
table = "products"
key = "sku"
when = "stock < reorderThreshold"
target = "Replenishment"
target_key = "orderId"
[item]
orderId = "{id}"
sku = "{sku}"
"""
_PATIENCE_SECONDS = 60.0


@dataclass
class Deployed:
    endpoint: str
    output: str
    variables: dict[str, str]

    @property
    def dynamodb(self) -> Any:
        return connect("dynamodb", self.endpoint)

    def put(self, table: str, **item: str | int) -> None:
        typed = {k: {"N": str(v)} if isinstance(v, int) else {"S": v} for k, v in item.items()}
        self.dynamodb.put_item(TableName=table, Item=typed)

    def list_resources(self) -> dict[str, str]:
        client = connect("cloudformation", self.endpoint)
        found = client.list_stack_resources(StackName="fed-sinks")["StackResourceSummaries"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


@pytest.fixture(scope="module")
def deployed(make: Make, endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """Deploy the stack `fed`, with a copy of one table and a rule of another."""
    folder = tmp_path_factory.mktemp("gala") / "sinks"
    folder.mkdir()
    (folder / "logfile.toml").write_text(COPY, "utf-8")
    (folder / "reorder.toml").write_text(RULE, "utf-8")
    dynamodb = connect("dynamodb", endpoint)
    for table, key in (("logfile", "id"), ("products", "sku")):
        dynamodb.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    secret = connect("secretsmanager", endpoint).create_secret(
        Name="redis-url", SecretString="redis://127.0.0.1:9"
    )["ARN"]
    variables = {
        "STACK": "fed",
        "BOARD": "boards/fundraiser.toml",
        "REDIS": "existing",
        "REDIS_SECRET": secret,
        "REDIS_CIDR": "127.0.0.0/8",
        "IMAGE": "registry.example.test/tallyboard:1",
        "MIN_TASKS": "1",
        "MAX_TASKS": "1",
        "SINKS": str(folder),
        "YES": "1",
    }
    result = make("deploy", **variables)
    assert result.returncode == 0, result.stdout + result.stderr
    return Deployed(endpoint, result.stdout, variables)


def test_it_says_what_is_fed_and_what_is_left_to_do(deployed: Deployed) -> None:
    assert "A function feeds the sinks of" in deployed.output
    assert "logfile: copies the table logfile to the table logfile_replica" in deployed.output
    assert "A new copy is empty until it is filled: tallyboard fill logfile" in deployed.output


def test_the_function_acts_on_a_crossing_and_passes_over_a_copy_that_was_not_filled(
    deployed: Deployed,
) -> None:
    deployed.put("logfile", id="a", status=200)
    deployed.put("products", sku="tea", stock=12, reorderThreshold=10)
    deployed.put("products", sku="tea", stock=9, reorderThreshold=10)
    dynamodb = deployed.dynamodb
    wait_for(lambda: dynamodb.scan(TableName="Replenishment")["Count"] == 1, _PATIENCE_SECONDS)
    assert dynamodb.scan(TableName="Replenishment")["Items"][0]["sku"] == {"S": "tea"}
    assert dynamodb.scan(TableName="logfile_replica")["Count"] == 0
    state = dynamodb.get_item(TableName="logfile-sink", Key={"key": {"S": "sink"}})["Item"]
    assert (state["status"]["S"], state["why"]["S"]) == ("detached", "it was never filled")
    kept = dynamodb.describe_time_to_live(TableName="reorder-sink")["TimeToLiveDescription"]
    assert kept["AttributeName"] == "expires"


def test_deploying_again_changes_nothing(deployed: Deployed, make: Make) -> None:
    again = make("deploy", STACK="fed", IMAGE=deployed.variables["IMAGE"])
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing to change." in again.stdout


def test_a_mistake_in_a_file_changes_nothing(
    deployed: Deployed, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "low.toml").write_text(RULE.replace("stock <", "stock ~"), "utf-8")
    result = make("deploy", STACK="fed", SINKS=str(tmp_path), YES="1")
    assert result.returncode != 0
    assert "low.toml: when: is 'stock ~ reorderThreshold'; write attributes" in result.stderr
    assert "SinksFunction" in deployed.list_resources()


def test_another_rule_of_the_same_table_changes_the_role_and_the_code(
    deployed: Deployed, make: Make
) -> None:
    more = RULE.replace("Replenishment", "Alerts").replace("orderId", "alertId")
    (Path(deployed.variables["SINKS"]) / "alert.toml").write_text(more, "utf-8")
    result = make("deploy", STACK="fed", YES="1")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "The stack fed-sinks would change:" in result.stdout
    assert "Modify  SinksRole" in result.stdout
    assert "The stack fed would change:" not in result.stdout
    assert deployed.dynamodb.scan(TableName="Alerts")["Count"] == 0
    deployed.put("products", sku="jam", stock=12, reorderThreshold=10)
    deployed.put("products", sku="jam", stock=3, reorderThreshold=10)
    wait_for(lambda: deployed.dynamodb.scan(TableName="Alerts")["Count"] == 1, _PATIENCE_SECONDS)


def test_rows_go_to_clickhouse_with_the_password_of_a_secret(
    deployed: Deployed, make: Make, clickhouse_url: str
) -> None:
    made = make_clickhouse(clickhouse_url)
    file = Path(deployed.variables["SINKS"]) / "columns.toml"
    file.write_text(
        f'kind = "clickhouse"\nboard = "fundraiser"\nurl = "{made.url}"\nuser = "{made.user}"\n'
        f'database = "{made.database}"\npassword = "{made.password}"\n',
        "utf-8",
    )
    refused = make("deploy", STACK="fed", YES="1")
    assert refused.returncode != 0
    assert '{"CLICKHOUSE_PASSWORD": "…"}, and name its ARN: SINKS_SECRET=arn' in refused.stderr
    secret = connect("secretsmanager", deployed.endpoint).create_secret(
        Name="passwords", SecretString=json.dumps(ENVIRONMENT)
    )["ARN"]
    result = make("deploy", STACK="fed", YES="1", SINKS_SECRET=secret)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "empty until it is filled: tallyboard fill columns" in result.stdout
    again = make("deploy", STACK="fed", YES="1")
    assert "Nothing to change." in again.stdout, again.stdout + again.stderr
    board = load_board(ROOT / "boards/fundraiser.toml")
    sink = replace(made, name="columns", board=board, source=Source(board.table, board.key))
    server = Server(sink, ENVIRONMENT)
    ClickHouseFill(sink, deployed.dynamodb, server, margin_seconds=0).run()
    deployed.put("donations", donationId="d-1", platform="Phone", amount=25)
    wait_for(lambda: "d-1" in see(sink), _PATIENCE_SECONDS)


def test_they_are_taken_away_and_their_tables_stay(deployed: Deployed, make: Make) -> None:
    gone = make("deploy", STACK="fed", SINKS="none", YES="1")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert "Remove  all of it; the tables are kept" in gone.stdout
    functions = connect("lambda", deployed.endpoint).list_functions()["Functions"]
    assert "fed-sinks" not in [function["FunctionName"] for function in functions]
    assert deployed.dynamodb.scan(TableName="Replenishment")["Count"] == 2
    destroyed = make("destroy", STACK="fed", YES="1")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
