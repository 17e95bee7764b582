"""Makes the IAM policy that a person needs to deploy: `python -m infra policy`.

CloudFormation works with the rights of its caller. If a resource's name begins with the stack's
name, the policy is limited to such names; if AWS makes the name, or supports no narrower resource,
actions are listed instead. tests/infra/test_policy.py compares it with the rights that each kind of
resource needs.
"""

import json
from collections.abc import Iterable
from typing import Any

from infra.sink_folder import SinkFolder
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.page import Page
from sinks.kinds.sql import Sql
from sinks.state_items import name_table

# All actions of a service, on resources with the stack's name. ARNs without partition and service.
_NAMED = {
    "cloudformation": ["*:*:stack/STACK/*", "*:*:stack/STACK-base/*", "*:*:stack/STACK-sinks/*"],
    "cloudwatch": ["*:*:alarm:STACK-*", ":*:dashboard/STACK"],
    "ecr": ["*:*:repository/STACK-base-*"],
    "ecs": [
        "*:*:cluster/STACK",
        "*:*:service/STACK/*",
        "*:*:task-definition/STACK-*",
        "*:*:task/STACK/*",
    ],
    "elasticache": ["*:*:*:STACK-*"],
    "lambda": ["*:*:function:STACK-*"],
    "logs": ["*:*:log-group:/tallyboard/STACK/*", "*:*:log-group:/tallyboard/STACK-sinks/*"],
    "s3": ["::STACK-*"],
    "scheduler": ["*:*:schedule/default/STACK-*"],
    "sns": ["*:*:STACK-*"],
}
# Actions on resources whose names the stack does not choose.
_ELSEWHERE = (
    "acm:DescribeCertificate",
    "application-autoscaling:*",
    "budgets:*",
    # Of the page for many viewers: CloudFront makes the names of all of them.
    "cloudfront:*CachePolic*",
    "cloudfront:*Distribution*",
    "cloudfront:*OriginAccessControl*",
    "cloudfront:*Resource",
    "cloudfront:*ResponseHeadersPolic*",
    "cloudwatch:Describe*",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "ec2:*InternetGateway*",
    "ec2:*Route",
    "ec2:*RouteTable*",
    "ec2:*SecurityGroup*",
    "ec2:*Subnet*",
    "ec2:*Tags",
    "ec2:*Vpc*",
    "ec2:Describe*",
    "ecr:DescribeRepositories",
    "ecr:GetAuthorizationToken",
    "ecs:DeregisterTaskDefinition",
    "ecs:Describe*",
    "ecs:List*",
    "ecs:RegisterTaskDefinition",
    # Caches, groups and shards whose names CloudFormation makes.
    "elasticache:*CacheCluster*",
    "elasticache:*CacheParameter*",
    "elasticache:*CacheSubnetGroup",
    "elasticache:*ReplicaCount",
    "elasticache:*ReplicationGroup*",
    "elasticache:*TagsToResource",
    "elasticache:CreateSnapshot",
    "elasticache:Describe*",
    "elasticache:ListTagsForResource",
    "elasticache:RemoveTagsFromResource",
    "elasticloadbalancing:*",
    "iam:CreateServiceLinkedRole",
    "kms:CreateGrant",
    "kms:CreateKey",
    "kms:Decrypt",
    "kms:Describe*",
    "kms:DisableKey*",
    "kms:EnableKey*",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:R*Grant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
    "lambda:*EventSourceMapping*",
    "lambda:GetAccountSettings",
    "lambda:ListTags",
    "lambda:TagResource",
    "lambda:UntagResource",
    "logs:*LogDeliver*",
    "logs:Describe*",
    # Of the name by which the sinks' function finds what answers SQL.
    "route53:*HostedZone*",
    "route53:ChangeResourceRecordSets",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetRandomPassword",
    "servicediscovery:*",
    "sns:*ubscri*",
    "wafv2:*WebACL*",
    "wafv2:*Resource",
    "wafv2:*PermissionPolicy",
)
_TABLE_ACTIONS = (
    "dynamodb:CreateTable",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "dynamodb:Describe*",
    "dynamodb:GetItem",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTagsOfResource",
    "dynamodb:PutItem",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateItem",
    "dynamodb:UpdateTable",
)
_ROLE_ACTIONS = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole*",
    "iam:DetachRolePolicy",
    "iam:GetRole*",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PassRole",
    "iam:PutRole*",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole*",
)


# IAM's limit for a policy, without white space.
MOST_CHARACTERS = 6_144
# For deploy, and for `tallyboard fill`, `verify` and `sinks`.
_SINK_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:CreateTable",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "dynamodb:UpdateTimeToLive",
)
_SOURCE_ACTIONS = ("dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:Scan")


def make_policy(stack: str, table: str, sinks: SinkFolder | None = None) -> dict[str, Any]:
    """Return the policy for deploying a stack that counts a table, and feeds sinks.

    It must fit into `MOST_CHARACTERS`.
    """
    statements: list[dict[str, Any]] = [
        {
            "Sid": "Named",
            "Effect": "Allow",
            "Action": [f"{service}:*" for service in _NAMED],
            "Resource": [
                f"arn:aws:{service}:{resource.replace('STACK', stack)}"
                for service, resources in _NAMED.items()
                for resource in resources
            ],
        },
        {
            "Sid": "Roles",
            "Effect": "Allow",
            "Action": list(_ROLE_ACTIONS),
            "Resource": f"arn:aws:iam::*:role/{stack}-*",
        },
        {
            "Sid": "Table",
            "Effect": "Allow",
            "Action": list(_TABLE_ACTIONS),
            # The board's, its journal and what providers have told of its donations.
            "Resource": [
                f"arn:aws:dynamodb:*:*:table/{table}{suffix}"
                for suffix in ("", "-journal", "-intake")
            ],
        },
        {
            # Their names come from the template; CloudFormation adds a random part.
            "Sid": "Secrets",
            "Effect": "Allow",
            "Action": ["secretsmanager:*"],
            "Resource": [
                f"arn:aws:secretsmanager:*:*:secret:{name}*"
                for name in ("Redis", "Crew", "Intake", "Explore")
            ],
        },
        {"Sid": "Elsewhere", "Effect": "Allow", "Action": list(_ELSEWHERE), "Resource": "*"},
        *(_list_sink_statements(sinks) if sinks else ()),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _list_sink_statements(sinks: SinkFolder) -> list[dict[str, Any]]:
    written = {s.target for s in sinks.records if not isinstance(s, Sql | ClickHouse)} | {
        sink.target for sink in sinks.totals if not isinstance(sink, Page)
    }
    pages = [sink for sink in sinks.totals if isinstance(sink, Page) and sink.bucket]
    bucket = "arn:aws:s3:::"
    return [
        _allow(sid, actions, resources)
        for sid, actions, resources in (
            (
                "SinkTables",
                _SINK_ACTIONS,
                _name_tables(written | {name_table(sink.name) for sink in sinks.records}),
            ),
            (
                "SinkSources",
                _SOURCE_ACTIONS,
                _name_tables({sink.source.table for sink in sinks.records}),
            ),
            ("PageBuckets", ("s3:ListBucket",), [bucket + page.bucket for page in pages]),
            (
                "PageFiles",
                ("s3:GetObject",),
                [f"{bucket}{page.bucket}/{page.prefix}*" for page in pages],
            ),
        )
        if resources
    ]


def _name_tables(tables: Iterable[str]) -> list[str]:
    return [f"arn:aws:dynamodb:*:*:table/{name}" for name in sorted(tables)]


def _allow(sid: str, actions: Iterable[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}


def write_policy(stack: str, table: str, sinks: SinkFolder | None = None) -> str:
    """Return the policy as text."""
    return json.dumps(make_policy(stack, table, sinks), indent=2)
