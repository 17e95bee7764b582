"""What the web app's image is built on, by its digest: the same name is another image next month.

The digest is part of the image's tag, so that a Python with security fixes makes a new image, and a
deploy with unchanged sources is not the same deploy any more.
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
    """A name with its digest, as `FROM` takes it."""

    name: str
    digest: str

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.digest}"

    @property
    def mark(self) -> str:
        """What stands for it in a tag."""
        return self.digest.removeprefix("sha256:")[:12]


def resolve_base(said: str | None = None) -> BaseImage:
    """Return the base image: the one that was said, or the newest of Python's.

    One with a digest is taken as it is; for a name alone the registry is asked, by Docker's buildx.
    Raises `DeployError`.
    """
    name, _, digest = (said or DEFAULT).partition("@")
    if digest:
        if not _DIGEST.fullmatch(digest):
            raise DeployError(f"BASE_IMAGE has the digest {digest!r}; write sha256:… of 64 digits")
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
        f"the registry does not say which image {name} is now ({why}); is Docker's buildx installed"
        f" and the registry reachable? Or name one with its digest: BASE_IMAGE={name}@sha256:…"
    )
