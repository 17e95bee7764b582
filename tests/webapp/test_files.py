"""The limit of open files is raised if the system allows it; otherwise nothing fails."""

import resource
from collections.abc import Callable

import pytest

from webapp import files
from webapp.__main__ import find_warnings
from webapp.settings import Settings

INFINITE = resource.RLIM_INFINITY


class System:
    """A system's limits; `most` is the largest soft limit that it really accepts."""

    def __init__(self, soft: int, hard: int, most: int = 2**40) -> None:
        self.soft, self.hard, self.most = soft, hard, most

    def getrlimit(self, _: int) -> tuple[int, int]:
        return self.soft, self.hard

    def setrlimit(self, _: int, limits: tuple[int, int]) -> None:
        soft, hard = limits
        assert hard == self.hard, "the hard limit can never be raised again"
        if soft == INFINITE or soft > self.most:
            raise ValueError("current limit exceeds maximum limit")
        self.soft = soft


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[System], System]:
    def use(system: System) -> System:
        monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
        monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
        return system

    return use


@pytest.mark.parametrize(
    ("system", "files_wanted"),
    [
        (System(1024, 1_048_576), 65_536),
        (System(1024, 4096), 4096),
        (System(256, INFINITE), 65_536),
        (System(256, INFINITE, most=10_240), 10_240),
        (System(256, INFINITE, most=300), 256),
        (System(100_000, 100_000), 100_000),
    ],
    ids=["Linux", "a low hard limit", "infinite", "macOS", "nothing is allowed", "more already"],
)
def test_the_limit_is_raised_as_far_as_the_system_allows(
    use: Callable[[System], System], system: System, files_wanted: int
) -> None:
    use(system)
    assert files.raise_file_limit() == files_wanted
    assert files.most_connections() == files_wanted - files.RESERVED_FILES
    files.most_connections.cache_clear()


def test_too_few_files_for_the_streams_are_said_at_start() -> None:
    settings = Settings(max_clients=1000)
    assert find_warnings(settings, 1200, "") == []
    (warning,) = find_warnings(settings, 1199, "")
    assert "1,199 files" in warning
    assert "MAX_CLIENTS=1000 needs 1,200" in warning


def test_believing_every_proxy_is_said_at_start() -> None:
    assert find_warnings(Settings(), 65_536, "10.0.0.0/8,127.0.0.1") == []
    (warning,) = find_warnings(Settings(), 65_536, "*")
    assert warning.startswith("FORWARDED_ALLOW_IPS=*")
