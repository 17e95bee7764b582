"""Reads the operator's options: variables of `make deploy`, from the environment.

A variable that is not set keeps its value in the stack; `none` removes the value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from infra.access import read_networks
from infra.errors import DeployError
from infra.variables import check_names

# Variable → parameter of the template. Without the variable, the stack's value stays.
PARAMETERS = {
    "EMAIL": "AlarmEmail",
    "CERTIFICATE": "CertificateArn",
    "DOMAIN": "DomainName",
    "REDIS": "Redis",
    "REDIS_NODE": "RedisNodeType",
    "REDIS_SECRET": "RedisSecretArn",
    "REDIS_WEB_SECRET": "RedisWebSecretArn",
    "REDIS_CIDR": "RedisCidr",
    "MIN_TASKS": "MinTasks",
    "MAX_TASKS": "MaxTasks",
    "CLIENTS_PER_TASK": "ClientsPerTask",
    "CONCURRENCY": "ReservedConcurrency",
    "LOG_DAYS": "LogRetentionDays",
    "READ_UNITS": "ReadUnits",
    "RATE_LIMIT": "RateLimit",
    "CREW": "Crew",
    "INTAKE": "IntakeFile",
    "INTAKE_SECRET": "IntakeSecretArn",
    "REDIS_CREW_SECRET": "RedisCrewSecretArn",
    "CREW_RATE_LIMIT": "CrewRateLimit",
    "INTAKE_RATE_LIMIT": "IntakeRateLimit",
    "ACCESS_LOG": "LogAccess",
    "EXPLORE": "Explore",
    "EXPLORE_ORIGINS": "ExploreOrigins",
    "PUBLIC_METRICS": "PublicMetrics",
    "PUBLIC_REJECTED": "PublicRejected",
    "PUBLIC": "Public",
    "PUBLIC_CERTIFICATE": "PublicCertificateArn",
    "PUBLIC_DOMAIN": "PublicDomainName",
    "BUDGET": "Budget",
    "OIDC_ISSUER": "OidcIssuer",
    "OIDC_CLIENT": "OidcClientId",
    "OIDC_SECRET": "OidcSecretArn",
}
# Variables that are 0 or 1 in the template.
_SWITCHES = ("ACCESS_LOG", "PUBLIC_METRICS", "PUBLIC_REJECTED", "CREW", "PUBLIC", "EXPLORE")
# Other variables that the commands read.
_OTHERS = (
    "STACK",
    "BOARD",
    "IMAGE",
    "CREW_IMAGE",
    "EXPLORE_IMAGE",
    "BASE_IMAGE",
    "SINKS",
    "SINKS_SECRET",
    "YES",
    "DELETE_TABLE",
    "ALLOW_CIDR",
    "SCREENS",
    "VIEWERS",
    "HOURS",
    "DONATIONS",
    "GROUP",
    "COUNT",
)
# Redis users and groups are named after the stack and have at most 40 characters.
_STACK = re.compile(r"[a-z](-?[a-z0-9]){0,27}")
_TRUE = ("1", "yes", "true")
_FALSE = ("0", "no", "false")


class Evening(NamedTuple):
    """An event whose cost is to be estimated."""

    screens: int
    hours: float
    donations: int
    # Of the page, with PUBLIC=1.
    viewers: int = 1_000


@dataclass(frozen=True)
class Options:
    """The options: `parameters` are the template's parameters that were set.

    `group` and `count` describe a rehearsal's donations, `evening` an event to estimate. `board`,
    `image`, `crew_image` and `explore_image` are None if not set: then the stack's own are used, or
    for a new stack the example board and images built here. `base_image` replaces the newest Python
    as the images' base. `sinks` is the folder of the sinks' files, or `none`, and `sinks_secret`
    the ARN of their passwords.
    `region` is None if AWS's own configuration sets it: boto3 does not read `AWS_REGION`.
    """

    stack: str
    board: Path | None
    parameters: Mapping[str, str]
    image: str | None
    crew_image: str | None
    explore_image: str | None
    base_image: str | None
    sinks: str | None
    sinks_secret: str | None
    region: str | None
    yes: bool
    delete_table: bool
    evening: Evening | None = None
    group: str = "Rehearsal"
    count: int = 20
    cache: Path = Path(".cache/deploy")


def read_options(environment: Mapping[str, str]) -> Options:
    """Return the options; raise `DeployError`. An empty variable counts as not set."""
    check_names(environment, (*PARAMETERS, *_OTHERS))
    given = {name: value for name, value in environment.items() if value}
    stack = given.get("STACK", "tallyboard")
    if not _STACK.fullmatch(stack):
        raise DeployError(
            f"STACK is {stack!r}; use small letters, digits and single hyphens, begin with a"
            " letter, at most 28 characters: STACK=tallyboard"
        )
    return Options(
        stack=stack,
        board=find_board_file(given["BOARD"]) if "BOARD" in given else None,
        parameters=_read_parameters(given),
        image=given.get("IMAGE"),
        crew_image=given.get("CREW_IMAGE"),
        explore_image=given.get("EXPLORE_IMAGE"),
        base_image=given.get("BASE_IMAGE"),
        sinks=given.get("SINKS"),
        sinks_secret=given.get("SINKS_SECRET"),
        region=given.get("AWS_REGION"),
        yes=given.get("YES", "").lower() in _TRUE,
        delete_table=given.get("DELETE_TABLE", "").lower() in _TRUE,
        evening=_read_evening(given),
        group=given.get("GROUP", "Rehearsal"),
        count=_read_count(given),
    )


def _read_parameters(given: Mapping[str, str]) -> dict[str, str]:
    """Return the template's parameters that are set. Raises `DeployError`."""
    parameters = {}
    for name, parameter in PARAMETERS.items():
        if name in given:
            value = "" if given[name].lower() == "none" else given[name]
            parameters[parameter] = _read_switch(name, value) if name in _SWITCHES else value
    if "ALLOW_CIDR" in given:
        parameters |= read_networks(given["ALLOW_CIDR"])
    return parameters


def _read_evening(given: Mapping[str, str]) -> Evening | None:
    """Return the event of SCREENS, HOURS, DONATIONS and VIEWERS; None if none is set."""
    if not given.keys() & {"SCREENS", "HOURS", "DONATIONS", "VIEWERS"}:
        return None
    return Evening(
        screens=int(_read_number(given, "SCREENS", 50)),
        hours=_read_number(given, "HOURS", 6),
        donations=int(_read_number(given, "DONATIONS", 1000)),
        viewers=int(_read_number(given, "VIEWERS", 1_000)),
    )


def _read_count(given: Mapping[str, str]) -> int:
    """Return how many donations a rehearsal has."""
    count = _read_number(given, "COUNT", 20)
    if not 10 <= count <= 1000:
        raise DeployError(f"COUNT is {given['COUNT']}; write a number from 10 to 1000")
    return int(count)


def _read_number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text) or float(text) <= 0:
        raise DeployError(f"{name} is {text!r}; write a number above 0")
    return float(text)


def _read_switch(name: str, value: str) -> str:
    if value.lower() in _TRUE:
        return "1"
    if value.lower() in _FALSE or not value:
        return "0"
    raise DeployError(f"{name} is {value!r}; write 1 or 0")


def find_board_file(text: str) -> Path:
    """Return a board's file; a name alone means a file in boards/."""
    return Path(text) if text.endswith(".toml") else Path("boards") / f"{text}.toml"
