"""The template is valid, grants only the documented rights, and opens nothing unintended."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aggregates.connection import CONNECT_TIMEOUT_SECONDS, REPLY_TIMEOUT_SECONDS, RETRIES
from infra.template import encode_template, make_template, read_part
from local.delivery import DEPLOYED, EventSourceMapping
from tests.conftest import ROOT
from tests.infra.template_roles import TEMPLATES, list_statements, read_statements
from webapp.answers import SECURITY_HEADERS
from webapp.hub import HEARTBEAT_SECONDS

PAGE_SITE = (ROOT / "sinks/page_site.py").read_text("utf-8")
# CloudFormation's limit for a template in S3, where deploy puts it.
MAX_BYTES = 1_000_000


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(TEMPLATES[name], indent=1))
    linter = Path(sys.executable).parent / "cfn-lint"
    result = subprocess.run([linter, path], capture_output=True, text=True, check=False)
    assert result.stdout == ""
    assert result.returncode == 0, result.stderr


def test_it_is_the_same_text_every_time_and_cloudformation_takes_it() -> None:
    text = encode_template(make_template())
    assert text == encode_template(make_template())
    assert len(text.encode()) < MAX_BYTES


def test_the_local_system_is_fed_as_the_template_says() -> None:
    mapping = TEMPLATES["stack"]["Resources"]["Mapping"]["Properties"]
    assert (
        EventSourceMapping(
            batch_size=mapping["BatchSize"],
            window_seconds=mapping["MaximumBatchingWindowInSeconds"],
            retries=mapping["MaximumRetryAttempts"],
            record_age_seconds=mapping["MaximumRecordAgeInSeconds"],
            bisect=mapping["BisectBatchOnFunctionError"],
        )
        == DEPLOYED
    )


def test_no_statement_has_a_wildcard_without_a_reason_beside_it() -> None:
    used: set[tuple[str, str]] = set()
    for name, statement, reasons in list_statements():
        allows = statement["Effect"] == "Allow"
        whole_service = allows and str(statement["Action"]).count(":*") and name != "AlarmKey"
        assert not whole_service, f"{name}: {statement['Sid']} allows all of a service"
        if "*" in json.dumps(statement["Resource"]):
            assert statement["Sid"] in reasons, f"{name}: {statement['Sid']} gives no reason"
            used.add((name, statement["Sid"]))
    given = {
        (name, sid)
        for template in TEMPLATES.values()
        for name, resource in template["Resources"].items()
        for sid in resource.get("Metadata", {}).get("Wildcards", {})
    }
    assert used == given, "a reason is left for a wildcard that is gone"


def test_reconcile_may_do_to_the_table_what_it_does() -> None:
    called = {
        name
        for file in (ROOT / "reconcile").glob("*.py")
        for name in re.findall(r"\b_?dynamodb\.([a-z_]+)\(", file.read_text("utf-8"))
    }
    assert {"scan", "get_item"} <= called
    actions = {f"dynamodb:{name.title().replace('_', '')}" for name in called}
    assert actions == set(read_statements("ReconcileRole")["ReadTable"]["Action"])


def test_the_watch_may_read_the_tables_stream_and_its_mapping_and_nothing_more() -> None:
    statements = read_statements("ReconcileRole")
    assert statements.keys() == {"ReadTable", "ReadStream", "SeeMapping"}
    assert set(statements["ReadStream"]["Action"]) == {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
    }
    assert statements["ReadStream"]["Resource"]["Fn::Sub"].endswith(":table/${TableName}/stream/*")
    assert statements["SeeMapping"]["Action"] == "lambda:ListEventSourceMappings"


def test_without_sinks_of_totals_or_public_nothing_of_them_is_made() -> None:
    template = TEMPLATES["stack"]
    for part, conditions in (("totals", {"HasTotals"}), ("public", {"IsPublic"})):
        resources = read_part(part)["Resources"]
        assert {resource["Condition"] for resource in resources.values()} == conditions
    for name in ("TotalsTables", "TotalsPages"):
        assert template["Parameters"][name]["Default"] == ""
    assert template["Parameters"]["Public"]["Default"] == "0"


def test_the_page_is_replaced_and_errors_are_forgotten_within_a_second() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    cdn = resources["PublicCdn"]["Properties"]["DistributionConfig"]
    assert {one["ErrorCachingMinTTL"] for one in cdn["CustomErrorResponses"]} == {1}
    limits = resources["PublicCache"]["Properties"]["CachePolicyConfig"]
    assert (limits["MinTTL"], limits["DefaultTTL"]) == (0, 1)
    # A longer time that a file itself asks for is not cut short.
    ages = [int(age) for age in re.findall(r"max-age=(\d+)", PAGE_SITE)]
    assert max(ages) <= limits["MaxTTL"]


def test_the_page_has_the_web_apps_headers() -> None:
    policy = TEMPLATES["stack"]["Resources"]["PublicHeaders"]["Properties"]
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert headers.keys() == {
        "ContentTypeOptions",
        "ReferrerPolicy",
        "StrictTransportSecurity",
    }
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] == SECURITY_HEADERS["referrer-policy"]


@pytest.mark.parametrize("metric", ["ChainAgeSeconds", "Live"])
def test_a_missing_metric_of_the_watch_rings(metric: str) -> None:
    resources = TEMPLATES["stack"]["Resources"]
    [alarm] = [
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and resource["Properties"]["MetricName"] == metric
    ]
    assert alarm["Namespace"] == "Tallyboard"
    assert alarm["TreatMissingData"] == "breaching"
    assert {dimension["Name"] for dimension in alarm["Dimensions"]} == {"Stack", "Board"}
    # The watch gets the stack's name and writes it with each figure.
    [watch] = resources["WatchTask"]["Properties"]["ContainerDefinitions"]
    assert {"Name": "STACK", "Value": {"Ref": "AWS::StackName"}} in watch["Environment"]


def test_the_web_app_has_a_redis_user_of_its_own() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    users = resources["RedisUsers"]["Properties"]["UserIds"]
    assert users[:2] == [{"Ref": "RedisUser"}, {"Ref": "RedisWebUser"}]
    assert users[2]["Fn::If"] == [
        "RedisMakesCrewUser",
        {"Ref": "RedisCrewUser"},
        {"Ref": "AWS::NoValue"},
    ]
    [web] = resources["WebTask"]["Properties"]["ContainerDefinitions"]
    [secret] = [secret for secret in web["Secrets"] if secret["Name"] == "REDIS_URL"]
    assert secret["ValueFrom"]["Fn::If"][:2] == ["RedisIsOurs", {"Ref": "RedisWebUrl"}]
    text, _ = resources["RedisWebUrl"]["Properties"]["SecretString"]["Fn::Sub"]
    assert text.startswith("rediss://tally-web:")
    assert "${RedisWebPassword}" in text
    for name in ("ReconcileTask", "WatchTask"):
        [container] = resources[name]["Properties"]["ContainerDefinitions"]
        assert container["Secrets"][0]["ValueFrom"]["Fn::If"][1] == {"Ref": "RedisUrl"}


def test_metrics_and_rejected_items_are_not_public_unless_said() -> None:
    template = TEMPLATES["stack"]
    [web] = template["Resources"]["WebTask"]["Properties"]["ContainerDefinitions"]
    environment = {variable["Name"]: variable["Value"] for variable in web["Environment"]}
    for name, parameter in (
        ("PUBLIC_METRICS", "PublicMetrics"),
        ("PUBLIC_REJECTED", "PublicRejected"),
    ):
        assert environment[name] == {"Ref": parameter}
        assert template["Parameters"][parameter]["Default"] == "0"


def test_only_who_is_allowed_reaches_the_load_balancer() -> None:
    rules = TEMPLATES["stack"]["Resources"]["BalancerGroup"]["Properties"]["SecurityGroupIngress"]
    sources = [rule.get("Fn::If", [None, rule])[1]["CidrIp"]["Ref"] for rule in rules]
    assert sources == [f"AllowCidr{number}" for number in (1, 2, 3, 4)] * 2


def test_without_a_login_a_stream_is_refused_and_not_redirected() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    page = resources["HttpsListener"]["Properties"]["DefaultActions"][0]["Fn::If"][1]
    stream = resources["LoginRule"]["Properties"]["Actions"][0]
    assert page["AuthenticateOidcConfig"]["OnUnauthenticatedRequest"] == "authenticate"
    assert stream["AuthenticateOidcConfig"]["OnUnauthenticatedRequest"] == "deny"


def test_what_needs_the_internet_waits_until_the_way_there_is_made() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    assert resources["Balancer"]["DependsOn"] == "InternetAttachment"
    assert resources["InternetRoute"]["DependsOn"] == "InternetAttachment"
    for name in ("Service", "WatchService", "CrewService", "TotalsService", "ExploreService"):
        assert resources[name]["DependsOn"] == "InternetRoute"


def test_a_cluster_is_told_to_be_one() -> None:
    text, places = TEMPLATES["stack"]["Resources"]["RedisUrl"]["Properties"]["SecretString"][
        "Fn::Sub"
    ]
    assert text.endswith("@${Place}")
    [_, node, others] = places["Place"]["Fn::If"]
    assert "cluster" not in json.dumps(node)
    assert json.dumps(others).count("?cluster=true") == 2


def test_nobody_but_our_own_reaches_redis() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    sources = [
        rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for rule in resources["RedisGroup"]["Properties"]["SecurityGroupIngress"]
    ]
    assert sources == ["FunctionGroup", "WebGroup"]
    assert "SecurityGroupIngress" not in resources["FunctionGroup"]["Properties"]
    for name in ("RedisNodes", "RedisDurable"):
        properties = resources[name]["Properties"]
        assert properties["TransitEncryptionEnabled"] is True
        assert properties["AtRestEncryptionEnabled"] is True
        assert properties["MultiAZEnabled"] is True
        assert properties["UserGroupIds"] == [{"Ref": "RedisUsers"}]
    for name in ("RedisParameters", "RedisDurableParameters"):
        assert resources[name]["Properties"]["Properties"]["maxmemory-policy"] == "noeviction"


def test_the_password_is_in_a_secret_and_in_no_parameter_or_output() -> None:
    template = TEMPLATES["stack"]
    assert "resolve:secretsmanager" not in json.dumps(template["Outputs"])
    assert not [name for name in template["Parameters"] if "assword" in name]
    [web] = template["Resources"]["WebTask"]["Properties"]["ContainerDefinitions"]
    assert "REDIS_URL" in [secret["Name"] for secret in web["Secrets"]]
    assert "REDIS_URL" not in [variable["Name"] for variable in web["Environment"]]


def test_timeouts_around_a_stream_are_in_the_right_order() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    attributes = {
        attribute["Key"]: int(attribute["Value"])
        for attribute in resources["Balancer"]["Properties"]["LoadBalancerAttributes"]
        if str(attribute.get("Value")).isdigit()
    }
    idle = attributes["idle_timeout.timeout_seconds"]
    [web] = resources["WebTask"]["Properties"]["ContainerDefinitions"]
    environment = {v["Name"]: v["Value"] for v in web["Environment"]}
    heartbeats = idle / HEARTBEAT_SECONDS
    assert heartbeats > 3
    keep_alive = int(environment["KEEP_ALIVE_SECONDS"])
    assert keep_alive > idle


def test_the_function_has_time_for_all_its_tries_at_redis() -> None:
    timeout = TEMPLATES["stack"]["Resources"]["Function"]["Properties"]["Timeout"]
    longest = (1 + RETRIES) * (CONNECT_TIMEOUT_SECONDS + REPLY_TIMEOUT_SECONDS)
    assert longest < timeout
