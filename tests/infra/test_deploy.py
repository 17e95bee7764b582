"""The real `make deploy` against a local AWS: what it creates, and that the result counts."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.board_file import load_board
from aggregates.keys import board_keys
from infra.bundle import make_bundle
from infra.template import make_template
from tests.conftest import ROOT, RedisServer
from tests.infra.conftest import Make
from tests.infra.fake_docker import FakeDocker
from tests.infra.local_aws import connect
from tests.waiting import wait_for

# Kinds that the local AWS only records. cfn-lint (test_template.py) checks their properties; the
# comment beside each says what else replaces them.
STUBS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "refused; left out by MIN_TASKS=MAX_TASKS",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "refused; left out by MIN_TASKS=MAX_TASKS",
    "AWS::Budgets::Budget": "only with BUDGET; watches nothing",
    "AWS::CloudFront::CachePolicy": "only with PUBLIC; test_deploy_totals.py reads it back",
    "AWS::CloudFront::Distribution": "only with PUBLIC; serves nothing; read back there",
    "AWS::CloudFront::OriginAccessControl": "only with PUBLIC; kept, not enforced",
    "AWS::CloudFront::ResponseHeadersPolicy": "only with PUBLIC; test_template.py reads it",
    "AWS::CloudWatch::Alarm": "never rings; test_alarms.py has each in docs/operations.md",
    "AWS::CloudWatch::Dashboard": "not drawn; test_alarms.py reads its JSON",
    "AWS::EC2::InternetGateway": "",
    "AWS::EC2::Route": "",
    "AWS::EC2::RouteTable": "",
    "AWS::EC2::SecurityGroup": "filters nothing; test_template.py reads who may reach Redis",
    "AWS::EC2::Subnet": "",
    "AWS::EC2::SubnetRouteTableAssociation": "",
    "AWS::EC2::VPC": "the function is in no network",
    "AWS::EC2::VPCEndpoint": "",
    "AWS::EC2::VPCGatewayAttachment": "",
    "AWS::ECS::Cluster": "",
    "AWS::ECS::Service": "runs nothing; test_container.py runs the image's steps",
    "AWS::ECS::TaskDefinition": "runs nothing; test_container.py runs the image's steps",
    "AWS::ElastiCache::ParameterGroup": "",
    "AWS::ElastiCache::ReplicationGroup": "an address and no server; a real Redis stands in",
    "AWS::ElastiCache::ServerlessCache": "refused; only with REDIS=serverless",
    "AWS::ElastiCache::SubnetGroup": "",
    "AWS::ElastiCache::User": "test_redis_user.py gives its rights to a user of a real server",
    "AWS::ElastiCache::UserGroup": "",
    "AWS::ElasticLoadBalancingV2::Listener": "",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "not in every stack; routes nothing",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "",
    "AWS::IAM::Role": "kept, not enforced; test_template.py reads every statement",
    "AWS::KMS::Key": "",
    "AWS::Logs::MetricFilter": "never matches; test_alarms.py tries the patterns' texts",
    "AWS::S3::BucketPolicy": "kept, not enforced",
    "AWS::SNS::Subscription": "sends no mail",
    "AWS::Scheduler::Schedule": "never fires",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "only with EXPLORE; answers nobody",
    "AWS::ServiceDiscovery::Service": "only with EXPLORE; test_deploy_explore.py names the address",
    "AWS::WAFv2::WebACL": "only with RATE_LIMIT or CREW; blocks nothing",
    "AWS::WAFv2::WebACLAssociation": "refused; left out by limits of 0",
}
# Kinds that it really creates; the tests below inspect and use them.
REAL = {
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
}


@dataclass
class Deployed:
    endpoint: str
    output: str
    redis: RedisServer
    variables: dict[str, str]


@pytest.fixture(scope="module")
def deployed(make: Make, endpoint: str) -> Iterator[Deployed]:
    """Deploy the stack `tally`, whose function counts into a real Redis."""
    redis = RedisServer()
    secret = connect("secretsmanager", endpoint).create_secret(
        Name="redis-url", SecretString=redis.url
    )["ARN"]
    variables = {
        "STACK": "tally",
        "BOARD": "boards/fundraiser.toml",
        "EMAIL": "crew@example.test",
        "REDIS": "existing",
        "REDIS_SECRET": secret,
        "REDIS_CIDR": "127.0.0.0/8",
        "IMAGE": "registry.example.test/tallyboard:1",
        "MIN_TASKS": "1",
        "MAX_TASKS": "1",
        "YES": "1",
    }
    result = make("deploy", **variables)
    assert result.returncode == 0, result.stdout + result.stderr
    yield Deployed(endpoint, result.stdout, redis, variables)
    redis.kill()


def read_totals(redis: RedisServer, wanted: dict[str, int]) -> dict[str, int]:
    """Return the totals once `wanted` are among them."""
    keys = board_keys("fundraiser")
    totals: dict[str, int] = {}

    def are_there() -> bool:
        reply: Any = client.hgetall(keys.totals)
        totals.clear()
        totals.update({field.decode(): int(value) for field, value in reply.items()})
        return wanted.items() <= totals.items()

    with Redis.from_url(redis.url) as client:
        wait_for(are_there, 60)
    return totals


def test_every_kind_of_resource_is_created_here_or_named_as_a_stub() -> None:
    kinds = {resource["Type"] for resource in make_template()["Resources"].values()}
    assert kinds | {"AWS::ECR::Repository"} == REAL | STUBS.keys()


def test_it_says_what_comes_and_what_that_costs_and_ends_with_the_displays_address(
    deployed: Deployed,
) -> None:
    assert "Account 000000000000, region eu-central-1" in deployed.output
    assert "The table donations is made, and kept" in deployed.output
    assert "small event     telethon" in deployed.output
    assert deployed.output.splitlines()[-1].startswith("The display: http://tally-balancer")


def build(board: Path, folder: Path) -> str:
    """Build the function of a board again; return its hash as Lambda has it."""
    return base64.b64encode(bytes.fromhex(make_bundle(board, folder).sha256)).decode()


def test_the_functions_code_is_what_is_built(deployed: Deployed, tmp_path: Path) -> None:
    function = connect("lambda", deployed.endpoint).get_function_configuration(
        FunctionName="tally-count"
    )
    assert function["CodeSha256"] == build(ROOT / "boards/fundraiser.toml", tmp_path)
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.14"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"


def test_the_mapping_has_its_settings(deployed: Deployed) -> None:
    [mapping] = connect("lambda", deployed.endpoint).list_event_source_mappings()[
        "EventSourceMappings"
    ]
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BatchSize"] == 1000
    assert mapping["MaximumBatchingWindowInSeconds"] == 0
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 10_000
    assert mapping["MaximumRecordAgeInSeconds"] == 3600
    assert ":s3:::tally-failedbatches" in mapping["DestinationConfig"]["OnFailure"]["Destination"]


def test_a_donation_in_the_deployed_table_is_counted_by_the_deployed_function(
    deployed: Deployed,
) -> None:
    dynamodb = connect("dynamodb", deployed.endpoint)
    item = {
        "donationId": {"S": "d-1"},
        "email": {"S": "donor@example.test"},
        "donatedAt": {"S": "2026-11-21T19:04:11"},
        "platform": {"S": "Facebook"},
        "amount": {"N": "10.5"},
    }
    dynamodb.put_item(TableName="donations", Item=item)
    wanted = {"Facebook:count": 1, "Facebook:amount": 1050, "ALL:count": 1, "ALL:amount": 1050}
    assert read_totals(deployed.redis, wanted) == wanted
    dynamodb.delete_item(TableName="donations", Key={"donationId": {"S": "d-1"}})
    assert read_totals(deployed.redis, {"ALL:count": 0})["ALL:amount"] == 0


def test_a_rehearsal_in_the_deployed_table_leaves_nothing(deployed: Deployed, make: Make) -> None:
    result = make("rehearse", STACK="tally")
    assert "Rehearsal should show 17 donations, 168.00 USD." in result.stdout, result.stderr
    # Nothing serves the display here, which is what the exit code says.
    assert "look at a screen yourself" in result.stdout
    assert result.returncode != 0
    items = connect("dynamodb", deployed.endpoint).scan(TableName="donations")["Items"]
    assert not [item for item in items if item["donationId"]["S"].startswith("rehearsal-")]
    assert read_totals(deployed.redis, {"ALL:count": 0, "ALL:amount": 0})["ALL:amount"] == 0


def test_the_table_has_its_stream_its_protection_and_its_recovery(deployed: Deployed) -> None:
    dynamodb = connect("dynamodb", deployed.endpoint)
    table = dynamodb.describe_table(TableName="donations")["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert table["DeletionProtectionEnabled"] is True
    assert table["KeySchema"] == [{"AttributeName": "donationId", "KeyType": "HASH"}]
    # The local AWS ignores these settings of a template, so only the template itself is checked.
    properties = make_template()["Resources"]["Table"]["Properties"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}


def test_deploying_again_changes_nothing_and_asks_nothing(deployed: Deployed, make: Make) -> None:
    again = make("deploy", STACK="tally", IMAGE=deployed.variables["IMAGE"])
    assert again.returncode == 0, again.stderr
    assert "Nothing to change." in again.stdout
    assert "[yes/no]" not in again.stdout


def test_what_was_said_before_is_held_against_what_is_said_now(
    deployed: Deployed, make: Make
) -> None:
    result = make("deploy", STACK="tally", IMAGE=deployed.variables["IMAGE"], MIN_TASKS="3")
    assert "MIN_TASKS is 3 and MAX_TASKS 1" in result.stderr


def test_another_board_is_named_before_it_is_counted(
    deployed: Deployed, make: Make, tmp_path: Path
) -> None:
    board = tmp_path / "gala.toml"
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    board.write_text(text.replace('table = "donations"', 'table = "gifts"'))
    result = make("deploy", STACK="tally", BOARD=str(board))
    assert result.returncode != 0
    assert (
        "IT COUNTS ANOTHER BOARD: gala of the table gifts, instead of fundraiser" in result.stdout
    )
    assert f"The image stays {deployed.variables['IMAGE']}" in result.stdout
    assert "Nothing was done." in result.stdout


def test_a_changed_board_changes_the_function_and_what_was_said_before_stays(
    deployed: Deployed, make: Make, tmp_path: Path
) -> None:
    board = tmp_path / "fundraiser.toml"
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    board.write_text(text.replace("Live fundraiser", "The last hour"))
    assert load_board(board).title == "The last hour"
    variables = {"STACK": "tally", "BOARD": str(board), "IMAGE": deployed.variables["IMAGE"]}
    asked = make("deploy", **variables)
    assert asked.returncode != 0
    assert "Modify  Function" in asked.stdout
    assert "Nothing was done." in asked.stdout
    done = make("deploy", YES="1", **variables)
    assert done.returncode == 0, done.stderr
    stack = connect("cloudformation", deployed.endpoint).describe_stacks(StackName="tally")
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Stacks"][0]["Parameters"]}
    assert parameters["AlarmEmail"] == "crew@example.test"
    assert parameters["Redis"] == "existing"
    function = connect("lambda", deployed.endpoint).get_function(FunctionName="tally-count")
    assert function["Configuration"]["CodeSha256"] == build(board, tmp_path)


def test_status_says_what_is_deployed(deployed: Deployed, make: Make) -> None:
    status = make("status", STACK="tally")
    # Nothing serves the display here, which is what the exit code says.
    assert status.returncode != 0
    assert "figures       no answer" in status.stdout
    assert "function      python3.14" in status.stdout
    assert "iterator age" in status.stdout


def test_the_image_is_built_and_pushed_and_is_what_the_task_runs(
    make: Make, endpoint: str, tmp_path: Path
) -> None:
    docker = FakeDocker(tmp_path)
    result = make("deploy", tmp_path, STACK="built", MIN_TASKS="1", MAX_TASKS="1", YES="1")
    assert result.returncode == 0, result.stdout + result.stderr
    [build] = docker.list_builds()
    assert "--platform linux/arm64" in build
    assert "--push" in build
    assert "--target web" in build
    assert f"--build-arg BASE=python:3.14-slim@{docker.digest} " in build
    image = build.partition("--tag ")[2].split()[0]
    [parameter] = [
        p["ParameterValue"]
        for p in connect("cloudformation", endpoint).describe_stacks(StackName="built")["Stacks"][
            0
        ]["Parameters"]
        if p["ParameterKey"] == "Image"
    ]
    assert parameter == image
    task = connect("ecs", endpoint).describe_task_definition(taskDefinition="built-web")
    [container] = task["taskDefinition"]["containerDefinitions"]
    assert container["image"] == image
    assert json.dumps(container).count("rediss://") == 0, "the URL is a secret's, not in the task"


def test_a_base_image_with_fixes_makes_a_new_image_of_the_same_sources(
    make: Make, tmp_path: Path
) -> None:
    docker = FakeDocker(tmp_path)
    variables = {"STACK": "based", "MIN_TASKS": "1", "MAX_TASKS": "1", "YES": "1"}
    first = make("deploy", tmp_path, **variables)
    assert first.returncode == 0, first.stdout + first.stderr
    docker.release("b")
    second = make("deploy", tmp_path, **variables)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "the web app's image is built again" in second.stdout
    assert "Modify  WebTask" in second.stdout
    tags = [build.partition("--tag ")[2].split()[0] for build in docker.list_builds()]
    assert len(set(tags)) == 2
    assert len({tag.rpartition("-")[0] for tag in tags}) == 1
    # An explicit version stays: on the evening, only requested changes may happen.
    kept = make("deploy", tmp_path, **variables, BASE_IMAGE=f"python:3.14-slim@sha256:{'a' * 64}")
    assert "--tag " + tags[0] in docker.list_builds()[-1], kept.stderr


def test_destroy_asks_and_keeps_the_table(deployed: Deployed, make: Make) -> None:
    dynamodb = connect("dynamodb", deployed.endpoint)
    dynamodb.put_item(
        TableName="donations", Item={"donationId": {"S": "kept"}, "platform": {"S": "Phone"}}
    )
    assert make("destroy", STACK="tally").returncode != 0
    destroyed = make("destroy", STACK="tally", YES="1")
    assert destroyed.returncode == 0, destroyed.stderr
    assert "The table donations is kept" in destroyed.stdout
    kept = dynamodb.get_item(TableName="donations", Key={"donationId": {"S": "kept"}})
    assert "Item" in kept
    functions = connect("lambda", deployed.endpoint).list_functions()["Functions"]
    assert "tally-count" not in [function["FunctionName"] for function in functions]


def test_a_table_that_is_there_already_is_counted_and_left_alone(
    deployed: Deployed, make: Make
) -> None:
    """Runs after the stack is deleted: the kept table is now an existing one."""
    result = make("deploy", **deployed.variables)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "The table donations exists: its stream is used" in result.stdout
    dynamodb = connect("dynamodb", deployed.endpoint)
    dynamodb.put_item(
        TableName="donations",
        Item={
            "donationId": {"S": "d-2"},
            "donatedAt": {"S": "2026-11-21T19:05:00"},
            "platform": {"S": "Phone"},
            "amount": {"N": "25"},
        },
    )
    totals = read_totals(deployed.redis, {"Phone:amount": 2500})
    assert totals["Phone:amount"] == 2500
    assert make("destroy", STACK="tally", YES="1", DELETE_TABLE="1").returncode == 0
    assert dynamodb.describe_table(TableName="donations")["Table"]["TableStatus"] == "ACTIVE"
