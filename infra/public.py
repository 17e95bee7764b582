"""The page for very many viewers in a deployment (PUBLIC=1): its checks, and its bucket's end."""

import json
import time
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from infra.account import Account
from infra.bucket import empty_bucket
from infra.errors import DeployError

# CloudFront takes certificates only from there.
CERTIFICATE_REGION = "us-east-1"
# A policy is everywhere within seconds.
_PAUSE_SECONDS = 2.0
_MOST_ROUNDS = 15


def check_public(parameters: Mapping[str, str]) -> None:
    """Raise `DeployError` if certificate and name of the page do not go together."""
    certificate = parameters.get("PublicCertificateArn", "")
    domain = parameters.get("PublicDomainName", "")
    if certificate and f":acm:{CERTIFICATE_REGION}:" not in certificate:
        raise DeployError(
            f"PUBLIC_CERTIFICATE is {certificate}; CloudFront takes only a certificate in"
            f" {CERTIFICATE_REGION}, whatever region the stack is in"
        )
    if bool(certificate) != bool(domain):
        raise DeployError(
            "PUBLIC_CERTIFICATE and PUBLIC_DOMAIN belong together: write both, or neither for a"
            " name of CloudFront's own"
        )
    if domain and domain == parameters.get("DomainName"):
        raise DeployError(
            f"PUBLIC_DOMAIN is {domain}, which is DOMAIN, too; the page needs a name of its own"
        )


def is_public(parameters: Mapping[str, str]) -> bool:
    """Return whether parameters of the stack ask for the page."""
    return parameters.get("Public", "0") == "1"


def describe_public(parameters: Mapping[str, str]) -> list[str]:
    """Return what will be public, a line each."""
    if not is_public(parameters):
        return []
    lines = ["  The display is also published as files in a bucket that only CloudFront reads."]
    if parameters.get("OidcIssuer") or parameters.get("AllowCidr1", "0.0.0.0/0") != "0.0.0.0/0":
        lines.append("  EVERYBODY SEES THAT PAGE: ALLOW_CIDR and OIDC_ISSUER do not hold for it.")
    return lines


def tell_public(outputs: Mapping[str, str]) -> list[str]:
    """Return where the page is, a line each."""
    if "PublicAddress" not in outputs:
        return []
    address, name = outputs["PublicAddress"], outputs["PublicCdnName"]
    lines = [f"The page for many viewers: {address}"]
    if name not in address:
        lines.append(f"  if that name does not work yet, add a CNAME record to {name}")
    return lines


def withdraw_page(
    account: Account, bucket: str | None, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Empty the page's bucket for good, so that CloudFormation can delete it.

    The container still writes, so its writes are refused first. Raises `DeployError`.
    """
    if not bucket:
        return
    s3 = account.connect("s3")
    statement = {
        "Sid": "Closed",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:{account.partition}:s3:::{bucket}/*",
    }
    try:
        s3.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        for _ in range(_MOST_ROUNDS):
            empty_bucket(account, bucket)
            sleep(_PAUSE_SECONDS)
            if not s3.list_objects_v2(Bucket=bucket, MaxKeys=1).get("Contents"):
                return
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
        return
    raise DeployError(f"something keeps writing into the bucket {bucket}; stop that, and try again")
