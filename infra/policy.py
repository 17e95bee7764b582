"""The rights that whoever deploys needs: `python -m infra policy`, an IAM policy to be attached.

CloudFormation works with the rights of its caller. Where names begin with the stack's, so do the
resources that may be touched; where AWS makes the names, or knows no narrower resource, actions are
listed instead. tests/infra/test_policy.py holds it against what each kind of resource asks for.
"""

import json
from typing import Any

# Everything of a service, with resources that have the stack's name. ARNs without partition.
_NAMED = {
    "cloudformation": ["*:*:stack/STACK/*", "*:*:stack/STACK-base/*"],
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
    "logs": ["*:*:log-group:/tallyboard/STACK/*"],
    "s3": ["::STACK-*"],
    "scheduler": ["*:*:schedule/default/STACK-*"],
    "sns": ["*:*:STACK-*"],
}
# Where a name is not the stack's to choose.
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
    """Return the policy of whoever deploys a stack that counts a table.

    It has to fit into 6,144 characters, IAM's limit.
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
            "Resource": f"arn:aws:dynamodb:*:*:table/{table}",
        },
        {
            # Their names are those in the template; CloudFormation adds something random.
            "Sid": "Secrets",
            "Effect": "Allow",
            "Action": ["secretsmanager:*"],
            "Resource": "arn:aws:secretsmanager:*:*:secret:Redis*",
        },
        {"Sid": "Elsewhere", "Effect": "Allow", "Action": list(_ELSEWHERE), "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def write_policy(stack: str, table: str) -> str:
    """Return the policy as text."""
    return json.dumps(make_policy(stack, table), indent=2)
