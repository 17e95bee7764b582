"""The settings of the crew's service, from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass

MIN_CODE_CHARACTERS = 6
MIN_KEY_CHARACTERS = 32


class CrewSettingsError(ValueError):
    """An environment variable is invalid; the text names it and says what to write."""


@dataclass(frozen=True)
class CrewSettings:
    """The service's settings.

    Helpers sign in with `code`; `session_key` signs their sessions. The service reaches the display
    at `display_url`. `dynamodb_url` is empty for AWS. A table's journal is named table +
    `journal_suffix`.
    """

    code: str
    session_key: str
    boards: str = "boards"
    redis_url: str = "redis://127.0.0.1:6379"
    display_url: str = "http://127.0.0.1:8000"
    dynamodb_url: str = ""
    journal_suffix: str = "-journal"
    https: bool = False

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
        return cls(
            code=code,
            session_key=key,
            boards=environment.get("BOARDS") or cls.boards,
            redis_url=environment.get("REDIS_URL") or cls.redis_url,
            display_url=(environment.get("DISPLAY_URL") or cls.display_url).rstrip("/"),
            dynamodb_url=environment.get("DYNAMODB_URL") or cls.dynamodb_url,
            journal_suffix=environment.get("JOURNAL_SUFFIX") or cls.journal_suffix,
            https=(environment.get("PUBLIC_URL") or "").startswith("https://"),
        )


def read_port(environment: Mapping[str, str]) -> int:
    """Return the port to serve on; raise `CrewSettingsError`."""
    text = environment.get("PORT") or "8080"
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65_536:
        raise CrewSettingsError(f"PORT is {text[:20]!r}; write a number from 1 to 65535")
    return int(text)
