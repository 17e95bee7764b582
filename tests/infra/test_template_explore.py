"""What the template makes for SQL over the table: who reaches it, and what leads to it."""

import json
import re
from typing import Any

from explore.limits import Limits
from explore.request_limits import MAX_TIMEOUT_MS
from infra.sinks import make_sinks_template
from infra.template import read_part
from tests.conftest import ROOT
from tests.infra.template_roles import TEMPLATES, list_statements, read_statements
from webapp.bundle import join_files

RESOURCES: dict[str, Any] = TEMPLATES["stack"]["Resources"]
OWN = read_part("explore")["Resources"]
SINKS = make_sinks_template(1)["Resources"]


def test_without_explore_nothing_of_it_is_made() -> None:
    assert {resource["Condition"] for resource in OWN.values()} == {"HasExplore"}
    assert TEMPLATES["stack"]["Parameters"]["Explore"]["Default"] == "0"
    outputs = read_part("explore")["Outputs"]
    assert {output["Condition"] for output in outputs.values()} == {"HasExplore"}


def test_it_writes_no_table_but_its_sinks_own_and_only_it_reads_the_keys() -> None:
    statements = read_statements("ExploreRole")
    writing = {
        sid for sid, one in statements.items() if "PutItem" in str(one) or "UpdateItem" in str(one)
    }
    assert writing == {"KeepState"}
    assert statements["KeepState"]["Resource"]["Fn::Sub"].endswith(":table/${ExploreSink}-sink")
    assert statements["ReadTable"]["Resource"]["Fn::Sub"].endswith(":table/${TableName}")
    readers: dict[str, set[str]] = {"ExploreKeys": set(), "ExploreFeedKey": set()}
    for name, statement, _ in list_statements():
        for secret, found in readers.items():
            if f'"{secret}"' in json.dumps(statement):
                found.add(name)
    assert readers == {"ExploreKeys": {"ExploreRole"}, "ExploreFeedKey": {"ExploreStartRole"}}


def test_only_the_load_balancer_and_the_sinks_function_reach_it() -> None:
    rules = RESOURCES["ExploreGroup"]["Properties"]["SecurityGroupIngress"]
    reached = {(one["FromPort"], one["SourceSecurityGroupId"]["Fn::GetAtt"][0]) for one in rules}
    assert reached == {(8000, "BalancerGroup"), (8091, "FeederGroup")}
    assert all(one["FromPort"] == one["ToPort"] for one in rules)
    assert "SecurityGroupIngress" not in RESOURCES["FeederGroup"]["Properties"]
    users = {
        name
        for template in TEMPLATES.values()
        for name, resource in template["Resources"].items()
        if name != "ExploreGroup" and "FeederGroup" in json.dumps(resource.get("Properties", {}))
    }
    assert users == {"SinksFunction"}
    # The load balancer leads to the API's port alone.
    assert RESOURCES["ExploreTargets"]["Properties"]["Port"] == 8000


def test_the_function_has_the_way_to_its_tables_where_it_has_none_to_the_internet() -> None:
    network = SINKS["SinksFunction"]["Properties"]["VpcConfig"]
    assert network["SubnetIds"]["Fn::If"] == ["HasExplore", {"Ref": "Subnets"}, []]
    assert network["SecurityGroupIds"]["Fn::If"][2] == []
    # Lambda needs them until it has given the interfaces back.
    [policy] = SINKS["SinksRole"]["Properties"]["Policies"]
    ways = [one["Fn::If"] for one in policy["PolicyDocument"]["Statement"] if "Fn::If" in one]
    rights = {way[1]["Sid"]: (way[0], way[1]["Effect"]) for way in ways}
    assert rights["Network"] == ("HasNetworkRights", "Allow")
    assert rights["NetworkNotByCode"] == ("HasNetworkRights", "Deny")
    subnets = TEMPLATES["stack"]["Outputs"]["FeederSubnets"]["Value"]["Fn::Sub"]
    assert subnets == "${PrivateSubnetA},${PrivateSubnetB}"
    [_, private] = RESOURCES["DynamoDbEndpoint"]["Properties"]["RouteTableIds"]
    assert private["Fn::If"][:2] == ["HasExplore", {"Ref": "PrivateRoutes"}]
    # A name is found only in the network that it is made for.
    assert RESOURCES["ExploreNamespace"]["Properties"]["Vpc"] == {"Ref": "Vpc"}
    registries = RESOURCES["ExploreService"]["Properties"]["ServiceRegistries"]
    assert registries == [{"RegistryArn": {"Fn::GetAtt": ["ExploreName", "Arn"]}}]


def list_paths(resource: dict[str, Any]) -> list[str]:
    values = resource["Properties"]["Conditions"][0]["PathPatternConfig"]["Values"]
    return [value if isinstance(value, str) else value["Fn::Sub"] for value in values]


def test_the_addresses_of_the_page_lead_to_it_and_no_group_of_a_board_does() -> None:
    rules = {
        name: list_paths(resource)
        for name, resource in RESOURCES.items()
        if resource["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
        and "ExploreTargets" in json.dumps(resource)
    }
    assert rules == {
        "ExploreRule": [
            "/api/boards/${BoardName}/query",
            "/api/boards/${BoardName}/queries/*",
            "/api/boards/${BoardName}/schema",
        ],
        "ExploreAboutRule": ["/api/explore"],
        "ExplorePageRule": ["/explore", "/explore/*"],
    }
    # What the load balancer takes in one condition.
    assert max(map(len, rules.values())) <= 3


def test_a_login_holds_for_the_page_and_programs_show_their_key_instead() -> None:
    assert "authenticate-oidc" in json.dumps(RESOURCES["ExplorePageRule"])
    for name in ("ExploreRule", "ExploreAboutRule"):
        assert "authenticate-oidc" not in json.dumps(RESOURCES[name])
    rules = [r for r in RESOURCES.values() if r["Type"].endswith("::ListenerRule")]
    order = sorted(rule["Properties"]["Priority"] for rule in rules)
    assert len(set(order)) == len(order)
    # The login's rule has all of /api, so it comes last.
    assert RESOURCES["LoginRule"]["Properties"]["Priority"] == order[-1]


def test_there_is_never_a_second_one_beside_it() -> None:
    service = RESOURCES["ExploreService"]["Properties"]
    assert "DesiredCount" not in service
    deployment = service["DeploymentConfiguration"]
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (0, 100)
    assert service["LaunchType"] == "FARGATE"
    assert RESOURCES["ExploreService"]["DependsOn"] == "InternetRoute"


def test_it_has_room_for_its_engine_and_time_for_the_longest_query() -> None:
    task, limits = RESOURCES["ExploreTask"]["Properties"], Limits()
    assert limits.memory_mb + limits.process_extra_mb + 400 < int(task["Memory"])
    # What Fargate gives without being asked, with what the image takes.
    assert limits.temporary_mb < 15_000
    [delay] = RESOURCES["ExploreTargets"]["Properties"]["TargetGroupAttributes"]
    assert int(delay["Value"]) * 1000 > MAX_TIMEOUT_MS + limits.grace_ms


def test_the_web_app_serves_what_the_page_shares_with_the_display() -> None:
    display = ROOT / "static"
    files = {p.relative_to(display).as_posix(): p.read_bytes() for p in display.rglob("*.*")}
    own = ROOT / "explore/static"
    page = (own / "index.html").read_text("utf-8")
    shared = set(re.findall(r'"static/([^"]+)"', page))
    for script in own.glob("*.js"):
        shared |= set(re.findall(r'"\.\./\.\./static/([^"]+)"', script.read_text("utf-8")))
    assert {"theme.css", "dom.js"} <= shared
    served = join_files(files)
    assert {name: served.get(name) for name in shared} == {name: files[name] for name in shared}


def test_the_lines_that_ring_are_those_that_are_written() -> None:
    for name, source in (
        ("ExploreRowsFilter", "explore/keeper.py"),
        ("ExploreKeysFilter", "explore/keys_secret.py"),
    ):
        phrase = RESOURCES[name]["Properties"]["FilterPattern"].strip('"')
        assert phrase in (ROOT / source).read_text("utf-8")
