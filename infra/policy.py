"""Makes the IAM policy that a person needs to deploy: `python -m infra policy`.

CloudFormation works with the rights of its caller. If a resource's name begins with the stack's
name, the policy is limited to such names; if AWS makes the name, or supports no narrower resource,
actions are listed instead. tests/infra/test_policy.py compares it with the rights that each kind of
resource needs.
"""

import json
from typing import Any

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
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetRandomPassword",
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


def make_policy(stack: str, table: str) -> dict[str, Any]:
    """Return the policy for deploying a stack that counts a table.

    It must fit into 6,144 characters, IAM's limit.
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
                f"arn:aws:secretsmanager:*:*:secret:{name}*" for name in ("Redis", "Crew", "Intake")
            ],
        },
        {"Sid": "Elsewhere", "Effect": "Allow", "Action": list(_ELSEWHERE), "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def write_policy(stack: str, table: str) -> str:
    """Return the policy as text."""
    return json.dumps(make_policy(stack, table), indent=2)
