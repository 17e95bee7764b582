"""The time of a hub, which the tests turn."""

from types import SimpleNamespace

import pytest

import webapp.audience
import webapp.hub
from tests.webapp.hub_screens import Clock, Screen


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (webapp.hub, webapp.audience):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(Screen, "monotonic", clock.monotonic)
    monkeypatch.setattr(webapp.hub, "TICK_SECONDS", 0.0)
    return clock
