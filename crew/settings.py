"""The settings of the crew's service, from environment variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIN_CODE_CHARACTERS = 6
MIN_KEY_CHARACTERS = 32


class CrewSettingsError(ValueError):
    """An environment variable is invalid; the text names it and says what to write."""


@dataclass(frozen=True)
class CrewSettings:
    """The service's settings.

    Helpers sign in with `code`; `session_key` signs their sessions. The service reaches the display
    at `display_url`. `dynamodb_url` is empty for AWS. A table's journal is named table +
    `journal_suffix`. `intake` is the file of sources; empty for none. `stack` is a dimension of the
    sources' metrics; empty if none are written.
    """

    code: str
    session_key: str
    boards: str = "boards"
    redis_url: str = "redis://127.0.0.1:6379"
    display_url: str = "http://127.0.0.1:8000"
    dynamodb_url: str = ""
    journal_suffix: str = "-journal"
    https: bool = False
    intake: str = ""
    public_url: str = ""
    stack: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "CrewSettings":
        """Return the settings; raise `CrewSettingsError`."""
        code = environment.get("CREW_CODE", "")
        if len(code) < MIN_CODE_CHARACTERS:
            raise CrewSettingsError(
                f"CREW_CODE has {len(code)} characters; give the crew's code at least"
                f" {MIN_CODE_CHARACTERS}"
            )
        key = environment.get("CREW_SESSION_KEY", "")
        if len(key) < MIN_KEY_CHARACTERS:
            raise CrewSettingsError(
                f"CREW_SESSION_KEY has {len(key)} characters; write {MIN_KEY_CHARACTERS} random"
                " ones or more, such as the output of `openssl rand -hex 32`"
            )
        intake = environment.get("INTAKE") or cls.intake
        if intake and not Path(intake).is_file():
            raise CrewSettingsError(f"INTAKE is {intake!r}, and there is no such file")
        public_url = (environment.get("PUBLIC_URL") or "").rstrip("/")
        return cls(
            code=code,
            session_key=key,
            boards=environment.get("BOARDS") or cls.boards,
            redis_url=environment.get("REDIS_URL") or cls.redis_url,
            display_url=(environment.get("DISPLAY_URL") or cls.display_url).rstrip("/"),
            dynamodb_url=environment.get("DYNAMODB_URL") or cls.dynamodb_url,
            journal_suffix=environment.get("JOURNAL_SUFFIX") or cls.journal_suffix,
            https=public_url.startswith("https://"),
            intake=intake,
            public_url=public_url,
            stack=environment.get("STACK") or cls.stack,
        )


def unfold_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the variables that `SECRETS` has; raise `CrewSettingsError`.

    `SECRETS` is a JSON object of text, as Secrets Manager keeps it. A variable that is set by
    itself wins. Errors quote no value.
    """
    text = environment.get("SECRETS") or "{}"
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CrewSettingsError(
            'SECRETS is not a JSON object; write one such as {"STRIPE_WEBHOOK_SECRET": "whsec_…"}'
        )
    for name, value in found.items():
        if not isinstance(value, str):
            raise CrewSettingsError(f"SECRETS has {name!r}, which is not a text; put it in quotes")
    return {**found, **{name: value for name, value in environment.items() if name != "SECRETS"}}


def read_port(environment: Mapping[str, str]) -> int:
    """Return the port to serve on; raise `CrewSettingsError`."""
    return _read_number(environment, "PORT", 8080, 65_535)


def read_keep_alive_seconds(environment: Mapping[str, str]) -> int:
    """Return how long an idle connection is kept; raise `CrewSettingsError`."""
    return _read_number(environment, "KEEP_ALIVE_SECONDS", 5, 3600)


def _read_number(environment: Mapping[str, str], name: str, usual: int, highest: int) -> int:
    text = environment.get(name) or str(usual)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= highest:
        raise CrewSettingsError(f"{name} is {text[:20]!r}; write a number from 1 to {highest}")
    return int(text)
