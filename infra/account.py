"""The AWS account that the environment's credentials are for."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

from infra.errors import DeployError

# boto3 has no types of its own.
Client = Any

_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard"})


@dataclass(frozen=True)
class Account:
    """Who is deploying where. `number` is the account's, `caller` the ARN of user or role."""

    session: Any
    number: str
    caller: str
    region: str

    @property
    def partition(self) -> str:
        """Of which AWS it is: `aws`, `aws-cn`, …"""
        return self.caller.split(":")[1]

    def connect(self, service: str) -> Client:
        """Return a client of a service."""
        return self.session.client(service, config=_CONFIG)


def find_account(region: str | None) -> Account:
    """Return the account, as boto3 finds it (`AWS_PROFILE`, …); `region` overrides its region.

    Raises `DeployError` when there are no credentials, they are refused, or there is no region.
    """
    try:
        session = boto3.session.Session(region_name=region)
        if session.region_name is None:
            raise DeployError(
                "no region is set; say where to deploy: AWS_REGION=eu-central-1 make deploy …"
            )
        identity = session.client("sts", config=_CONFIG).get_caller_identity()
    except (NoCredentialsError, ProfileNotFound) as error:
        raise DeployError(
            f"there are no AWS credentials ({error}); sign in (`aws sso login`, `aws configure`)"
            " or name a profile: AWS_PROFILE=name make deploy …"
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"AWS does not accept the credentials: {error}") from error
    return Account(session, identity["Account"], identity["Arn"], session.region_name)
