"""What answers SQL in a deployment (EXPLORE=1): its checks, its files, and what is left to do."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from aggregates.board import Board
from aggregates.board_fields import BoardError
from explore.http_settings import HttpSettings
from explore.stored import FOLDER as QUERIES_FOLDER
from explore.stored import load_query
from infra.account import Account
from infra.errors import DeployError
from infra.sink_folder import SinkFolder
from infra.stack import Say
from sinks.kinds.sql import Sql
from sinks.sink_state import DETACHED, StateTable

_TIMEOUT_SECONDS = 5.0
# Lambda gives the network's interfaces back within 20 minutes, sometimes 45.
_PAUSE_SECONDS = 10.0
_MOST_ROUNDS = 270


class ExplorePlan(NamedTuple):
    """The sink whose rows are asked, its file, and the files of the board's stored queries."""

    sql: Sql
    file: Path
    queries: tuple[Path, ...]


def is_explored(parameters: Mapping[str, str]) -> bool:
    """Return whether parameters of the stack ask for what answers SQL."""
    return parameters.get("Explore", "0") == "1"


def plan_explore(
    parameters: Mapping[str, str], folder: SinkFolder | None, board_file: Path, board: Board
) -> ExplorePlan | None:
    """Return the plan; None without `EXPLORE=1`. Raises `DeployError`.

    `parameters` are those that the stack will have.
    """
    if not is_explored(parameters):
        return None
    if not parameters.get("CertificateArn"):
        raise DeployError(
            "EXPLORE needs CERTIFICATE and DOMAIN: over plain HTTP anybody on the way could read"
            " keys and answers"
        )
    if folder is None or folder.sql is None:
        place = f"the folder {folder.path} has none" if folder else "no folder of sinks is named"
        raise DeployError(
            f"EXPLORE=1 needs a sink of the kind sql, and {place}; write boards/sinks/explore.toml"
            f' with kind = "sql" and board = "{board.name}" (docs/explore.md), and add'
            " SINKS=boards/sinks"
        )
    try:
        HttpSettings.from_environment(
            {"EXPLORE_KEYS": "any", "EXPLORE_ORIGINS": parameters.get("ExploreOrigins", "")}
        )
        queries = tuple(_find_queries(board_file, board))
    except (BoardError, ValueError) as error:
        raise DeployError(str(error)) from error
    return ExplorePlan(folder.sql, folder.find_file(folder.sql), queries)


def _find_queries(board_file: Path, board: Board) -> list[Path]:
    """Return the files of the stored queries that are for the board. Raises `BoardError`."""
    beside = frozenset(file.stem for file in board_file.parent.glob("*.toml"))
    found = []
    for file in sorted((board_file.parent / QUERIES_FOLDER).glob("*.toml")):
        query = load_query(file, beside | {board.name})
        if not query.is_for(board.name):
            continue
        if query.boards not in ((), (board.name,)):
            raise BoardError(
                f"{file}: boards: a stack has one board, and this query names others, too; leave"
                " `boards` out, or write a file for each board"
            )
        found.append(file)
    return found


def begin_explore(account: Account, plan: ExplorePlan | None) -> None:
    """Create the sink's own table: the service may not. Its rows are filled by the service."""
    if plan is not None:
        state = StateTable(account.connect("dynamodb"), plan.sql.name)
        state.create(DETACHED, "it was never filled")


def describe_explore(plan: ExplorePlan | None) -> list[str]:
    """Return what will be made, a line each."""
    if plan is None:
        return []
    count = len(plan.queries)
    stored = "1 stored query" if count == 1 else f"{count} stored queries"
    return [
        "  A container answers SQL over the table, which it may only read, to those with a key.",
        f"    It has {stored}.",
    ]


def tell_explore(outputs: Mapping[str, str]) -> list[str]:
    """Return where SQL is answered, and how a key is made, a line each."""
    if "ExploreAddress" not in outputs:
        return []
    secret, file = f"--secret-id {outputs['ExploreKeysArn']}", "explore-keys.json"
    read, put = (f"aws secretsmanager {verb}-secret-value {secret}" for verb in ("get", "put"))
    return [
        f"SQL over the table: {outputs['ExploreAddress']}",
        "  a key is made on your machine; only its hash goes into the secret:",
        f"  {read} --query SecretString --output text > {file}",
        f"  .venv/bin/python -m operate.cli keys make NAME --all-boards --file {file}",
        f"  {put} --secret-string file://{file}",
    ]


def describe_answer(outputs: Mapping[str, str]) -> list[str]:
    """Return whether the service answers now, for `make status`; nothing without it."""
    if "ExploreAddress" not in outputs:
        return []
    address = outputs["ExploreAddress"]
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
            text = "answers" if reply.status == 200 else f"status {reply.status}"
    except urllib.error.HTTPError as error:
        text = f"status {error.code}"
    except OSError:
        text = "no answer"
    return [f"explore       {address}, {text}"]


def wait_until_left(
    account: Account, group: str | None, say: Say, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until the function's interfaces are out of the network: until then it cannot be removed.

    `group` is the function's security group. Raises `DeployError`.
    """
    if not group:
        return
    ec2 = account.connect("ec2")
    wanted = [{"Name": "group-id", "Values": [group]}]
    for number in range(_MOST_ROUNDS):
        if not ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]:
            return
        if number == 0:
            say("Lambda gives back the interfaces of the sinks' function; up to 45 minutes …")
        sleep(_PAUSE_SECONDS)
    raise DeployError(f"interfaces of the security group {group} are still there; try again later")
