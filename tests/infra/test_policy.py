"""The deployer's policy suffices for each kind of resource in the templates, and no more."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra.policy import make_policy, write_policy
from infra.sinks import make_sinks_template
from infra.template import make_template, read_part

POLICY = make_policy("tally", "donations")
ALLOWED = [action for statement in POLICY["Statement"] for action in statement["Action"]]
KINDS = sorted(
    {
        resource["Type"]
        for template in (make_template(), read_part("base"), make_sinks_template(1))
        for resource in template["Resources"].values()
    }
)
# Services that handlers call only for properties that our templates do not use.
UNUSED_SERVICES = {
    "amplify",
    "apigateway",
    "apprunner",
    "appsync",
    "bedrock-agentcore",
    "billing",
    "cognito-idp",
    "elasticfilesystem",
    "firehose",
    "kinesis",
    "payments",
    "s3files",
    "s3tables",
    "vpc-lattice",
    "vpce",
}
UNUSED = {
    # Of distributions with tenants or origins in a network.
    "cloudfront:CreateConnectionGroup",
    "cloudfront:GetConnectionGroup",
    "cloudfront:GetVpcOrigin",
    "dynamodb:AssociateTableReplica",
    "dynamodb:BatchWriteItem",
    "dynamodb:CreateTableReplica",
    "dynamodb:DeleteResourcePolicy",
    "dynamodb:DisableKinesisStreamingDestination",
    "dynamodb:EnableKinesisStreamingDestination",
    "dynamodb:ImportTable",
    "dynamodb:PutResourcePolicy",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateContributorInsights",
    "dynamodb:UpdateKinesisStreamingDestination",
    "dynamodb:UpdateTimeToLive",
    "ec2:AssociateVerifiedAccessInstanceWebAcl",
    "ec2:AttachVpnGateway",
    "ec2:DetachVpnGateway",
    "ec2:DisassociateVerifiedAccessInstanceWebAcl",
    "ec2:GetVerifiedAccessInstanceWebAcl",
}


def list_needed(kind: str) -> list[str]:
    """Return the actions that CloudFormation's handlers of a kind call, from the kind's schema."""
    schema: Any = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind)
    handlers = schema.schema["handlers"]
    verbs = ("create", "read", "update", "delete")
    actions = {action for verb in verbs for action in handlers.get(verb, {}).get("permissions", ())}
    return sorted(a for a in actions - UNUSED if a.partition(":")[0] not in UNUSED_SERVICES)


def is_allowed(action: str) -> bool:
    return any(fnmatchcase(action.lower(), allowed.lower()) for allowed in ALLOWED)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_enough_for_every_kind_of_resource(kind: str) -> None:
    needed = list_needed(kind)
    assert needed
    assert [action for action in needed if not is_allowed(action)] == []


@pytest.mark.parametrize(
    "action",
    [
        "acm:DescribeCertificate",
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeStacks",
        "cloudwatch:GetMetricStatistics",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "ecr:DescribeImages",
        "ecr:GetAuthorizationToken",
        "ecr:PutImage",
        "ecs:RunTask",
        "ecs:StopTask",
        "lambda:GetAccountSettings",
        "lambda:GetFunctionConfiguration",
        "s3:PutObject",
    ],
)
def test_it_is_enough_for_what_the_commands_call(action: str) -> None:
    assert is_allowed(action)


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreateUser",
        "iam:CreatePolicy",
        "iam:CreateAccessKey",
        "ec2:RunInstances",
        "dynamodb:Scan",
        "organizations:LeaveOrganization",
        "sts:AssumeRole",
    ],
)
def test_it_is_not_all_of_the_account(action: str) -> None:
    assert not is_allowed(action)


def test_it_touches_no_role_bucket_or_function_of_others() -> None:
    statements = {statement["Sid"]: statement for statement in POLICY["Statement"]}
    assert statements["Roles"]["Resource"] == "arn:aws:iam::*:role/tally-*"
    assert statements["Table"]["Resource"] == [
        "arn:aws:dynamodb:*:*:table/donations",
        "arn:aws:dynamodb:*:*:table/donations-journal",
        "arn:aws:dynamodb:*:*:table/donations-intake",
    ]
    made = {
        name
        for name, resource in make_template()["Resources"].items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }
    prefixes = [arn.rpartition(":")[2] for arn in statements["Secrets"]["Resource"]]
    assert all(any(fnmatchcase(name, prefix) for prefix in prefixes) for name in made)
    for resource in statements["Named"]["Resource"]:
        assert "tally" in resource
    assert not [
        action
        for action in statements["Elsewhere"]["Action"]
        if action.partition(":")[0] in ("*", "iam", "s3", "dynamodb", "secretsmanager")
        and action.endswith("*")
    ]


def test_iam_takes_it_as_one_policy() -> None:
    text = write_policy("t" * 28, "d" * 60)
    assert json.loads(text) == make_policy("t" * 28, "d" * 60)
    # White space is not counted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert len("".join(text.split())) <= 6144
