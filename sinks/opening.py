"""Makes the total sinks of a folder ready to run."""

import os
import secrets
import socket
from collections.abc import Iterable
from pathlib import Path

import boto3
from botocore.config import Config
from redis.asyncio import Redis

from sinks.definition import Sink
from sinks.kinds.page import Page
from sinks.kinds.totals import Totals
from sinks.page_places import Bucket, Folder
from sinks.page_sink import PageSink
from sinks.total_run import TotalSink
from sinks.totals_items import Items
from sinks.totals_sink import WRITERS, TotalsSink
from sinks.totals_table import TotalsTable
from webapp.look import Faces

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    max_pool_connections=WRITERS,
    retries={"mode": "standard", "total_max_attempts": 4},
)


def open_total_sinks(
    sinks: Iterable[Sink], redis: Redis, static: Path, faces: Faces
) -> list[TotalSink]:
    """Return the total sinks among `sinks`. AWS is asked only when they write."""
    opened: list[TotalSink] = []
    for sink in sinks:
        if isinstance(sink, Page):
            place = Bucket(sink.bucket, sink.prefix) if sink.folder is None else Folder(sink.folder)
            face = faces.get(sink.board)
            opened.append(PageSink(sink.name, sink.board, place, static, face))
        elif isinstance(sink, Totals):
            client = boto3.client("dynamodb", config=_CONFIG)
            table = TotalsTable(client, sink.target, Items(sink.board, sink.key))
            opened.append(TotalsSink(sink.name, sink.board, table, redis, _name_writer()))
    return opened


def _name_writer() -> str:
    """Return a name that no other process has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
