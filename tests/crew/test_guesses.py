"""Only addresses that guess the code are slowed down."""

from crew.guesses import Guesses


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_few_wrong_codes_are_free_and_then_each_doubles_the_wait() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    waits = []
    for _ in range(8):
        guesses.note_wrong("10.0.0.1")
        waits.append(guesses.wait_seconds("10.0.0.1"))
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16]
    clock.now += 16
    assert guesses.wait_seconds("10.0.0.1") == 0
    assert guesses.wait_seconds("10.0.0.2") == 0


def test_the_right_code_makes_up_for_wrong_ones() -> None:
    guesses = Guesses(Clock())
    for _ in range(4):
        guesses.note_wrong("10.0.0.1")
    guesses.note_right("10.0.0.1")
    guesses.note_wrong("10.0.0.1")
    assert guesses.wait_seconds("10.0.0.1") == 0


def test_an_ipv6_network_is_one_guesser() -> None:
    guesses = Guesses(Clock())
    for number in range(5):
        guesses.note_wrong(f"2001:db8::{number + 1}")
    assert guesses.wait_seconds("2001:db8::ffff") > 0
    assert guesses.wait_seconds("2001:db8:1::1") == 0
    for _ in range(5):
        guesses.note_wrong("::ffff:10.0.0.9")
    assert guesses.wait_seconds("10.0.0.9") > 0


def test_many_addresses_together_are_slowed_down_too() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for number in range(100):
        guesses.note_wrong(f"10.0.{number}.1")
    assert guesses.wait_seconds("192.0.2.1") == 60
    clock.now += 60
    assert guesses.wait_seconds("192.0.2.1") == 0


def test_what_is_remembered_is_bounded() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for number in range(10_100):
        guesses.note_wrong(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
        clock.now += 1
    assert len(guesses._wrong) == 10_000
