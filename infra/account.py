"""Finds the AWS account that the environment's credentials belong to."""

import difflib
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as AwsConnectionError

from infra.errors import DeployError

# AWS did not answer: no connection, no DNS name, or no trusted certificate.
_NO_CONNECTION = (AwsConnectionError, HTTPClientError)
_SIGN_IN_AGAIN = (SSOError, TokenRetrievalError)

# boto3 has no types of its own.
Client = Any

_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard"})


@dataclass(frozen=True)
class Account:
    """Where to deploy, and as whom: `number` is the account's, `caller` a user's or role's ARN."""

    session: Any
    number: str
    caller: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of AWS: `aws`, `aws-cn`, …"""
        return self.caller.split(":")[1]

    def connect(self, service: str, region: str | None = None) -> Client:
        """Return a client of a service, in another region if one is named."""
        return self.session.client(service, region_name=region, config=_CONFIG)


def find_account(region: str | None) -> Account:
    """Return the account that boto3 finds (`AWS_PROFILE`, …); `region` overrides its region.

    Raises `DeployError` if there are no credentials, AWS refuses them, there is no region, or AWS
    cannot be reached.
    """
    try:
        session = boto3.session.Session(region_name=region)
        if session.region_name is None:
            raise DeployError("no region is set; name one: make deploy AWS_REGION=eu-central-1 …")
        identity = session.client("sts", config=_CONFIG).get_caller_identity()
    except (NoCredentialsError, ProfileNotFound) as error:
        raise DeployError(
            f"there are no AWS credentials ({error}); sign in (`aws sso login`, `aws configure`)"
            " or name a profile: make deploy AWS_PROFILE=name …"
        ) from error
    except _SIGN_IN_AGAIN as error:
        raise DeployError(f"the sign-in has expired ({error}); run: aws sso login") from error
    except InvalidRegionError as error:
        raise DeployError(f"AWS_REGION cannot be used: {error}") from error
    except _NO_CONNECTION as error:
        raise DeployError(_describe_no_connection(session, error)) from error
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"AWS does not accept the credentials: {error}") from error
    return Account(session, identity["Account"], identity["Arn"], session.region_name)


def _describe_no_connection(session: Any, error: Exception) -> str:
    """Return what to do if AWS does not answer. A misspelt region looks the same."""
    region = session.region_name
    known = session.get_available_regions("sts", session.get_partition_for_region(region))
    if region not in known:
        alike = difflib.get_close_matches(region, known, 1)
        meant = f"; did you mean {alike[0]}?" if alike else "; is it spelt right?"
        return f"AWS_REGION is {region}, which is unknown{meant} ({error})"
    return (
        f"AWS cannot be reached ({error}); the credentials were not checked. Check the connection"
        " to the Internet, and a proxy: HTTPS_PROXY"
    )
