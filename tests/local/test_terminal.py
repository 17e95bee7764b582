import io

from local.terminal import Terminal


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
