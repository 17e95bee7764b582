"""Checks before a deploy: each mistake creates nothing, and its message says what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.account import Account
from infra.checks import find_board
from infra.errors import DeployError
from infra.image import find_repository
from infra.options import read_options
from tests.conftest import ROOT, free_port
from tests.infra.conftest import Make
from tests.infra.local_aws import connect, make_environment

READY = {"STACK": "checked", "IMAGE": "registry.example.test/tallyboard:1", "YES": "1"}


def test_a_board_that_is_wrong_is_named_with_its_mend(make: Make, tmp_path: Path) -> None:
    board = tmp_path / "gala.toml"
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    board.write_text(text.replace('"USD"', '"US"'))
    result = make("deploy", **READY, BOARD=str(board))
    assert result.returncode != 0
    assert "gala.toml: measures.amount.unit" in result.stderr
    assert "USD" in result.stderr


def test_without_credentials_it_says_how_to_sign_in(endpoint: str) -> None:
    environment = make_environment(endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del environment[name]
    result = run_deploy(environment)
    assert "there are no AWS credentials" in result.stderr
    assert "aws sso login" in result.stderr


def test_without_a_region_it_asks_for_one(endpoint: str) -> None:
    environment = make_environment(endpoint)
    del environment["AWS_REGION"]
    assert "make deploy AWS_REGION=eu-central-1" in run_deploy(environment).stderr


def test_a_network_failure_is_not_called_bad_credentials() -> None:
    result = run_deploy(make_environment(f"http://127.0.0.1:{free_port()}"))
    assert "AWS cannot be reached" in result.stderr
    assert "does not accept the credentials" not in result.stderr


def test_a_misspelt_region_is_named_where_aws_does_not_answer() -> None:
    environment = make_environment(f"http://127.0.0.1:{free_port()}", AWS_REGION="eu-centrall-1")
    assert "did you mean eu-central-1?" in run_deploy(environment).stderr


def run_deploy(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "infra", "deploy"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def test_without_docker_and_without_an_image_it_says_what_to_install(
    endpoint: str, tmp_path: Path
) -> None:
    environment = make_environment(endpoint, STACK="nodocker")
    environment["PATH"] = str(tmp_path)
    result = run_deploy(environment)
    assert "Docker, which is not installed" in result.stderr
    assert "IMAGE=" in result.stderr
    stacks = connect("cloudformation", endpoint).list_stacks()["StackSummaries"]
    assert [stack for stack in stacks if stack["StackName"].startswith("nodocker")] == []


@pytest.mark.parametrize(
    ("specification", "says"),
    [
        (None, "has no stream"),
        ({"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, "has a stream of KEYS_ONLY"),
    ],
)
def test_a_table_whose_stream_tells_too_little_is_refused_with_the_command_that_corrects_it(
    make: Make,
    endpoint: str,
    tmp_path: Path,
    specification: dict[str, object] | None,
    says: str,
) -> None:
    table = "gifts" if specification is None else "gifts-keys"
    board = write_board(tmp_path, table, "donationId")
    connect("dynamodb", endpoint).create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "donationId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "donationId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **({"StreamSpecification": specification} if specification else {}),
    )
    result = make("deploy", **READY, BOARD=str(board))
    assert result.returncode != 0
    assert says in result.stderr
    assert f"aws dynamodb update-table --table-name {table}" in result.stderr


def test_a_table_with_another_key_is_refused(make: Make, endpoint: str, tmp_path: Path) -> None:
    connect("dynamodb", endpoint).create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    result = make("deploy", **READY, BOARD=str(write_board(tmp_path, "orders", "donationId")))
    assert "the table orders has the key orderId" in result.stderr


def write_board(folder: Path, table: str, key: str) -> Path:
    board = folder / "gala.toml"
    board.write_text(f'title = "Gala"\ntable = "{table}"\nkey = "{key}"\ngroup_by = "platform"\n')
    return board


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"REDIS": "big"}, "node, serverless, durable or existing"),
        ({"REDIS": "existing"}, "REDIS_SECRET"),
        ({"REDIS": "existing", "REDIS_SECRET": "arn:x"}, "REDIS_CIDR"),
        (
            {"REDIS": "existing", "REDIS_SECRET": "arn:x", "REDIS_CIDR": "10.1.0.0/16"},
            "REDIS_SECRET cannot be used",
        ),
        ({"REDIS": "durable", "REDIS_NODE": "cache.t4g.small"}, "cannot be durable"),
        ({"REDIS_NODE": "t4g.small"}, "a size such as cache.t4g.small"),
        ({"CERTIFICATE": "arn:aws:acm:us-east-1:1:certificate/x"}, "in eu-central-1"),
        ({"CERTIFICATE": "arn:aws:acm:eu-central-1:1:certificate/x"}, "needs DOMAIN"),
        (
            {"CERTIFICATE": "arn:aws:acm:eu-central-1:1:certificate/x", "DOMAIN": "a.example.org"},
            "CERTIFICATE cannot be used",
        ),
        ({"DOMAIN": "https://live.example.org/"}, "a name such as live.example.org"),
        ({"EMAIL": "crew"}, "an e-mail address"),
        ({"MIN_TASKS": "4", "MAX_TASKS": "2"}, "MIN_TASKS is 4 and MAX_TASKS 2"),
        ({"MIN_TASKS": "8"}, "MIN_TASKS is 8 and MAX_TASKS 6: write both"),
        ({"DOMAIN": "live.example.org"}, "without CERTIFICATE=…"),
        ({"BORD": "gala"}, "BORD is not a variable of this command; did you mean BOARD?"),
        ({"MIN_TASK": "4"}, "did you mean MIN_TASKS?"),
        ({"Email": "a@example.org"}, "did you mean EMAIL?"),
        ({"ALLOW_CIDR": "10.0.0.1/8"}, "did you mean 10.0.0.0/8?"),
        ({"ALLOW_CIDR": "office"}, "write IPv4 networks such as 10.0.0.0/8"),
        ({"ALLOW_CIDR": "1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,5.0.0.0/8"}, "has 5 networks"),
        ({"OIDC_ISSUER": "https://id.example.org"}, "needs CERTIFICATE and DOMAIN"),
        ({"RATE_LIMIT": "5"}, "RATE_LIMIT is below 10"),
        ({"CREW": "1"}, "CREW needs CERTIFICATE and DOMAIN"),
        ({"INTAKE": "intake.toml"}, "INTAKE needs CREW=1"),
        ({"CREW": "perhaps"}, "write 1 or 0"),
        ({"CREW_RATE_LIMIT": "5"}, "CREW_RATE_LIMIT is below 10"),
        ({"INTAKE_SECRET": "arn:aws:secretsmanager:x"}, "INTAKE_SECRET cannot be used"),
        ({"BUDGET": "50"}, "BUDGET needs EMAIL"),
        ({"PUBLIC_METRICS": "perhaps"}, "write 1 or 0"),
        ({"MIN_TASKS": "two"}, "write a whole number"),
        ({"CLIENTS_PER_TASK": "5"}, "CLIENTS_PER_TASK is '5'; write a whole number, 100 or more"),
        ({"LOG_DAYS": "10"}, "LOG_DAYS is '10'"),
        ({"STACK": "Tally_Board"}, "STACK=tallyboard"),
    ],
)
def test_what_cannot_be_is_refused(make: Make, variables: dict[str, str], says: str) -> None:
    result = make("deploy", **(READY | variables))
    assert result.returncode != 0
    assert says in result.stderr


def test_a_board_may_be_given_by_its_name_alone() -> None:
    assert read_options({"BOARD": "gala"}).board == Path("boards/gala.toml")
    assert read_options({"BOARD": "event/gala.toml"}).board == Path("event/gala.toml")
    assert read_options({}).stack == "tallyboard"


def test_without_a_word_of_it_the_board_stays_the_stacks_own() -> None:
    options = read_options({"STACK": "gala"})
    assert find_board(options, {}) == Path("boards/fundraiser.toml")
    assert find_board(options, {"BoardName": "fundraiser"}) == Path("boards/fundraiser.toml")
    with pytest.raises(DeployError, match=r"BOARD=path/gala\.toml"):
        find_board(options, {"BoardName": "gala"})


def test_an_image_of_another_repository_may_be_pulled() -> None:
    account = Account(None, "1", "arn:aws-cn:iam::1:user/crew", "cn-north-1")
    image = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/tallyboard:7"
    arn = "arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/tallyboard"
    assert find_repository(account, image) == arn
    assert find_repository(account, "registry.example.test/tallyboard:1") is None


@pytest.mark.parametrize("name", ["a" * 29, "1st", "a--b", "a-", "A"])
def test_a_stacks_name_is_one_that_redis_users_can_have(name: str) -> None:
    with pytest.raises(DeployError):
        read_options({"STACK": name})
