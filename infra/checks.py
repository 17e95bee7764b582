"""What is looked at before anything is made: each mistake is answered with its mend."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from aggregates.board import Board
from aggregates.board_file import BoardError, load_board
from infra.account import Account
from infra.errors import DeployError
from infra.options import Options

_VIEWS_WITH_NEW_IMAGE = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
# What AWS keeps unreserved in every account.
_UNRESERVED = 100
_DEFAULT_CONCURRENCY = "10"


def check_board(options: Options) -> Board:
    """Return the board; raise `DeployError`."""
    try:
        return load_board(options.board)
    except BoardError as error:
        raise DeployError(str(error)) from error


def check_parameters(account: Account, parameters: Mapping[str, str]) -> None:
    """Raise `DeployError` for parameters that cannot go together."""
    redis = parameters.get("Redis", "node")
    if redis not in ("node", "serverless", "durable", "existing"):
        raise DeployError(f"REDIS is {redis!r}; write node, serverless, durable or existing")
    if redis == "existing" and not parameters.get("RedisSecretArn"):
        raise DeployError(
            "REDIS=existing needs REDIS_SECRET=…, the ARN of a secret that holds the URL, such as"
            " rediss://user:password@host:6379"
        )
    if redis == "durable":
        # It has cluster mode on, always: aggregates/connection.py would have to follow MOVED.
        raise DeployError(
            "REDIS=durable is a cluster, and Tallyboard's connection speaks to single servers only"
            " so far; use node, and reconcile repairs what a failover loses"
        )
    certificate = parameters.get("CertificateArn", "")
    if certificate and f":acm:{account.region}:" not in certificate:
        raise DeployError(
            f"CERTIFICATE is {certificate}; name one of AWS Certificate Manager in {account.region}"
        )
    for name in ("MinTasks", "MaxTasks", "ReservedConcurrency", "ClientsPerTask"):
        if name in parameters and not parameters[name].isdecimal():
            raise DeployError(f"{name} is {parameters[name]!r}; write a whole number")
    low, high = int(parameters.get("MinTasks", 2)), int(parameters.get("MaxTasks", 6))
    if not 1 <= low <= high:
        raise DeployError(f"MIN_TASKS is {low} and MAX_TASKS {high}; write 1 or more, and no less")


def find_table(account: Account, board: Board, owned: bool) -> dict[str, str]:
    """Return the parameters of the board's table; an existing one's stream is used.

    `owned`: the stack made the table itself. Raises `DeployError` for a table that cannot be
    counted as it is.
    """
    sort_key = board.key[1] if len(board.key) > 1 else ""
    parameters = {"TableName": board.table, "KeyName": board.key[0], "SortKeyName": sort_key}
    try:
        table = account.connect("dynamodb").describe_table(TableName=board.table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return parameters | {"ExistingStreamArn": ""}
    key = tuple(attribute["AttributeName"] for attribute in table["KeySchema"])
    if key != board.key:
        raise DeployError(
            f"the table {board.table} has the key {', '.join(key)}, and the board says"
            f" {', '.join(board.key)}; mend the board's `key`"
        )
    if owned:
        return parameters | {"ExistingStreamArn": ""}
    view = table.get("StreamSpecification", {}).get("StreamViewType")
    if view not in _VIEWS_WITH_NEW_IMAGE:
        has = f"has a stream of {view}" if view else "has no stream"
        raise DeployError(
            f"the table {board.table} {has}; it needs one with new images: switch the stream on"
            f" with NEW_AND_OLD_IMAGES (a stream of another kind has to be switched off first),"
            f" then deploy again:\n  aws dynamodb update-table --table-name {board.table}"
            " --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES"
        )
    return parameters | {"ExistingStreamArn": table["LatestStreamArn"]}


def find_concurrency(account: Account, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameter of reserved concurrency where the account's quota cannot spare it."""
    wanted = int(parameters.get("ReservedConcurrency", _DEFAULT_CONCURRENCY))
    settings: Any = account.connect("lambda").get_account_settings()
    free = settings["AccountLimit"]["UnreservedConcurrentExecutions"]
    return {"ReservedConcurrency": "0"} if wanted > free - _UNRESERVED else {}
