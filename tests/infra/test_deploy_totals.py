"""`make deploy` with sinks of totals and PUBLIC=1: what it makes, may do, says and removes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from infra.deploy import deploy
from infra.destroy import destroy
from infra.errors import DeployError
from infra.options import read_options
from infra.policy import make_policy
from infra.sink_folder import read_folder
from infra.status import show_status
from infra.template import make_template
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from sinks.filling import ReplicaFill, fill_rule
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.verifying import verify_replica
from tests.conftest import ROOT, RedisServer
from tests.infra.deployed_totals import (
    BOARD,
    FILES,
    PATIENCE_SECONDS,
    Deployed,
    read_total,
    running,
)
from tests.infra.guarded_dynamodb import Use, guard_dynamodb
from tests.infra.local_aws import REGION, connect
from tests.infra.recorded_aws import describe, is_allowed, recording
from tests.proof import prove_totals
from tests.stream_events import donation, event, record
from tests.waiting import wait_for
from tests.webapp.states import note_chain

PAGE_FILES = ("board.json", "index.html", "static/main.js")
# The deployment is within the time of the first test.
pytestmark = pytest.mark.timeout(300)


def has_page(s3: Any, bucket: str, prefix: str) -> bool:
    written = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
    return written >= {prefix + name for name in PAGE_FILES}


@pytest.fixture(scope="module")
def deployed(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Deploy the stack `wide`, whose table exists, with all kinds of sinks and the page."""
    folder = tmp_path_factory.mktemp("gala")
    (folder / "boards/sinks").mkdir(parents=True)
    (folder / "boards/fundraiser.toml").write_text(
        (ROOT / "boards/fundraiser.toml").read_text("utf-8"), "utf-8"
    )
    for name, text in FILES.items():
        (folder / f"boards/sinks/{name}.toml").write_text(text, "utf-8")
    connect("dynamodb", endpoint).create_table(
        TableName="donations",
        AttributeDefinitions=[{"AttributeName": "donationId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "donationId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    connect("s3", endpoint).create_bucket(
        Bucket="gala-page", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    redis = RedisServer()
    with Redis.from_url(redis.url) as admin:
        properties = make_template()["Resources"]["RedisWebUser"]["Properties"]
        rights = properties["AccessString"].split()
        admin.execute_command("ACL", "SETUSER", properties["UserName"], ">secret", *rights)
    secret = connect("secretsmanager", endpoint).create_secret(
        Name="redis-url", SecretString=redis.url
    )["ARN"]
    options = read_options(
        {
            "STACK": "wide",
            "AWS_REGION": REGION,
            "BOARD": str(folder / "boards/fundraiser.toml"),
            "REDIS": "existing",
            "REDIS_SECRET": secret,
            "REDIS_CIDR": "127.0.0.0/8",
            "IMAGE": "registry.example.test/tallyboard:1",
            "MIN_TASKS": "1",
            "MAX_TASKS": "1",
            "SINKS": str(folder / "boards/sinks"),
            "PUBLIC": "1",
            "ALLOW_CIDR": "10.0.0.0/8",
            "YES": "1",
        }
    )
    try:
        with recording(endpoint) as aws:
            one = Deployed(endpoint, aws, replace(options, cache=folder / "cache"), redis)
            assert deploy(one.options, one.said.append, lambda _: True) == 0
            yield one
    finally:
        redis.kill()


def test_it_says_what_is_written_where_the_page_is_and_what_the_image_needs(
    deployed: Deployed,
) -> None:
    text = "\n".join(deployed.said)
    assert "A container writes the sinks of the board's totals of" in text
    assert "sums: keeps the totals of fundraiser in the table Sums" in text
    assert "EVERYBODY SEES THAT PAGE: ALLOW_CIDR and OIDC_ISSUER do not hold for it." in text
    assert "has to have, in /app/boards/sinks: site.toml, sums.toml" in text
    assert "1,000 viewers of the page all the time" in text
    [page] = [line for line in deployed.said if line.startswith("The page for many viewers: ")]
    assert page.endswith(".cloudfront.net/")


def test_the_role_may_write_the_sinks_table_and_files_and_nothing_else(deployed: Deployed) -> None:
    rights = deployed.read_rights()
    bucket = deployed.list_resources()["PublicPage"]
    prefix = "arn:aws:dynamodb:eu-central-1:000000000000:table/"
    assert {sid: resources for sid, (_, resources) in rights.items()} == {
        "KeepTables": [f"{prefix}Sums"],
        "PutPages": ["arn:aws:s3:::gala-page/gala/*"],
        "PutPublicPage": [f"arn:aws:s3:::{bucket}/*"],
    }
    assert rights["PutPages"][0] == rights["PutPublicPage"][0] == ["s3:PutObject"]


def test_only_the_cdn_reads_the_bucket_and_it_keeps_the_files_as_long_as_they_say(
    deployed: Deployed,
) -> None:
    resources = deployed.list_resources()
    s3 = connect("s3", deployed.endpoint)
    closed = s3.get_public_access_block(Bucket=resources["PublicPage"])
    assert set(closed["PublicAccessBlockConfiguration"].values()) == {True}
    policy = json.loads(s3.get_bucket_policy(Bucket=resources["PublicPage"])["Policy"])
    [allowed] = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"]["aws:SourceArn"].endswith(
        f":distribution/{resources['PublicCdn']}"
    )
    cloudfront = connect("cloudfront", deployed.endpoint)
    found = cloudfront.get_distribution_config(Id=resources["PublicCdn"])["DistributionConfig"]
    [origin] = found["Origins"]["Items"]
    assert origin["OriginAccessControlId"] == resources["PublicAccess"]
    assert origin["DomainName"].startswith(f"{resources['PublicPage']}.s3.eu-central-1.")
    behavior = found["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["Compress"] is True
    cache = cloudfront.get_cache_policy(Id=behavior["CachePolicyId"])["CachePolicy"]
    limits = cache["CachePolicyConfig"]
    assert (limits["MinTTL"], limits["MaxTTL"]) == (0, 31_536_000)
    assert found["DefaultRootObject"] == "index.html"
    ages = {one["ErrorCachingMinTTL"] for one in found["CustomErrorResponses"]["Items"]}
    assert ages == {1}


@pytest.fixture(scope="module")
def written(deployed: Deployed) -> Deployed:
    """Return the deployment once its container has written the table and both pages."""
    s3, bucket = connect("s3", deployed.endpoint), deployed.list_resources()["PublicPage"]

    def has_page(place: str, key: str) -> bool:
        found = s3.list_objects_v2(Bucket=place).get("Contents", [])
        return key in [one["Key"] for one in found]

    def is_written() -> bool:
        pages = has_page(bucket, "board.json") and has_page("gala-page", "gala/board.json")
        return pages and "state" in read_total(deployed, "ALL")

    # Another test of this process may have had it written already.
    if not is_written():
        with running(deployed, deployed.endpoint):
            wait_for(is_written, PATIENCE_SECONDS)
    return deployed


def test_the_container_writes_the_table_and_both_pages_with_its_rights_and_uses_each(
    deployed: Deployed,
) -> None:
    actions, _ = deployed.read_rights()["KeepTables"]
    allowed: set[Use] = {(action, "Sums") for action in actions}
    s3, bucket = connect("s3", deployed.endpoint), deployed.list_resources()["PublicPage"]
    with (
        guard_dynamodb(deployed.endpoint, allowed) as guard,
        Redis.from_url(deployed.redis.url) as client,
        running(deployed, guard.url),
    ):
        wait_for(lambda: "state" in read_total(deployed, "ALL"), PATIENCE_SECONDS)
        assert read_total(deployed, "ALL")["live"] == {"BOOL": False}
        consumer = Consumer(count_on([BOARD], lambda: client))
        gifts = [donation("d-1", "Phone", "25"), donation("d-2", "Web", "10")]
        for number, gift in enumerate(gifts, 100):
            key = gift["donationId"]["S"]
            consumer.consume(event(record(number, gift, key=key, name="INSERT")))
        prove_totals(client, BOARD, "2026-11-21T19:10:00.000Z")

        def is_live(group: str, amount: int | None) -> bool:
            note_chain(client, BOARD)  # as the watch does again and again
            found = read_total(deployed, group).get("amount", {}).get("N")
            return (None if found is None else Decimal(found)) == amount

        wait_for(lambda: is_live("Phone", 25), PATIENCE_SECONDS)
        consumer.consume(event(record(102, None, key="d-1", name="REMOVE")))
        wait_for(lambda: is_live("Phone", None), PATIENCE_SECONDS)
        assert guard.refused == set()
        assert guard.used == allowed
        for place, prefix in ((bucket, ""), ("gala-page", "gala/")):
            # The page's files are written beside the table, in their own time.
            wait_for(partial(has_page, s3, place, prefix), PATIENCE_SECONDS)
            files = {
                name: s3.head_object(Bucket=place, Key=prefix + name)["CacheControl"]
                for name in PAGE_FILES
            }
            assert [text.split(",")[1].strip() for text in files.values()] == [
                "max-age=1",
                "max-age=10",
                "max-age=60",
            ]
            keys = s3.list_objects_v2(Bucket=place)["Contents"]
            assert {one["Key"].startswith(prefix) for one in keys} == {True}
        log = deployed.options.cache / "ran/log"
        wait_for(lambda: "TotalsAgeSeconds" in log.read_text(), PATIENCE_SECONDS)
    [line, *_] = [text for text in log.read_text().splitlines() if "TotalsAgeSeconds" in text]
    told = json.loads(line)
    alarm = make_template()["Resources"]["TotalsAlarm"]["Properties"]
    [directive] = told["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == alarm["Namespace"]
    assert directive["Dimensions"] == [[one["Name"] for one in alarm["Dimensions"]]]
    assert told["Stack"] == "wide"
    assert 0 <= told[alarm["MetricName"]] < alarm["Threshold"]


def test_status_shows_each_sink(written: Deployed) -> None:
    deployed = written
    said: list[str] = []
    show_status(replace(deployed.options, board=None), said.append)
    text = "\n".join(said)
    assert "  copy: detached since " in text
    assert "    why: it was never filled; when that is corrected: tallyboard fill copy" in text
    assert "  big: attached since " in text
    assert "  sums: written " in text
    assert "  site: written " in text
    assert "  the page of PUBLIC=1: written " in text
    assert "page          https://" in text


def test_the_printed_policy_is_enough_for_all_that_was_called(deployed: Deployed) -> None:
    folder = read_folder(deployed.options.sinks, "", BOARD)
    assert folder is not None
    account = deployed.aws.find_account(REGION)
    dynamodb = account.connect("dynamodb")
    for sink in folder.records:
        if isinstance(sink, Replica):
            ReplicaFill(sink, dynamodb, settle_seconds=0).run()
            assert not list(verify_replica(sink, dynamodb).differences)
        if isinstance(sink, Rule):
            fill_rule(sink, dynamodb, settle_seconds=0)
    assert len(deployed.aws.needs) > 30
    policy = make_policy("wide", "donations", folder)
    missing = {need for need in deployed.aws.needs if not is_allowed(policy, need)}
    assert missing == set(), describe(missing)
    without = make_policy("wide", "donations")
    assert {need for need in deployed.aws.needs if not is_allowed(without, need)}


def test_deploying_again_changes_nothing(deployed: Deployed) -> None:
    said = deployed.change(BOARD=str(deployed.options.board))
    assert "Nothing to change." in said, said


def test_a_page_in_a_folder_is_refused_and_a_bucket_that_is_not_there(
    deployed: Deployed, tmp_path: Path
) -> None:
    file, board = tmp_path / "site.toml", str(deployed.options.board)
    file.write_text('kind = "page"\nboard = "fundraiser"\nfolder = "site"\n', "utf-8")
    with pytest.raises(DeployError, match="a container has no folder that stays"):
        deployed.change(SINKS=str(tmp_path), BOARD=board)
    file.write_text(FILES["site"].replace("gala-page", "another-page"), "utf-8")
    with pytest.raises(DeployError, match="there is no bucket another-page"):
        deployed.change(SINKS=str(tmp_path), BOARD=board)


def test_public_0_removes_the_page_and_its_bucket_and_the_rest_stays(written: Deployed) -> None:
    deployed = written
    bucket = deployed.list_resources()["PublicPage"]
    deployed.change(PUBLIC="0", BOARD=str(deployed.options.board))
    # The local AWS's change sets have no removals.
    assert deployed.list_resources().keys().isdisjoint({"PublicPage", "PublicCdn", "PublicAccess"})
    buckets = connect("s3", deployed.endpoint).list_buckets()["Buckets"]
    assert bucket not in [one["Name"] for one in buckets]
    assert deployed.read_rights().keys() == {"KeepTables", "PutPages"}
    names = {variable["name"] for variable in deployed.read_container()["environment"]}
    assert "PUBLIC_BUCKET" not in names


def test_destroy_removes_the_page_with_what_is_in_it_and_keeps_the_table_of_totals(
    written: Deployed,
) -> None:
    deployed = written
    deployed.change(PUBLIC="1", BOARD=str(deployed.options.board))
    bucket, s3 = deployed.list_resources()["PublicPage"], connect("s3", deployed.endpoint)
    s3.put_object(Bucket=bucket, Key="board.json", Body=b"{}")
    said: list[str] = []
    assert destroy(deployed.options, said.append, lambda _: True) == 0
    assert "removes the page for many viewers" in "\n".join(said)
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert bucket not in names
    assert "gala-page" in names
    distributions = connect("cloudfront", deployed.endpoint).list_distributions()
    assert distributions["DistributionList"].get("Items", []) == []
    assert read_total(deployed, "ALL")["board"] == {"S": "fundraiser"}
