"""The settings of the service behind the API, from environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ServiceSettings:
    """The settings of the service.

    `boards` are the board files, and `sinks` those that the folder of sinks is beside. `folder` has
    the engine's files; they are a cache. At `feed` the sinks' function hands in changes, with
    `feed_key`.
    """

    boards: str
    sinks: str
    folder: Path
    feed: str
    feed_key: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ServiceSettings":
        """Return the settings; raise ValueError with a text that says what to write."""
        feed = environment.get("EXPLORE_FEED", "")
        if not feed:
            raise ValueError(
                "EXPLORE_FEED is not set; write where the sinks' function hands in changes, such"
                " as http://0.0.0.0:8091"
            )
        boards = environment.get("BOARDS") or "boards"
        return cls(
            boards=boards,
            sinks=environment.get("SINKS") or boards,
            folder=Path(environment.get("EXPLORE_FOLDER") or "explore-data"),
            feed=feed,
            feed_key=environment.get("EXPLORE_FEED_KEY", ""),
        )
