"""Where an example runs, and what it shows."""

from pathlib import Path
from typing import Any, NamedTuple, Protocol

import boto3

from local.dynamodb import REGION
from local.ports import HOST

# What the local AWS has to serve.
SERVICES = "dynamodb,dynamodbstreams,s3"


class Place(NamedTuple):
    """A local AWS with DynamoDB and S3, a Redis, and an empty folder. The first are clients.

    `web_port` is where the web app serves a board; it is free until then.
    """

    dynamodb: Any
    streams: Any
    s3: Any
    redis_url: str
    folder: Path
    web_port: int

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"


def connect_s3(endpoint: str) -> Any:
    """Return a client of the S3 at `endpoint`, which is on this machine."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local server takes any
    )


class Example(Protocol):
    """What an example's module `example` has as its class `Example`, which takes a `Place`.

    Its tables, and those of its sinks, have names of its own.
    """

    def create(self) -> None: ...
    def change(self) -> None: ...
    def take_as_published(self, event: dict[str, Any]) -> None: ...
    def judge(self) -> list[tuple[str, int, str]]:
        """Return for each way its name, how much is wrong, and the figures as text."""
        ...


class Way(Protocol):
    """How Tallyboard takes an example's records: `begin` comes before the first change."""

    @property
    def table(self) -> str:
        """The table whose stream is taken."""
        ...

    def begin(self) -> None: ...
    def take(self, event: dict[str, Any]) -> None: ...
    def finish(self) -> None:
        """Wait until all that was taken is where it belongs."""
        ...

    def end(self) -> None:
        """End what runs, also after an error."""
        ...
