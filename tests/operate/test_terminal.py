import io
import logging
import os

import pytest

from operate.terminal import Terminal, TerminalLog


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_that_stays_goes_above_the_status() -> None:
    screen = Screen()
    terminal = Terminal(screen)
    terminal.show_status("counted 1")
    terminal.say("something happened")
    assert screen.getvalue().endswith("\r\x1b[Ksomething happened\ncounted 1")


def test_the_status_changes_in_place() -> None:
    screen = Screen()
    terminal = Terminal(screen)
    terminal.show_status("counted 1")
    terminal.show_status("counted 2")
    assert "\n" not in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[Kcounted 2")


def test_a_file_gets_lines_only_and_not_every_status() -> None:
    file = io.StringIO()
    terminal = Terminal(file)
    for number in range(100):
        terminal.show_status(f"counted {number}")
    terminal.say("done")
    assert file.getvalue() == "done\n"


def test_a_terminal_that_was_closed_stops_nothing() -> None:
    screen = Screen()
    terminal = Terminal(screen)
    screen.close()
    terminal.say("nobody reads this")
    terminal.show_status("nor this")


def test_a_closed_terminal_is_reported_once() -> None:
    closed: list[int] = []
    screen = Screen()
    terminal = Terminal(screen, on_closed=lambda: closed.append(1))
    terminal.say("hello")
    assert closed == []
    screen.close()
    for _ in range(3):
        terminal.say("nobody reads this")
    assert closed == [1]


def test_a_closed_pipe_does_not_end_the_command() -> None:
    closed: list[int] = []
    file = io.StringIO()
    terminal = Terminal(file, on_closed=lambda: closed.append(1))
    file.close()
    terminal.say("nobody reads this")
    assert closed == []


def test_a_status_that_is_too_long_loses_whole_parts_of_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((30, 24)))
    screen = Screen()
    Terminal(screen).show_status("1,234 counted · 12,345.00 USD · v1234 · 2 a second")
    assert screen.getvalue().endswith("\r\x1b[K1,234 counted · 12,345.00 USD")


def test_what_a_donor_wrote_does_nothing_to_the_terminal() -> None:
    screen = Screen()
    terminal = Terminal(screen)
    terminal.say("platform \x1b[2JPhone\r is new\nÄpfel 寄付")
    terminal.show_status("\x9b31m red")
    text = screen.getvalue()
    assert "platform \ufffd[2JPhone\ufffd is new\nÄpfel 寄付\n" in text
    assert text.endswith("\r\x1b[K\ufffd31m red")


def test_an_error_that_comes_again_and_again_is_shown_once_a_minute() -> None:
    screen, now = Screen(), 1000.0
    handler = TerminalLog(Terminal(screen), clock=lambda: now)

    def log(level: int, message: str, *arguments: object) -> None:
        handler.emit(logging.LogRecord("tallyboard", level, "", 0, message, arguments, None))

    for attempt in range(5):
        log(logging.ERROR, "Redis does not answer (attempt %d)", attempt)
    log(logging.ERROR, "another thing")
    # Each line names another item, so all must be shown.
    log(logging.WARNING, "%s cannot be counted", "d-1")
    log(logging.WARNING, "%s cannot be counted", "d-2")
    now += 61
    log(logging.ERROR, "Redis does not answer (attempt %d)", 9)
    assert screen.getvalue().splitlines() == [
        "! Redis does not answer (attempt 0)",
        "! another thing",
        "! d-1 cannot be counted",
        "! d-2 cannot be counted",
        "! Redis does not answer (attempt 9)",
    ]


def test_a_status_in_a_file_is_printable_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operate.terminal._PLAIN_STATUS_SECONDS", 0.0)
    file = io.StringIO()
    Terminal(file).show_status("Phone\x1b[2J\nText")
    assert file.getvalue() == "Phone\ufffd[2J\ufffdText\n"
