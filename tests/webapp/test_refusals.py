"""Refusals are counted one by one but logged rarely."""

import asyncio
import logging
from types import SimpleNamespace

import pytest

from webapp import refusals as refusals_module
from webapp.refusals import LOG_SECONDS, Refusals, limit_accept_log


def test_a_kind_is_logged_once_a_minute_with_how_many_there_were(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(refusals_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    refusals = Refusals()
    for _ in range(100):
        refusals.note("400", "10.0.0.1: nonsense")
    now[0] = LOG_SECONDS
    refusals.note("400", "10.0.0.2: nonsense")
    first, second = (record.getMessage() for record in caplog.records)
    assert "10.0.0.1" in first
    assert "10.0.0.2" in second
    assert "100 since" in second
    assert refusals.counts["400"] == 101


def test_a_storm_of_failing_accepts_is_one_line_and_other_errors_are_logged_as_ever(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = Refusals()
    monkeypatch.setattr(refusals_module, "REFUSALS", refusals)
    loop = asyncio.new_event_loop()
    limit_accept_log(loop)
    for _ in range(1000):
        loop.call_exception_handler(
            {
                "message": "socket.accept() out of system resource",
                "exception": OSError(24, "Too many open files"),
            }
        )
    loop.call_exception_handler({"message": "something else"})
    loop.close()
    assert refusals.counts["accept"] == 1000
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 2
    assert "Too many open files" in lines[0]
    assert lines[1] == "something else"
