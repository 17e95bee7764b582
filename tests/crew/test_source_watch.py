"""Sources that are silent or in trouble are noticed."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from crew.source_watch import SourceWatch, encode_metrics
from intake.heard import Heard

START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


class Trial:
    """A watch of one source, whose clock the test sets."""

    def __init__(self, unusable: int = 0) -> None:
        self.heard = Heard()
        self.now = START
        sources = {"website": self.heard}
        self.watch = SourceWatch(sources, unusable, "tally", clock=lambda: self.now)

    def hear(self, times: int, minutes: float) -> None:
        for _ in range(times):
            self.now += timedelta(minutes=minutes)
            self.heard.heard_at = self.now
            self.watch.look()

    def count_silent(self, minutes: float) -> int:
        self.now += timedelta(minutes=minutes)
        self.watch.look()
        return self.watch.report().silent


def test_a_source_is_silent_after_eight_times_its_usual_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trial = Trial()
    trial.hear(10, minutes=3)
    assert trial.count_silent(23) == 0
    with caplog.at_level(logging.WARNING, "tallyboard"):
        assert trial.count_silent(2) == 1
        assert trial.count_silent(1) == 1
    # It is logged once, until something comes again.
    assert caplog.messages == ["source website: nothing has come for 25 minutes"]
    trial.hear(1, minutes=1)
    assert trial.count_silent(1) == 0


def test_a_source_that_was_hardly_heard_is_not_silent_nor_is_one_after_the_event() -> None:
    trial = Trial()
    assert trial.count_silent(1) == 0
    trial.hear(3, minutes=1)
    assert trial.count_silent(120) == 0
    trial.hear(10, minutes=1)
    assert trial.count_silent(7 * 60) == 0


def test_a_webhook_that_broke_is_silent_although_sweeps_find_its_donations() -> None:
    trial = Trial()
    trial.hear(10, minutes=1)
    for _ in range(12):
        trial.now += timedelta(minutes=1)
        trial.heard.found_at = trial.now
    assert trial.count_silent(0) == 1


def test_what_came_is_counted_once_and_what_lasts_stays() -> None:
    trial = Trial(unusable=2)
    trial.heard.counts.update(refused=3, unreadable=1)
    trial.heard.trouble = "Stripe has trouble (status 500)"
    assert trial.watch.report() == (0, 1, 2, 3, 1)
    trial.heard.counts.update(refused=1)
    trial.heard.trouble = ""
    assert trial.watch.report() == (0, 0, 2, 1, 0)


def test_a_report_is_a_line_of_metrics() -> None:
    line = json.loads(encode_metrics(Trial(1).watch.report(), START, "tally"))
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Tallyboard", [["Stack"]])
    assert line["_aws"]["Timestamp"] == START.timestamp() * 1000
    assert line["Stack"] == "tally"
    assert {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]} == {
        "SilentSources": 0,
        "TroubledSweeps": 0,
        "UnusableSources": 1,
        "RefusedRequests": 0,
        "UnreadableRequests": 0,
    }


@pytest.mark.parametrize(("stack", "lines"), [("tally", 1), ("", 0)])
def test_it_reports_each_minute_if_there_is_a_stack(stack: str, lines: int) -> None:
    written: list[str] = []
    watch = SourceWatch({"website": Heard()}, 0, stack, write=written.append)

    class Stop(threading.Event):
        """Is set at the seventh wait, without waiting."""

        waits = 0

        def wait(self, _: float | None = None) -> bool:
            self.waits += 1
            return self.waits > 6

    watch.run(Stop())
    assert len(written) == lines
