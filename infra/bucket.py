"""Empties a bucket, so that CloudFormation can delete it."""

from botocore.exceptions import ClientError

from infra.account import Account


def empty_bucket(account: Account, bucket: str | None) -> None:
    """Delete everything in a bucket: CloudFormation only deletes empty buckets."""
    if not bucket:
        return
    s3 = account.connect("s3")
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            objects = [{"Key": entry["Key"]} for entry in page.get("Contents", ())]
            if objects:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
