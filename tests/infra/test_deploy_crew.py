"""`make deploy CREW=1 INTAKE=…` against a local AWS: tables, secrets, service, and what it says.

What the local AWS only records is named in `STUBS` of test_deploy.py. test_container.py runs the
image, test_crew_role.py the service with the role's rights.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crew.settings import MIN_CODE_CHARACTERS, MIN_KEY_CHARACTERS
from tests.infra.conftest import Make
from tests.infra.fake_docker import FakeDocker
from tests.infra.local_aws import connect

SOURCES = """
[sources.website]
provider = "stripe"
board = "fundraiser"
platform = "Website"
secret = "STRIPE_SECRET"
api_key = "STRIPE_KEY"

[sources.votes]
provider = "twilio"
board = "fundraiser"
platform = "Phone"
mode = "pledges"
account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
secret = "TWILIO_TOKEN"
"""


@dataclass
class Deployed:
    endpoint: str
    output: str
    variables: dict[str, str]

    def read_outputs(self) -> dict[str, str]:
        stacks = connect("cloudformation", self.endpoint).describe_stacks(StackName="crewed")
        outputs = stacks["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def read_container(self) -> dict[str, Any]:
        task = connect("ecs", self.endpoint).describe_task_definition(taskDefinition="crewed-crew")
        [container] = task["taskDefinition"]["containerDefinitions"]
        found: dict[str, Any] = container
        return found

    def read_secrets(self) -> dict[str, str]:
        """Return the values of the secrets that the stack made, by their names in the template."""
        resources = connect("cloudformation", self.endpoint).list_stack_resources(
            StackName="crewed"
        )["StackResourceSummaries"]
        manager = connect("secretsmanager", self.endpoint)
        return {
            resource["LogicalResourceId"]: manager.get_secret_value(
                SecretId=resource["PhysicalResourceId"]
            )["SecretString"]
            for resource in resources
            if resource["ResourceType"] == "AWS::SecretsManager::Secret"
        }


@pytest.fixture(scope="module")
def deployed(make: Make, endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """Deploy the stack `crewed` with the crew's pages and two sources."""
    sources = tmp_path_factory.mktemp("gala") / "intake.toml"
    sources.write_text(SOURCES, "utf-8")
    secret = connect("secretsmanager", endpoint).create_secret(
        Name="redis-url", SecretString="redis://127.0.0.1:9"
    )["ARN"]
    certificate = connect("acm", endpoint).request_certificate(DomainName="live.example.test")
    variables = {
        "STACK": "crewed",
        "BOARD": "boards/fundraiser.toml",
        "CERTIFICATE": certificate["CertificateArn"],
        "DOMAIN": "live.example.test",
        "REDIS": "existing",
        "REDIS_SECRET": secret,
        "REDIS_CIDR": "127.0.0.0/8",
        "IMAGE": "registry.example.test/tallyboard:1",
        "CREW": "1",
        "CREW_IMAGE": "registry.example.test/tallyboard-crew:1",
        "INTAKE": str(sources),
        # The local AWS refuses a firewall.
        "CREW_RATE_LIMIT": "0",
        "INTAKE_RATE_LIMIT": "0",
        "MIN_TASKS": "1",
        "MAX_TASKS": "1",
        "YES": "1",
    }
    result = make("deploy", **variables)
    assert result.returncode == 0, result.stdout + result.stderr
    return Deployed(endpoint, result.stdout, variables)


def test_it_says_what_it_costs_and_what_is_left_to_do(deployed: Deployed) -> None:
    output = deployed.output
    assert "A container that alone may write to the table serves the crew's pages" in output
    assert "crew and intake" in output
    assert "The crew's pages: https://live.example.test/crew/" in output
    assert "aws secretsmanager get-secret-value --secret-id" in output
    assert "Providers send to: https://live.example.test/in/NAME" in output
    assert "needs a JSON object with STRIPE_KEY, STRIPE_SECRET, TWILIO_TOKEN; then:" in output
    outputs = deployed.read_outputs()
    service = f"--cluster crewed --service {outputs['CrewServiceName']}"
    assert f"aws ecs update-service --force-new-deployment {service}" in output


def test_the_tables_are_made_and_protected(deployed: Deployed) -> None:
    dynamodb = connect("dynamodb", deployed.endpoint)
    for table, key in (("donations-journal", ["id", "at"]), ("donations-intake", ["id"])):
        found = dynamodb.describe_table(TableName=table)["Table"]
        assert [attribute["AttributeName"] for attribute in found["KeySchema"]] == key
        assert found["DeletionProtectionEnabled"] is True


def test_the_container_gets_the_stacks_address_and_no_secret_in_the_open(
    deployed: Deployed,
) -> None:
    container, values = deployed.read_container(), deployed.read_secrets()
    assert container["image"] == deployed.variables["CREW_IMAGE"]
    environment = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert environment["PUBLIC_URL"] == "https://live.example.test"
    assert environment["INTAKE"] == "/app/boards/sources/intake.toml"
    # The local AWS forgets what they are; test_template.py reads their names.
    assert len(container["secrets"]) == 4
    text = json.dumps(container)
    assert not [value for value in values.values() if len(value) > 2 and value in text]


def test_refusals_silence_and_what_is_kept_unread_ring(deployed: Deployed) -> None:
    alarms = connect("cloudwatch", deployed.endpoint).describe_alarms(
        AlarmNamePrefix="crewed-source-"
    )["MetricAlarms"]
    watched = {alarm["AlarmName"]: alarm["MetricName"] for alarm in alarms}
    assert watched == {
        "crewed-source-unusable": "UnusableSources",
        "crewed-source-refused": "RefusedRequests",
        "crewed-source-unreadable": "UnreadableRequests",
        "crewed-source-silent": "SilentSources",
        "crewed-source-sweep": "TroubledSweeps",
    }
    for alarm in alarms:
        # The service writes them with this name; test_alarms.py reads which it writes.
        assert alarm["Dimensions"] == [{"Name": "Stack", "Value": "crewed"}]
        assert alarm["Threshold"] == 0
        assert alarm["AlarmActions"]


def test_providers_and_helpers_reach_the_crews_container_and_nothing_else_does(
    deployed: Deployed,
) -> None:
    balancer = connect("elbv2", deployed.endpoint)
    groups = balancer.describe_target_groups()["TargetGroups"]
    listeners = [
        listener
        for one in balancer.describe_load_balancers()["LoadBalancers"]
        for listener in balancer.describe_listeners(LoadBalancerArn=one["LoadBalancerArn"])[
            "Listeners"
        ]
    ]
    rules = [
        rule
        for listener in listeners
        for rule in balancer.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    ]
    led = {
        tuple(
            rule["Conditions"][0].get("Values")
            or rule["Conditions"][0]["PathPatternConfig"]["Values"]
        ): rule["Actions"][-1]["TargetGroupArn"]
        for rule in rules
        if rule["Conditions"]
    }
    assert led.keys() == {("/crew", "/crew/*"), ("/in/*",)}
    [target] = set(led.values())
    assert target in {group["TargetGroupArn"] for group in groups}


def test_secrets_manager_makes_the_code_and_the_key_and_leaves_the_sources_to_the_operator(
    deployed: Deployed,
) -> None:
    values = deployed.read_secrets()
    assert values.keys() == {"CrewCode", "CrewSessionKey", "IntakeSecret"}
    assert len(values["CrewCode"]) == 10 > MIN_CODE_CHARACTERS
    assert len(values["CrewSessionKey"]) == 64 > MIN_KEY_CHARACTERS
    assert values["IntakeSecret"] == "{}"


def test_deploying_again_changes_nothing_and_keeps_the_operators_secrets(
    deployed: Deployed, make: Make
) -> None:
    arn = deployed.read_outputs()["IntakeSecretArn"]
    manager = connect("secretsmanager", deployed.endpoint)
    manager.put_secret_value(SecretId=arn, SecretString='{"STRIPE_SECRET": "whsec_1"}')
    again = make("deploy", STACK="crewed", IMAGE=deployed.variables["IMAGE"])
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Nothing to change." in again.stdout
    assert "The crew's pages: https://live.example.test/crew/" in again.stdout
    kept = manager.get_secret_value(SecretId=arn)["SecretString"]
    assert kept == '{"STRIPE_SECRET": "whsec_1"}'


def test_a_file_of_sources_with_a_mistake_changes_nothing(
    deployed: Deployed, make: Make, tmp_path: Path
) -> None:
    sources = tmp_path / "intake.toml"
    sources.write_text(SOURCES.replace('"fundraiser"', '"gala"'), "utf-8")
    result = make("deploy", STACK="crewed", INTAKE=str(sources), YES="1")
    assert result.returncode != 0
    assert "intake.toml: sources.website.board: is 'gala'; the boards are fundr" in result.stderr


def test_both_images_are_built_and_another_file_of_sources_builds_only_the_crews(
    deployed: Deployed, make: Make, tmp_path: Path
) -> None:
    docker, sources = FakeDocker(tmp_path), tmp_path / "other.toml"
    names = ("CERTIFICATE", "DOMAIN", "CREW_RATE_LIMIT", "INTAKE_RATE_LIMIT", "MIN_TASKS", "YES")
    variables = {name: deployed.variables[name] for name in (*names, "MAX_TASKS", "CREW")}
    variables |= {"STACK": "twoimages", "INTAKE": str(sources)}
    sources.write_text(SOURCES, "utf-8")
    first = make("deploy", tmp_path, **variables)
    assert first.returncode == 0, first.stdout + first.stderr
    web, crew = docker.list_builds()
    assert "--target web" in web
    assert "--target crew" in crew
    sources.write_text(SOURCES.replace("Website", "Form"), "utf-8")
    second = make("deploy", tmp_path, **variables)
    assert second.returncode == 0, second.stdout + second.stderr
    # The local AWS keeps no image, so both are pushed again: the web app's under the same tag.
    again = [build.partition("--tag ")[2].split()[0] for build in docker.list_builds()]
    assert len(set(again)) == 3
    assert "Modify  CrewTask" in second.stdout
    assert "Modify  WebTask" not in second.stdout


def test_they_are_taken_away_and_their_tables_stay_and_are_found_again(
    deployed: Deployed, make: Make
) -> None:
    images = {name: deployed.variables[name] for name in ("IMAGE", "CREW_IMAGE")}
    gone = make("deploy", STACK="crewed", IMAGE=images["IMAGE"], CREW="0", YES="1")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert "CrewServiceName" not in deployed.read_outputs()
    dynamodb = connect("dynamodb", deployed.endpoint)
    dynamodb.put_item(TableName="donations-intake", Item={"id": {"S": "stripe:pi_1"}})
    back = make("deploy", STACK="crewed", CREW="1", YES="1", **images)
    assert back.returncode == 0, back.stdout + back.stderr
    assert "CrewServiceName" in deployed.read_outputs()
    assert dynamodb.scan(TableName="donations-intake")["Count"] == 1


def test_destroy_keeps_what_was_given_and_who_gave_it(deployed: Deployed, make: Make) -> None:
    destroyed = make("destroy", STACK="crewed", YES="1")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    dynamodb = connect("dynamodb", deployed.endpoint)
    for suffix in ("", "-journal", "-intake"):
        found = dynamodb.describe_table(TableName=f"donations{suffix}")["Table"]
        assert found["TableStatus"] == "ACTIVE"
