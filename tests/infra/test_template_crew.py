"""What the template makes for the crew and the intake, and who may do what to their tables."""

import json

from infra.template import read_part
from tests.infra.template_roles import TEMPLATES, list_statements, read_statements

ALL_OF_TABLE = {"DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem"}


def test_the_crew_may_write_the_three_tables_and_nothing_more() -> None:
    statements = read_statements("CrewRole")
    rights = {
        statement["Resource"]["Fn::Sub"].partition(":table/")[2]: set(statement["Action"])
        for statement in statements.values()
    }
    assert rights == {
        "${TableName}": {f"dynamodb:{action}" for action in ALL_OF_TABLE},
        "${TableName}-journal": {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"},
        "${TableName}-intake": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"},
    }
    assert {statement["Effect"] for statement in statements.values()} == {"Allow"}


def test_nobody_else_may_write_a_table_or_read_the_crews_secrets() -> None:
    writing = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    writers, readers = set(), set()
    for name, statement, _ in list_statements():
        text = json.dumps(statement)
        if any(action in text for action in (*writing, "dynamodb:BatchWriteItem")):
            writers.add(name)
        if any(f'"{secret}"' in text for secret in ("CrewCode", "CrewSessionKey", "IntakeSecret")):
            readers.add(name)
    # test_template_explore.py says which table ExploreRole writes.
    assert writers == {"CrewRole", "SinksRole", "TotalsRole", "ExploreRole"}
    assert readers == {"CrewStartRole"}
    assert "Policies" not in TEMPLATES["stack"]["Resources"]["WebRole"]["Properties"]


def test_without_crew_nothing_of_it_is_made() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    ours = set(read_part("crew")["Resources"]) | {
        name for name in resources if name.startswith("RedisCrew")
    }
    conditions = {resources[name].get("Condition") for name in ours}
    assert conditions == {
        "HasCrew",
        "HasIntake",
        "MakesIntakeSecret",
        "MakesJournalTable",
        "MakesStatesTable",
        "RedisMakesCrewUser",
    }
    assert TEMPLATES["stack"]["Parameters"]["Crew"]["Default"] == "0"


def test_no_secret_of_the_crew_or_of_a_source_is_in_the_template() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    for name in ("CrewCode", "CrewSessionKey"):
        assert "SecretString" not in resources[name]["Properties"]
        assert "GenerateSecretString" in resources[name]["Properties"]
    assert resources["IntakeSecret"]["Properties"]["SecretString"] == "{}"
    [crew] = resources["CrewTask"]["Properties"]["ContainerDefinitions"]
    secrets = [secret.get("Fn::If", [None, secret])[1]["Name"] for secret in crew["Secrets"]]
    assert secrets == ["REDIS_URL", "CREW_CODE", "CREW_SESSION_KEY", "SECRETS"]
    assert not {variable["Name"] for variable in crew["Environment"]} & set(secrets)


def test_the_crews_tables_are_kept_and_can_be_recovered() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    for name in ("JournalTable", "StatesTable"):
        assert resources[name]["DeletionPolicy"] == "Retain"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"
        properties = resources[name]["Properties"]
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert properties["DeletionProtectionEnabled"] is True


def test_only_crew_and_in_lead_to_the_crews_container() -> None:
    resources = TEMPLATES["stack"]["Resources"]
    paths = {
        name: resource["Properties"]["Conditions"][0]["PathPatternConfig"]["Values"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
        and "CrewTargets" in json.dumps(resource)
    }
    assert paths == {"CrewRule": ["/crew", "/crew/*"], "IntakeRule": ["/in/*"]}
    # A person has to sign in where the display has a login; a provider cannot.
    assert "authenticate-oidc" in json.dumps(resources["CrewRule"])
    assert "authenticate-oidc" not in json.dumps(resources["IntakeRule"])
    limited = {
        rule["Fn::If"][1]["Statement"]["RateBasedStatement"]
        .get("ScopeDownStatement", {})
        .get("ByteMatchStatement", {})
        .get("SearchString")
        for rule in resources["Guard"]["Properties"]["Rules"]
    }
    assert limited == {None, "/crew", "/in/"}
