"""Finds the base image of the web app's image, by digest: a name alone changes its content.

The digest is part of the image's tag, so a Python with security fixes makes a new image, even if
the sources are unchanged.
"""

import json
import re
import subprocess
from typing import NamedTuple

from infra.errors import DeployError

DEFAULT = "python:3.14-slim"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_TIMEOUT_SECONDS = 60.0


class BaseImage(NamedTuple):
    """An image's name with its digest, for `FROM`."""

    name: str
    digest: str

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.digest}"

    @property
    def mark(self) -> str:
        """The short form of the digest for a tag."""
        return self.digest.removeprefix("sha256:")[:12]


def resolve_base(said: str | None = None) -> BaseImage:
    """Return the base image: the given one, or the newest Python image.

    A name with a digest is used as it is; for a name alone, Docker's buildx asks the registry.
    Raises `DeployError`.
    """
    name, _, digest = (said or DEFAULT).partition("@")
    if digest:
        if not _DIGEST.fullmatch(digest):
            raise DeployError(f"BASE_IMAGE has the digest {digest!r}; write sha256: and 64 digits")
        return BaseImage(name, digest)
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", name]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
        )
        told = json.loads(result.stdout)["digest"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        raise DeployError(_describe_failure(name, error)) from error
    if not isinstance(told, str) or not _DIGEST.fullmatch(told):
        raise DeployError(_describe_failure(name, told))
    return BaseImage(name, told)


def _describe_failure(name: str, why: object) -> str:
    return (
        f"cannot look up the image {name} in its registry ({why}); is Docker's buildx installed,"
        f" and the registry reachable? Or name it with its digest: BASE_IMAGE={name}@sha256:…"
    )
