"""The sinks of the board's totals in a deployment: a container that writes tables and pages."""

from pathlib import Path
from typing import NamedTuple

from botocore.exceptions import ClientError

from infra.account import Account
from infra.errors import DeployError
from infra.sink_folder import SinkFolder
from sinks.kinds.page import Page
from sinks.kinds.totals import Totals
from sinks.totals_errors import TotalsError
from sinks.totals_items import Items
from sinks.totals_table import TotalsTable


class TotalsPlan(NamedTuple):
    """The folder of the sinks' files, empty if it has no such sink; and the sinks."""

    folder: str
    sinks: list[Page | Totals]
    files: list[Path]

    @property
    def tables(self) -> list[Totals]:
        return [sink for sink in self.sinks if isinstance(sink, Totals)]

    @property
    def pages(self) -> list[Page]:
        return [sink for sink in self.sinks if isinstance(sink, Page)]

    def make_parameters(self, account: Account) -> dict[str, str]:
        """Return the template's parameters: what the container may write."""
        table = f"arn:{account.partition}:dynamodb:{account.region}:{account.number}:table/"
        bucket = f"arn:{account.partition}:s3:::"
        return {
            "TotalsFolder": self.folder,
            "TotalsTables": ",".join(sorted(table + sink.target for sink in self.tables)),
            "TotalsPages": ",".join(
                sorted(f"{bucket}{sink.bucket}/{sink.prefix}*" for sink in self.pages)
            ),
        }


def plan_totals(folder: SinkFolder | None) -> TotalsPlan:
    """Return the plan, which may be empty. Raises `DeployError`."""
    if folder is None or not folder.totals:
        return TotalsPlan("", [], [])
    for sink in folder.totals:
        if isinstance(sink, Page) and sink.folder is not None:
            raise DeployError(
                f"{folder.find_file(sink)}: folder: a container has no folder that stays; name a"
                ' bucket instead (bucket = "gala-page"), or remove this file and add PUBLIC=1'
            )
    files = [folder.find_file(sink) for sink in folder.totals]
    return TotalsPlan(folder.path, folder.totals, files)


def check_buckets(account: Account, plan: TotalsPlan) -> None:
    """Raise `DeployError` if a page's bucket does not exist. One of others cannot be seen."""
    for page in plan.pages:
        try:
            account.connect("s3").head_bucket(Bucket=page.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                raise DeployError(
                    f"there is no bucket {page.bucket}, which the sink {page.name} names; create"
                    " it, or let PUBLIC=1 make one with a CDN"
                ) from error


def describe_totals(plan: TotalsPlan) -> list[str]:
    """Return what will be written, a line each; nothing without such a sink."""
    if not plan.sinks:
        return []
    lines = [f"  A container writes the sinks of the board's totals of {plan.folder}:"]
    return lines + [f"    {sink.name}: {sink.describe()}" for sink in plan.sinks]


def create_totals(account: Account, plan: TotalsPlan) -> None:
    """Create the tables of totals that are missing. Raises `DeployError`."""
    for sink in plan.tables:
        items = Items(sink.board, sink.key)
        try:
            TotalsTable(account.connect("dynamodb"), sink.target, items).open()
        except TotalsError as error:
            raise DeployError(f"sink {sink.name}: {error}") from error
