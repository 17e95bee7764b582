"""What the operator says: variables of `make deploy`, read from the environment once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.errors import DeployError

# What is not given keeps the value that it has in the stack, or the template's default.
PARAMETERS = {
    "EMAIL": "AlarmEmail",
    "CERTIFICATE": "CertificateArn",
    "DOMAIN": "DomainName",
    "REDIS": "Redis",
    "REDIS_NODE": "RedisNodeType",
    "REDIS_SECRET": "RedisSecretArn",
    "REDIS_CIDR": "RedisCidr",
    "MIN_TASKS": "MinTasks",
    "MAX_TASKS": "MaxTasks",
    "CLIENTS_PER_TASK": "ClientsPerTask",
    "CONCURRENCY": "ReservedConcurrency",
    "LOG_DAYS": "LogRetentionDays",
    "READ_UNITS": "ReadUnits",
}
# Redis users and groups are named after the stack and have at most 40 characters.
_STACK = re.compile(r"[a-z](-?[a-z0-9]){0,27}")
_TRUE = ("1", "yes", "true")


@dataclass(frozen=True)
class Options:
    """`parameters` are the template's, as far as they were said.

    `board` and `image` are None where nothing was said: the stack's own are meant then, and in a
    new stack the example, and an image that is built here. `region` is None where AWS's own
    configuration says it: boto3 does not read `AWS_REGION`.
    """

    stack: str
    board: Path | None
    parameters: Mapping[str, str]
    image: str | None
    region: str | None
    yes: bool
    delete_table: bool
    cache: Path = Path(".cache/deploy")


def read_options(environment: Mapping[str, str]) -> Options:
    """Return the options; raise `DeployError`. An empty variable is as good as none."""
    given = {name: value for name, value in environment.items() if value}
    stack = given.get("STACK", "tallyboard")
    if not _STACK.fullmatch(stack):
        raise DeployError(
            f"STACK is {stack!r}; use small letters, digits and single hyphens, a letter first,"
            " at most 28 characters: STACK=tallyboard"
        )
    return Options(
        stack=stack,
        board=find_board_file(given["BOARD"]) if "BOARD" in given else None,
        parameters={PARAMETERS[name]: given[name] for name in PARAMETERS if name in given},
        image=given.get("IMAGE"),
        region=given.get("AWS_REGION"),
        yes=given.get("YES", "").lower() in _TRUE,
        delete_table=given.get("DELETE_TABLE", "").lower() in _TRUE,
    )


def find_board_file(text: str) -> Path:
    """Return a board's file; a name alone is that of a file in boards/."""
    return Path(text) if text.endswith(".toml") else Path("boards") / f"{text}.toml"
