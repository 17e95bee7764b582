"""Checks before anything is created. Each error says how to fix it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from aggregates.board import Board
from aggregates.board_file import BoardError, load_board
from infra.access import check_login
from infra.account import Account
from infra.errors import DeployError
from infra.options import PARAMETERS, Options, find_board_file
from infra.public import CERTIFICATE_REGION, check_public
from infra.template import read_part

_EXAMPLE = "fundraiser"
_VIEWS_WITH_NEW_IMAGE = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
# AWS requires this much unreserved concurrency in every account.
_UNRESERVED = 100
_DEFAULT_CONCURRENCY = "10"
_NODE = re.compile(r"cache\.[a-z0-9]+\.[a-z0-9]+")
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Limitations.html
_DURABLE_FAMILIES = ("c7gn", "c8gn", "m6g", "m7g", "m8g", "r6g", "r7g", "r8g")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
# Variables that are whole numbers, with their lowest values.
_NUMBERS = {
    "MIN_TASKS": 1,
    "MAX_TASKS": 1,
    "CONCURRENCY": 0,
    "CLIENTS_PER_TASK": 100,
    "READ_UNITS": 0,
    "RATE_LIMIT": 0,
    "CREW_RATE_LIMIT": 0,
    "INTAKE_RATE_LIMIT": 0,
    "BUDGET": 0,
}
# The lowest limit that AWS accepts.
_LOWEST_RATE = 10


def find_board(options: Options, known: Mapping[str, str]) -> Path:
    """Return the board's file: the given one, the stack's own, or the example.

    `known` are the stack's parameters. Raises `DeployError` if the stack's own file does not exist.
    """
    if options.board is not None:
        return options.board
    name = known.get("BoardName", _EXAMPLE)
    file = find_board_file(name)
    if name != _EXAMPLE and not file.exists():
        raise DeployError(
            f"the stack {options.stack} counts the board {name}, but {file} does not exist; name"
            f" the board's file: BOARD=path/{name}.toml"
        )
    return file


def check_board(file: Path) -> Board:
    """Return the board; raise `DeployError`."""
    try:
        return load_board(file)
    except BoardError as error:
        raise DeployError(str(error)) from error


def check_parameters(account: Account, parameters: Mapping[str, str]) -> None:
    """Raise `DeployError` for invalid parameters, or for parameters that contradict each other."""
    redis = parameters.get("Redis", "node")
    if redis not in ("node", "serverless", "durable", "existing"):
        raise DeployError(f"REDIS is {redis!r}; write node, serverless, durable or existing")
    if redis == "existing" and not parameters.get("RedisSecretArn"):
        raise DeployError(
            "REDIS=existing needs REDIS_SECRET=…, the ARN of a secret with the URL, such as"
            " rediss://user:password@host:6379"
        )
    if redis == "existing" and not parameters.get("RedisCidr"):
        raise DeployError(
            "REDIS=existing needs REDIS_CIDR=…, the addresses of that server's network, such as"
            " 10.1.0.0/16: it has to be peered with the stack's (docs/operations.md)"
        )
    node = parameters.get("RedisNodeType", "")
    if node and not _NODE.fullmatch(node):
        raise DeployError(f"REDIS_NODE is {node!r}; write a size such as cache.t4g.small")
    if redis == "durable" and node and node.split(".")[1] not in _DURABLE_FAMILIES:
        raise DeployError(
            f"REDIS_NODE is {node}, which cannot be durable; write cache.m7g.large or larger"
        )
    certificate, domain = parameters.get("CertificateArn", ""), parameters.get("DomainName", "")
    if certificate and f":acm:{account.region}:" not in certificate:
        raise DeployError(
            f"CERTIFICATE is {certificate}; name a certificate of AWS Certificate Manager in"
            f" {account.region}"
        )
    if certificate and not domain:
        raise DeployError("CERTIFICATE needs DOMAIN=…, the certificate's name")
    if domain and not _DOMAIN.fullmatch(domain):
        raise DeployError(f"DOMAIN is {domain!r}; write a name such as live.example.org")
    if domain and not certificate:
        raise DeployError(
            f"DOMAIN is {domain}, and without CERTIFICATE=…, the ARN of a certificate for it in"
            f" {account.region}, the display would be plain HTTP; leave DOMAIN out for a rehearsal"
        )
    if (public := parameters.get("PublicDomainName", "")) and not _DOMAIN.fullmatch(public):
        raise DeployError(f"PUBLIC_DOMAIN is {public!r}; write a name such as page.example.org")
    check_login(parameters)
    check_public(parameters)
    if "@" not in (parameters.get("AlarmEmail") or "@"):
        raise DeployError(f"EMAIL is {parameters['AlarmEmail']!r}; write an e-mail address")
    for variable, lowest in _NUMBERS.items():
        value = parameters.get(PARAMETERS[variable])
        if value is not None and not (value.isdecimal() and int(value) >= lowest):
            raise DeployError(f"{variable} is {value!r}; write a whole number, {lowest} or more")
    days = parameters.get("LogRetentionDays", "30")
    allowed = read_part("stack")["Parameters"]["LogRetentionDays"]["AllowedValues"]
    if days not in map(str, allowed):
        raise DeployError(f"LOG_DAYS is {days!r}; CloudWatch keeps {', '.join(map(str, allowed))}")
    low, high = int(parameters.get("MinTasks", 2)), int(parameters.get("MaxTasks", 6))
    if low > high:
        raise DeployError(
            f"MIN_TASKS is {low} and MAX_TASKS {high}: write both, such as MIN_TASKS={low}"
            f" MAX_TASKS={low}, which turns scaling off, or MAX_TASKS={2 * low}"
        )
    for variable in ("RATE_LIMIT", "CREW_RATE_LIMIT", "INTAKE_RATE_LIMIT"):
        if 0 < int(parameters.get(PARAMETERS[variable], 0)) < _LOWEST_RATE:
            raise DeployError(f"{variable} is below {_LOWEST_RATE}, the lowest; 0 is no limit")
    if int(parameters.get("Budget", 0)) and not parameters.get("AlarmEmail"):
        raise DeployError("BUDGET needs EMAIL=…, the address for its mails")


def check_named_things(account: Account, parameters: Mapping[str, str]) -> None:
    """Raise `DeployError` if something that parameters name does not exist or is not ready."""
    for variable, region in (("CERTIFICATE", None), ("PUBLIC_CERTIFICATE", CERTIFICATE_REGION)):
        if certificate := parameters.get(PARAMETERS[variable]):
            _check_certificate(account, variable, certificate, region)
    for variable in (
        "REDIS_SECRET",
        "REDIS_WEB_SECRET",
        "REDIS_CREW_SECRET",
        "OIDC_SECRET",
        "INTAKE_SECRET",
    ):
        if secret := parameters.get(PARAMETERS[variable]):
            try:
                account.connect("secretsmanager").describe_secret(SecretId=secret)
            except ClientError as error:
                raise DeployError(f"{variable} cannot be used: {error}") from error


def _check_certificate(account: Account, variable: str, arn: str, region: str | None) -> None:
    try:
        found = account.connect("acm", region).describe_certificate(CertificateArn=arn)
    except ClientError as error:
        raise DeployError(f"{variable} cannot be used: {error}") from error
    status = found["Certificate"]["Status"]
    if status != "ISSUED":
        raise DeployError(
            f"{variable} is {status}: its name must be validated first; Certificate"
            " Manager's console shows the DNS record for that"
        )


def find_table(account: Account, board: Board, owned: bool) -> dict[str, str]:
    """Return the parameters for the board's table; the stream of an existing table is used.

    `owned` says that the stack made the table. Raises `DeployError` for a table that cannot be
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
            f"the table {board.table} has the key {', '.join(key)}, but the board says"
            f" {', '.join(board.key)}; correct `key` in the board's file"
        )
    if owned:
        return parameters | {"ExistingStreamArn": ""}
    view = table.get("StreamSpecification", {}).get("StreamViewType")
    if view not in _VIEWS_WITH_NEW_IMAGE:
        has = f"has a stream of {view}" if view else "has no stream"
        raise DeployError(
            f"the table {board.table} {has}; it needs a stream with new images: enable it with"
            f" NEW_AND_OLD_IMAGES (disable a stream of another kind first), then deploy"
            f" again:\n  aws dynamodb update-table --table-name {board.table}"
            " --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES"
        )
    return parameters | {"ExistingStreamArn": table["LatestStreamArn"]}


def find_concurrency(account: Account, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameter that reserves no concurrency if the account's quota is too low."""
    wanted = int(parameters.get("ReservedConcurrency", _DEFAULT_CONCURRENCY))
    settings: Any = account.connect("lambda").get_account_settings()
    free = settings["AccountLimit"]["UnreservedConcurrentExecutions"]
    return {"ReservedConcurrency": "0"} if wanted > free - _UNRESERVED else {}
