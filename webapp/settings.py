"""Settings of the web app, from the environment. Nothing else in it reads `os.environ`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregates.redis_url import RedisUrlError, check_redis_url

# One or more CSP sources: 'self', 'none', https://example.org, *.example.org.
_FRAME_ANCESTORS = re.compile(r"[\w'*:/.-]+( [\w'*:/.-]+)*", re.ASCII)
_ROOT_PATH = re.compile(r"(/[\w.~-]+)+", re.ASCII)


class SettingsError(ValueError):
    """An environment variable cannot be used; the text names it and says what to write."""


@dataclass(frozen=True)
class Settings:
    """The settings.

    `boards` is a comma-separated list of TOML files and folders. A process serves `max_clients`
    open event streams, and `max_clients_per_address` to one address. Screens and phones of a venue
    may share one address; behind a proxy all do, unless `FORWARDED_ALLOW_IPS` names the proxy.
    `root_path` is the path of the app behind a proxy, if the proxy does not remove it.
    `frame_ancestors` are the sites that may show the display in a frame; "" means all.
    `public_metrics` and `public_rejected` say whether `/metrics`, and the reasons why items are not
    counted, are served beside the display.
    """

    redis_url: str = "redis://127.0.0.1:6379"
    boards: str = "boards"
    static: Path = Path(__file__).parent.parent / "static"
    max_clients: int = 12_000
    max_clients_per_address: int = 500
    root_path: str = ""
    frame_ancestors: str = ""
    public_metrics: bool = True
    public_rejected: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings from environment variables; missing ones have a default.

        They are `REDIS_URL`, `BOARDS`, `MAX_CLIENTS`, `MAX_CLIENTS_PER_ADDRESS`, `ROOT_PATH`,
        `FRAME_ANCESTORS`, `PUBLIC_METRICS` and `PUBLIC_REJECTED`. Raises `SettingsError`.
        """
        try:
            redis_url = check_redis_url(environment.get("REDIS_URL") or cls.redis_url)
        except RedisUrlError as error:
            raise SettingsError(str(error)) from None
        return cls(
            redis_url=redis_url,
            boards=environment.get("BOARDS") or cls.boards,
            max_clients=read_count(environment, "MAX_CLIENTS", cls.max_clients),
            max_clients_per_address=read_count(
                environment, "MAX_CLIENTS_PER_ADDRESS", cls.max_clients_per_address
            ),
            root_path=_read_text(environment, "ROOT_PATH", _ROOT_PATH, "a path such as /live"),
            frame_ancestors=_read_text(
                environment,
                "FRAME_ANCESTORS",
                _FRAME_ANCESTORS,
                "addresses such as https://example.org, separated by blanks",
            ),
            public_metrics=_read_switch(environment, "PUBLIC_METRICS"),
            public_rejected=_read_switch(environment, "PUBLIC_REJECTED"),
        )


def read_count(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return a variable's whole number above 0. Raises `SettingsError`."""
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}; write a whole number above 0")
    return int(text)


def _read_switch(environment: Mapping[str, str], name: str) -> bool:
    """Return whether a variable is 1, which is the default."""
    text = environment.get(name) or "1"
    if text not in ("0", "1"):
        raise SettingsError(f"{name} is {text!r}; write 0 or 1")
    return text == "1"


def _read_text(
    environment: Mapping[str, str], name: str, form: re.Pattern[str], example: str
) -> str:
    text = environment.get(name, "").strip().rstrip("/")
    if text and not form.fullmatch(text):
        raise SettingsError(f"{name} is {text!r}; write {example}")
    return text
