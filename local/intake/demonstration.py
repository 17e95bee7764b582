"""Sources for `make run`, so that every way in can be tried; secrets are made anew for each run."""

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes

from aggregates.board import Board
from donations.donation import takes_donations
from intake.sources_file import find_sources_file

# Source, provider, platform, and the environment variable with its secret.
_SOURCES = (
    ("website", "stripe", "Website", "DEMO_STRIPE_SECRET"),
    ("stream", "tiltify", "Twitch", "DEMO_TILTIFY_SECRET"),
    ("charity", "twitch", "Twitch", "DEMO_TWITCH_SECRET"),
    ("phones", "api", "Phone", "DEMO_API_SECRET"),
)


def prepare_sources(
    cache: Path, boards: Mapping[str, Board], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return what the environment of an intake needs besides: the file of sources, and secrets.

    A person's own file of sources is used where there is one. Else the sources are those of the
    demonstration, in files of `cache` that only this user may read.
    """
    if environment.get("INTAKE") or find_sources_file(environment).is_file():
        return {}
    board = next((board for board in boards.values() if takes_donations(board)), None)
    if board is None:
        return {}
    path = cache / "intake.toml"
    path.write_text("".join(_write_source(board, *source) for source in _SOURCES), "utf-8")
    told = {"INTAKE": str(path), **{variable: _make_secret() for *_, variable in _SOURCES}}
    secrets_file = find_secrets_file(cache)
    secrets_file.unlink(missing_ok=True)
    descriptor = os.open(secrets_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(told, file)
    return told


def read_environment(cache: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with what the running demonstration has besides."""
    try:
        told = json.loads(find_secrets_file(cache).read_text("utf-8"))
    except (OSError, ValueError):
        told = {}
    return {**told, **environment}


def find_secrets_file(cache: Path) -> Path:
    """Return where a running demonstration has its secrets."""
    return cache / "intake.json"


def _write_source(board: Board, name: str, provider: str, platform: str, variable: str) -> str:
    return (
        f'[sources.{name}]\nprovider = "{provider}"\nboard = "{board.name}"\n'
        f'platform = "{platform}"\nsecret = "{variable}"\n\n'
    )


def _make_secret() -> str:
    # What Standard Webhooks wants; other providers take any text.
    return f"whsec_{b64encode(token_bytes(24)).decode()}"
