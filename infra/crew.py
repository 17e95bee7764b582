"""The crew's pages and the intake in a deployment: whether, with which sources, on which tables."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from aggregates.board import Board
from aggregates.board_file import BoardError
from infra.account import Account
from infra.errors import DeployError
from intake.sources_file import read_sources

# A secret that all providers' modules accept, in place of the real ones, which are in AWS.
_ANY_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"  # noqa: S105
_SUFFIXES = {"MakesJournal": "-journal", "MakesStates": "-intake"}
_TABLES = {"MakesJournal": "JournalTable", "MakesStates": "StatesTable"}


class CrewPlan(NamedTuple):
    """The crew's pages; the file of sources, if there is one, and the variables that it names."""

    sources: Path | None
    variables: tuple[str, ...] = ()


class _Asked(Mapping[str, str]):
    """An environment with a secret for each name; `names` are the ones that were read."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known, self.names = known, list[str]()

    def __getitem__(self, name: str) -> str:
        if name and name not in self._known and name not in self.names:
            self.names.append(name)
        return self._known.get(name, _ANY_SECRET)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def plan_crew(known: Mapping[str, str], given: Mapping[str, str], board: Board) -> CrewPlan | None:
    """Return the plan; None without `CREW=1`. Raises `DeployError`.

    `known` are the stack's parameters, `given` the operator's.
    """
    parameters = {**known, **given}
    file = parameters.get("IntakeFile", "")
    if parameters.get("Crew", "0") != "1":
        if given.get("IntakeFile"):
            raise DeployError("INTAKE needs CREW=1: one service serves both")
        return None
    if not parameters.get("CertificateArn"):
        raise DeployError(
            "CREW needs CERTIFICATE and DOMAIN: over plain HTTP anybody on the way could read the"
            " crew's code"
        )
    if not file:
        return CrewPlan(None)
    path = Path(file)
    if not path.is_file():
        raise DeployError(
            f"INTAKE is {file}, and there is no such file; name the file of sources"
            " (INTAKE=path/intake.toml), or INTAKE=none for none"
        )
    public_url = f"https://{parameters.get('DomainName', '')}"
    return CrewPlan(path, check_sources(path, board, public_url))


def check_sources(path: Path, board: Board, public_url: str) -> tuple[str, ...]:
    """Return the variables that a file of sources names; raise `DeployError` for its mistakes."""
    asked = _Asked({"PUBLIC_URL": public_url, **_choose_keys(path)})
    try:
        _, errors = read_sources(path, {board.name: board}, asked)
    except BoardError as error:
        raise DeployError(str(error)) from error
    if errors:
        raise DeployError("\n".join(map(str, errors)))
    return tuple(dict.fromkeys([*_choose_keys(path), *asked.names]))


def _choose_keys(path: Path) -> dict[str, str]:
    """Return keys of an API by variable: Stripe's say whether they are for test money."""
    try:
        sources: Any = tomllib.loads(path.read_text("utf-8-sig")).get("sources")
    except (OSError, ValueError, RecursionError):
        return {}  # read_sources says what is wrong
    if not isinstance(sources, dict):
        return {}
    fields = [one for one in sources.values() if isinstance(one, dict)]
    return {
        one["api_key"]: "rk_test_any" if one.get("test") is True else "rk_live_any"
        for one in fields
        if isinstance(one.get("api_key"), str)
    }


def find_crew_tables(
    account: Account, board: Board, resources: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters that say which of the crew's tables the stack makes.

    `resources` are the stack's. One that exists already, such as one kept by `make destroy`, is
    used as it is.
    """
    parameters = {}
    for parameter, suffix in _SUFFIXES.items():
        table = board.table + suffix
        is_ours = resources.get(_TABLES[parameter]) == table
        parameters[parameter] = "1" if is_ours or not _exists(account, table) else "0"
    return parameters


def _exists(account: Account, table: str) -> bool:
    try:
        account.connect("dynamodb").describe_table(TableName=table)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False
    return True


def describe_crew(plan: CrewPlan, outputs: Mapping[str, str], stack: str) -> list[str]:
    """Return what to do once the stack stands, a line each."""
    lines = [f"The crew's pages: {outputs['Address']}crew/", *_tell_code(outputs["CrewCodeArn"])]
    if plan.sources is None:
        return lines
    lines.append(f"Providers send to: {outputs['Address']}in/NAME")
    if plan.variables:
        arn, names = outputs["IntakeSecretArn"], ", ".join(plan.variables)
        place = f"--cluster {outputs['ClusterName']} --service {outputs['CrewServiceName']}"
        lines += [
            f"  The secret {arn} needs a JSON object with {names}; then:",
            f"  aws ecs update-service --force-new-deployment {place}",
            f"  aws logs tail /tallyboard/{stack}/crew names each source that cannot be used.",
        ]
    return lines


def _tell_code(arn: str) -> list[str]:
    query = "--query SecretString --output text"
    return [f"  its code: aws secretsmanager get-secret-value --secret-id {arn} {query}"]
