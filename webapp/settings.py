"""What the web app is told by its environment; nothing else of it reads `os.environ`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregates.redis_url import RedisUrlError, check_redis_url


class SettingsError(ValueError):
    """An environment variable that cannot be used; the text names it and the mend."""


@dataclass(frozen=True)
class Settings:
    """What can be set.

    `boards` is a comma-separated list of TOML files and folders. `max_clients` open event streams
    are served by a process, and `max_clients_per_address` from one address: a venue's screens may
    share one, and behind a load balancer all do unless uvicorn is told to trust it
    (`FORWARDED_ALLOW_IPS`).
    """

    redis_url: str = "redis://127.0.0.1:6379"
    boards: str = "boards"
    static: Path = Path(__file__).parent.parent / "static"
    max_clients: int = 12_000
    max_clients_per_address: int = 12_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings of `REDIS_URL`, `BOARDS`, `MAX_CLIENTS`, `MAX_CLIENTS_PER_ADDRESS`.

        What is not there has a default. Raises `SettingsError`.
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
        )


def read_count(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}; write a whole number above 0")
    return int(text)
