"""`make deploy EXPLORE=1`: what it makes, may do and says, that it answers, and how it goes."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.deploy import deploy
from infra.destroy import destroy
from infra.errors import DeployError
from infra.explore import describe_answer, plan_explore, wait_until_left
from infra.options import read_options
from infra.policy import MOST_CHARACTERS, make_policy
from infra.sink_folder import read_folder
from infra.sinks import plan_sinks
from infra.status import show_status
from sinks.sql_service import SqlService, SqlServiceError
from tests.conftest import ROOT
from tests.infra.deployed_explore import (
    BOARD,
    QUERY,
    SINKS,
    STACK,
    Deployed,
    answering,
    bundles_made_once,
    give,
)
from tests.infra.fake_docker import FakeDocker
from tests.infra.local_aws import REGION, connect
from tests.infra.recorded_aws import describe, is_allowed, recording
from tests.waiting import wait_for

# The deployment is within the time of the first test.
pytestmark = pytest.mark.timeout(300)
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def deployed(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Deploy the stack `asked`, which makes its table, with a sink of the kind sql and a copy."""
    folder = tmp_path_factory.mktemp("gala")
    boards = folder / "boards"
    for name in ("sinks", "queries"):
        (boards / name).mkdir(parents=True)
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    (boards / "fundraiser.toml").write_text(text, "utf-8")
    (boards / "queries/by-platform.toml").write_text(QUERY, "utf-8")
    for name, text in SINKS.items():
        (boards / f"sinks/{name}.toml").write_text(text, "utf-8")
    certificate = connect("acm", endpoint).request_certificate(DomainName="live.example.test")
    secret = connect("secretsmanager", endpoint).create_secret(
        Name="redis-url", SecretString="redis://127.0.0.1:9"
    )["ARN"]
    options = read_options(
        {
            "STACK": STACK,
            "AWS_REGION": REGION,
            "BOARD": str(boards / "fundraiser.toml"),
            "CERTIFICATE": certificate["CertificateArn"],
            "DOMAIN": "live.example.test",
            "REDIS": "existing",
            "REDIS_SECRET": secret,
            "REDIS_CIDR": "127.0.0.0/8",
            "IMAGE": "registry.example.test/tallyboard:1",
            "EXPLORE": "1",
            "MIN_TASKS": "1",
            "MAX_TASKS": "1",
            "SINKS": str(boards / "sinks"),
            "YES": "1",
        }
    )
    docker = FakeDocker(folder)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    with recording(endpoint, **path) as aws, bundles_made_once():
        one = Deployed(endpoint, aws, replace(options, cache=folder / "cache"), docker)
        assert deploy(one.options, one.said.append, lambda _: True) == 0
        yield one


def test_it_says_what_is_made_and_how_a_key_gets_into_the_secret(deployed: Deployed) -> None:
    text, arn = "\n".join(deployed.said), deployed.list_resources()["ExploreKeys"]
    assert "A container answers SQL over the table, which it may only read" in text
    assert "It has 1 stored query." in text
    assert "explore: answers SQL over the table donations (without email)" in text
    assert "SQL over the table: https://live.example.test/explore" in text
    assert f"aws secretsmanager put-secret-value --secret-id {arn} --secret-string file://" in text
    assert "left out" not in text
    assert "SQL  " in text


def test_its_image_is_built_with_the_sink_and_the_stored_queries(deployed: Deployed) -> None:
    [build, *_] = deployed.docker.list_builds()
    assert "--target explore" in build
    assert "--platform linux/arm64" in build
    assert build.partition("--tag ")[2].split()[0] == deployed.read_container()["image"]
    context = deployed.options.cache / "image-explore"
    boards = {path.relative_to(context).as_posix() for path in context.glob("boards/**/*.toml")}
    assert boards == {
        "boards/fundraiser.toml",
        "boards/sinks/explore.toml",
        "boards/queries/by-platform.toml",
    }


def test_the_role_may_read_the_table_its_own_state_and_the_keys_and_nothing_else(
    deployed: Deployed,
) -> None:
    prefix = "arn:aws:dynamodb:eu-central-1:000000000000:table/"
    assert deployed.read_rights() == {
        "ReadTable": (["dynamodb:DescribeTable", "dynamodb:Scan"], f"{prefix}donations"),
        "KeepState": (
            [
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ],
            f"{prefix}explore-sink",
        ),
        "ReadKeys": (
            ["secretsmanager:GetSecretValue"],
            deployed.list_resources()["ExploreKeys"],
        ),
    }


def test_the_container_is_nobody_writes_one_folder_and_has_no_secret_in_the_open(
    deployed: Deployed,
) -> None:
    container, feed_key = deployed.read_container(), deployed.read_secret("ExploreFeedKey")
    assert len(feed_key) == 64
    assert json.loads(deployed.read_secret("ExploreKeys")) == {"keys": []}
    assert container["user"] == "10001"
    assert container["readonlyRootFilesystem"] is True
    [mount] = container["mountPoints"]
    assert (mount["containerPath"], mount["readOnly"]) == ("/tmp", False)
    assert container["task memory"] == "2048"
    assert feed_key not in json.dumps(container)
    assert len(container["secrets"]) == 1


def test_the_sinks_function_knows_the_feed_and_its_key(deployed: Deployed) -> None:
    assert deployed.read_function() == {
        "BOARDS": "boards",
        "EXPLORE_FEED": "http://explore.asked.internal:8091",
        "EXPLORE_FEED_KEY": deployed.read_secret("ExploreFeedKey"),
    }


def test_the_image_answers_what_the_deployed_function_hands_in_with_its_rights_and_uses_each(
    deployed: Deployed, tmp_path: Path
) -> None:
    give(deployed, "d-1", "Phone", "25")
    with answering(deployed, tmp_path) as container:
        deployed.lead_function(container.feed)

        def read() -> tuple[str, list[tuple[str, str]]]:
            sql = "select platform, sum(amount) as total from donations group by 1 order by 1"
            answer = container.ask(sql)
            rows = [(row["platform"], row["total"]) for row in answer["results"]]
            return answer["status"]["state"], rows

        wait_for(lambda: read() == ("live", [("Phone", "25.00")]), PATIENCE_SECONDS)
        give(deployed, "d-2", "Web", "10.5")
        wanted = [("Phone", "25.00"), ("Web", "10.50")]
        wait_for(lambda: read() == ("live", wanted), PATIENCE_SECONDS)
        deployed.dynamodb.delete_item(TableName="donations", Key={"donationId": {"S": "d-1"}})
        wait_for(lambda: read() == ("live", wanted[1:]), PATIENCE_SECONDS)
        stored = container.client.get("/api/boards/fundraiser/queries/by-platform").json()
        assert stored["results"] == [{"platform": "Web", "total": "10.50"}]
        assert "donor@example.test" not in str(container.ask("select * from donations"))
        assert container.guard.refused == set()
        assert container.guard.used == container.allowed
        assert {"duckdb", "explore", "sinks"} <= container.packages
        assert not {"crew", "operate", "reconcile", "local", "infra"} & container.packages
        address = str(container.client.base_url.join("explore"))
        assert describe_answer({"ExploreAddress": address}) == [f"explore       {address}, answers"]
        without = container.client.get("/api/explore", headers={"authorization": "Bearer tb_x"})
        assert without.status_code == 401
        with pytest.raises(SqlServiceError, match="answers 401"):
            SqlService(container.feed, "another key").ask("fundraiser", "tell")


def test_deploying_again_changes_nothing(deployed: Deployed) -> None:
    key = deployed.make_key()
    said = deployed.change()
    assert "Nothing to change." in said, said
    assert "SQL over the table: https://live.example.test/explore" in said
    # The operator's keys stay.
    assert key[3:11] in deployed.read_secret("ExploreKeys")


def test_status_says_whether_it_answers_and_how_its_sink_is(deployed: Deployed) -> None:
    said: list[str] = []
    show_status(replace(deployed.options, board=None), said.append)
    text = "\n".join(said)
    assert "explore       https://live.example.test/explore, no answer" in text
    assert "  explore: " in text
    assert "  copy: " in text


def test_the_printed_policy_is_enough_for_all_that_was_called(deployed: Deployed) -> None:
    folder = read_folder(deployed.options.sinks, "", BOARD, with_sql=True)
    policy = make_policy(STACK, "donations", folder)
    assert len(json.dumps(policy, separators=(",", ":"))) < MOST_CHARACTERS
    missing = {need for need in deployed.aws.needs if not is_allowed(policy, need)}
    assert missing == set(), describe(missing)
    without = make_policy(STACK, "donations", read_folder(deployed.options.sinks, "", BOARD))
    needed = {need for need in deployed.aws.needs if not is_allowed(without, need)}
    assert {need.resource.rpartition("/")[2] for need in needed} == {"explore-sink"}


def test_without_a_sink_without_https_and_for_a_site_that_is_none_it_is_refused(
    deployed: Deployed, tmp_path: Path
) -> None:
    (tmp_path / "copy.toml").write_text(SINKS["copy"], "utf-8")
    with pytest.raises(DeployError, match=r"needs a sink of the kind sql, and the folder .* none"):
        deployed.change(SINKS=str(tmp_path))
    with pytest.raises(DeployError, match="no folder of sinks is named"):
        deployed.change(SINKS="none")
    with pytest.raises(DeployError, match="EXPLORE needs CERTIFICATE and DOMAIN"):
        deployed.change(CERTIFICATE="none", DOMAIN="none")
    with pytest.raises(DeployError, match=r"EXPLORE_ORIGINS has 'example\.org'"):
        deployed.change(EXPLORE_ORIGINS="example.org")


def test_the_image_gets_the_stored_queries_of_its_board_and_one_of_two_boards_is_refused(
    tmp_path: Path,
) -> None:
    for name in ("fundraiser", "gala"):
        (tmp_path / f"{name}.toml").write_text("")
    for place, files in (("sinks", SINKS), ("queries", {"by-platform": QUERY})):
        (tmp_path / place).mkdir()
        for name, text in files.items():
            (tmp_path / place / f"{name}.toml").write_text(text, "utf-8")
    (tmp_path / "queries/other.toml").write_text(QUERY + 'boards = ["gala"]\n', "utf-8")
    folder = read_folder(str(tmp_path / "sinks"), "", BOARD, with_sql=True)
    parameters, file = {"Explore": "1", "CertificateArn": "arn"}, tmp_path / "fundraiser.toml"
    plan = plan_explore(parameters, folder, file, BOARD)
    assert plan is not None
    assert [query.name for query in plan.queries] == ["by-platform.toml"]
    both = tmp_path / "queries/both.toml"
    both.write_text(QUERY + 'boards = ["gala", "fundraiser"]\n', "utf-8")
    with pytest.raises(DeployError, match=r"both\.toml: boards: a stack has one board"):
        plan_explore(parameters, folder, file, BOARD)


def test_a_folder_with_sql_alone_is_refused_without_it_and_does_not_keep_it_from_going(
    tmp_path: Path,
) -> None:
    (tmp_path / "explore.toml").write_text(SINKS["explore"], "utf-8")
    with pytest.raises(DeployError, match="they are deployed with EXPLORE=1"):
        read_folder(str(tmp_path), "", BOARD)
    # The stack's own, when EXPLORE=0 is said.
    known = read_folder(None, str(tmp_path), BOARD)
    assert known is not None
    assert (known.records, known.totals, known.left_out) == ([], [], ("explore",))
    assert plan_sinks(known, tmp_path / "fundraiser.toml", tmp_path) is None


def test_the_network_waits_until_lambda_has_left_it(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources, ec2 = deployed.list_resources(), connect("ec2", deployed.endpoint)
    made = ec2.create_network_interface(
        SubnetId=resources["PrivateSubnetA"], Groups=[resources["FeederGroup"]]
    )["NetworkInterface"]["NetworkInterfaceId"]
    account, group = deployed.aws.find_account(REGION), resources["FeederGroup"]
    said: list[str] = []
    monkeypatch.setattr("infra.explore._MOST_ROUNDS", 3)
    with pytest.raises(DeployError, match=f"the security group {group} are still there"):
        wait_until_left(account, group, said.append, lambda _: None)
    pauses: list[float] = []

    def leave(seconds: float) -> None:
        pauses.append(seconds)
        ec2.delete_network_interface(NetworkInterfaceId=made)

    wait_until_left(account, group, said.append, leave)
    assert len(pauses) == 1
    assert "Lambda gives back the interfaces" in said[0]
    # Without such a function there is nothing to wait for.
    wait_until_left(account, None, said.append, leave)


def test_explore_0_removes_it_with_the_functions_way_and_keeps_its_table_and_1_makes_it_again(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    def look(_: object, group: str | None, say: object) -> None:
        assert group is not None
        assert group == deployed.list_resources()["FeederGroup"]
        assert deployed.read_function() == {"BOARDS": "boards"}
        seen.append(deployed.list_function_rights())

    monkeypatch.setattr("infra.deploy.wait_until_left", look)
    said = "\n".join(deployed.change(EXPLORE="0"))
    assert "The sink explore of the kind sql is left out: EXPLORE=1 deploys" in said
    left = [name for name in deployed.list_resources() if "Explore" in name or "Feeder" in name]
    assert left == []
    assert deployed.read_function() == {"BOARDS": "boards"}
    # Lambda gives the interfaces back with the role's rights, so these go last.
    [rights] = seen
    network = {"Network", "NetworkNotByCode"}
    assert rights - deployed.list_function_rights() == network
    assert rights >= network
    tables = deployed.dynamodb.list_tables()["TableNames"]
    assert {"donations", "explore-sink", "copy-sink", "donations-copy"} <= set(tables)
    # And it is made beside a stack that is there already.
    said = "\n".join(deployed.change(EXPLORE="1"))
    assert "A container answers SQL over the table" in said
    assert "SinksFunction, which is to reach what answers SQL" in said
    assert deployed.read_function()["EXPLORE_FEED"] == "http://explore.asked.internal:8091"
    assert "Nothing to change." in deployed.change()


def test_destroy_removes_it_and_keeps_the_tables(deployed: Deployed) -> None:
    secrets = connect("secretsmanager", deployed.endpoint)
    said: list[str] = []
    assert destroy(deployed.options, said.append, lambda _: True) == 0
    names = [one["Name"] for one in secrets.list_secrets()["SecretList"]]
    assert [name for name in names if "Explore" in name] == []
    tables = deployed.dynamodb.list_tables()["TableNames"]
    assert {"donations", "explore-sink"} <= set(tables)
    namespaces = connect("servicediscovery", deployed.endpoint).list_namespaces()["Namespaces"]
    assert namespaces == []
