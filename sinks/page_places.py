"""Where a page is published: a folder, or a bucket of S3."""

import os
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config

from sinks.page_site import SiteFile

# A write of the board's file that takes longer is given up: the next one is newer.
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})


class Place(Protocol):
    """Where files are put. It may block."""

    def put(self, name: str, file: SiteFile) -> None:
        """Write a file, or replace it as a whole."""
        ...


class Folder:
    """A folder that a web server serves. The server sets the headers: docs/page.md."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, file: SiteFile) -> None:
        """Write a file beside its place, then move it there."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_bytes(file.content)
        part.replace(path)


class Bucket:
    """A bucket, with a prefix for the keys, such as `gala/` or nothing."""

    def __init__(self, name: str, prefix: str = "", client: Any = None) -> None:
        self._name, self._prefix = name, prefix
        self._client = client or boto3.client("s3", config=_CONFIG)

    def put(self, name: str, file: SiteFile) -> None:
        """Put an object with its headers."""
        self._client.put_object(
            Bucket=self._name,
            Key=self._prefix + name,
            Body=file.content,
            ContentType=file.media_type,
            CacheControl=file.cache_control,
        )
