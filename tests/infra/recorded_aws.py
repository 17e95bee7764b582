"""The calls of a deployment to AWS, and the rights that each needs."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from infra.account import Account, find_account
from tests.infra.guarded_dynamodb import list_uses
from tests.infra.local_aws import make_environment

# Operations whose right has another name: https://docs.aws.amazon.com/service-authorization/
_RIGHTS = {
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
}
_NEEDS_NONE = "sts:GetCallerIdentity"


class Need(NamedTuple):
    """A right, and the ARN that it is needed on; `*` if only the action is compared."""

    action: str
    resource: str


class RecordedAws:
    """Finds the account as `make deploy` does, and records what is called in it."""

    def __init__(self) -> None:
        self.needs: set[Need] = set()

    def find_account(self, region: str | None) -> Account:
        account = find_account(region)
        account.session.events.register("provide-client-params", self._record)
        return account

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        service = model.service_model.service_id.lower().replace(" ", "")
        operation = f"{_SERVICES.get(service, service)}:{model.name}"
        if operation != _NEEDS_NONE:
            self.needs |= set(_list_needs(operation, params))


# boto3's names of services that IAM calls otherwise.
_SERVICES = {"cloudwatch": "cloudwatch", "cloudwatchlogs": "logs"}


def _list_needs(operation: str, params: dict[str, Any]) -> Iterator[Need]:
    service, _, name = operation.partition(":")
    if service == "dynamodb":
        tables = params.get("RequestItems")
        uses = (
            [(operation, table) for table in tables]
            if tables is not None
            else list_uses(name, params)
        )
        for action, table in uses:
            yield Need(action, f"arn:aws:dynamodb:r:n:table/{table}")
        return
    resource = "*"
    if service == "s3":
        resource = f"arn:aws:s3:::{params['Bucket']}"
        if "Object" in name and "List" not in name:
            resource += f"/{params.get('Key', 'any')}"
    elif service == "cloudformation":
        resource = f"arn:aws:cloudformation:r:n:stack/{params['StackName']}/id"
    yield Need(_RIGHTS.get(operation, operation), resource)


def is_allowed(policy: dict[str, Any], need: Need) -> bool:
    """Return whether a policy gives a right, as IAM decides without conditions."""
    return any(
        _matches(statement["Action"], need.action.lower(), str.lower)
        and (need.resource == "*" or _matches(statement["Resource"], need.resource, str))
        for statement in policy["Statement"]
    )


def _matches(patterns: str | Iterable[str], text: str, change: Any) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(text, change(pattern)) for pattern in listed)


@contextmanager
def recording(endpoint: str, **variables: str) -> Iterator[RecordedAws]:
    """Let deploy, status and destroy run in this process, against the local AWS."""
    recorded = RecordedAws()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in make_environment(endpoint, **variables).items():
            patch.setenv(name, value)
        for module in ("deploy", "destroy", "status"):
            patch.setattr(f"infra.{module}.find_account", recorded.find_account)
        yield recorded


def describe(needs: Iterable[Need]) -> str:
    """Return needs as text, for a failed test."""
    return json.dumps(sorted(needs), indent=1)
