"""Clients and tables of a local DynamoDB; nothing here can reach an AWS account."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from aggregates.board import Board

REGION = "us-east-1"
# A boto3 client of DynamoDB or of its streams; boto3 has no types.
Client = Any

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=20,
    max_pool_connections=16,
    retries={"mode": "standard", "total_max_attempts": 4},
    # Never use a venue's proxy for 127.0.0.1.
    proxies={},
    use_fips_endpoint=False,
    use_dualstack_endpoint=False,
)


def connect_dynamodb(endpoint: str) -> Client:
    """Return a client of the DynamoDB at `endpoint`, such as `http://127.0.0.1:4566`."""
    return _connect("dynamodb", endpoint)


def connect_streams(endpoint: str) -> Client:
    """Return a client of the streams of the DynamoDB at `endpoint`."""
    return _connect("dynamodbstreams", endpoint)


def create_table(client: Client, board: Board, *, with_stream: bool = True) -> str:
    """Create a board's table; return the ARN of its stream, empty without one.

    Key attributes are text. Raises botocore's `ClientError` if the table exists.
    """
    kinds = ("HASH", "RANGE")
    description = client.create_table(
        TableName=board.table,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in board.key],
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(board.key, kinds, strict=False)
        ],
        BillingMode="PAY_PER_REQUEST",
        **({"StreamSpecification": STREAM} if with_stream else {}),
    )
    arn: str = description["TableDescription"].get("LatestStreamArn", "")
    return arn


def _connect(service: str, endpoint: str) -> Client:
    # A plain botocore session with explicit keys reads no profile and no credentials file.
    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.session.Session(botocore_session=session).client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local server takes any
        config=_CONFIG,
    )
