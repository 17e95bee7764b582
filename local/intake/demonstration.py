"""Sources for `make run`, so that every way in can be tried; secrets are made anew for each run."""

import json
import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_bytes

from aggregates.board import Board
from donations.donation import takes_donations
from donations.item import find_money_unit
from intake.sources_file import find_sources_file
from local.settings import DEFAULT_PORT

# Source, provider, platform, and the environment variable with its secret; all on a board of money.
_SOURCES = (
    ("website", "stripe", "Website", "DEMO_STRIPE_SECRET"),
    ("stream", "tiltify", "Twitch", "DEMO_TILTIFY_SECRET"),
    ("charity", "twitch", "Twitch", "DEMO_TWITCH_SECRET"),
    ("phones", "api", "Phone", "DEMO_API_SECRET"),
)
_TWILIO_VARIABLE = "DEMO_TWILIO_VARIABLE"
_ACCOUNT = f"AC{0:032}"
_OPTIONS = ("RED", "GREEN", "BLUE")


def prepare_sources(
    cache: Path, boards: Mapping[str, Board], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return what the environment of an intake needs besides: the file of sources, and secrets.

    A person's own file of sources is used where there is one. Else the sources are those of the
    demonstration, in files of `cache` that only this user may read.
    """
    if environment.get("INTAKE") or find_sources_file(environment).is_file():
        return {}
    text = _write_sources([board for board in boards.values() if takes_donations(board)])
    if not text:
        return {}
    path = cache / "intake.toml"
    path.write_text(text, "utf-8")
    variables = [variable for *_, variable in _SOURCES] + [_TWILIO_VARIABLE]
    told = {"INTAKE": str(path), **{variable: _make_secret() for variable in variables}}
    # Twilio signs the address that it sends to.
    told["PUBLIC_URL"] = f"http://localhost:{environment.get('PORT') or DEFAULT_PORT}"
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


def _write_sources(boards: Sequence[Board]) -> str:
    """Return the sources of the first board that adds up money, and of the first that votes."""
    written = []
    if money := next((board for board in boards if find_money_unit(board).name), None):
        written += [_write_source(money, *source) for source in _SOURCES]
        written.append(_write_texts("texts", money, 'mode = "pledges"'))
    if poll := next((board for board in boards if not board.measures), None):
        options = json.dumps(poll.known_groups or _OPTIONS, ensure_ascii=False)
        written.append(_write_texts("votes", poll, f'mode = "votes"\noptions = {options}'))
    return "".join(written)


def _write_texts(name: str, board: Board, mode: str) -> str:
    source = _write_source(board, name, "twilio", "Texts", _TWILIO_VARIABLE)
    return f'{source.rstrip()}\naccount = "{_ACCOUNT}"\n{mode}\n\n'


def _write_source(board: Board, name: str, provider: str, platform: str, variable: str) -> str:
    return (
        f'[sources.{name}]\nprovider = "{provider}"\nboard = "{board.name}"\n'
        f'platform = "{platform}"\nsecret = "{variable}"\n\n'
    )


def _make_secret() -> str:
    # What Standard Webhooks wants; other providers take any text.
    return f"whsec_{b64encode(token_bytes(24)).decode()}"
