"""The listener's next step, case by case."""

from dataclasses import replace

import pytest

from aggregates.message import Message
from tests.webapp.states import AT, BOARD, SERVER, message, proof, snapshot, standing_of
from webapp.following import Place, Step, follow_check, follow_message

SHOWN, READ = Place("e1", 7), Place("e1", 5)
OTHER = replace(message(8), epoch="e2")
PROOF = replace(message(8), proof=proof(AT))
PART = replace(message(8), is_partial=True)
HELD: dict[str, tuple[Message, Step]] = {
    "the next": (message(8), Step.WAIT),
    "another epoch": (OTHER, Step.WAIT),
    "a proof": (PROOF, Step.READ),
}
CASES: dict[str, tuple[Message, Step]] = {
    "the next": (message(8), Step.FOLLOW),
    "the next, with a proof": (PROOF, Step.FOLLOW),
    "the next, which does not tell all": (PART, Step.READ),
    "a gap": (message(9), Step.READ),
    "another epoch": (OTHER, Step.READ),
    "one that was read": (message(5), Step.PASS),
    "one from before that": (message(4), Step.PASS),
    "one that was heard": (message(6), Step.READ),
    "the last that was heard": (message(7), Step.READ),
}


@pytest.mark.parametrize(("heard", "step"), CASES.values(), ids=CASES)
def test_a_message_is_followed_where_it_follows(heard: Message, step: Step) -> None:
    assert follow_message(heard, shown=SHOWN, read=READ, is_held_back=False) is step


@pytest.mark.parametrize(("heard", "step"), HELD.values(), ids=HELD)
def test_only_a_proof_is_worth_a_read_while_figures_are_held_back(
    heard: Message, step: Step
) -> None:
    assert follow_message(heard, shown=SHOWN, read=READ, is_held_back=True) is step
    assert follow_message(heard, shown=None, read=None, is_held_back=False) is step


@pytest.mark.parametrize(
    ("seen", "server", "step"),
    [
        (Place("e1", 7), SERVER, Step.PASS),
        (Place("e1", 6), SERVER, Step.READ),
        (Place("e1", 8), SERVER, Step.READ),
        (Place("e0", 7), SERVER, Step.READ),
        (None, SERVER, Step.READ),
        (Place("e1", 7), "another", Step.READ),
    ],
)
def test_a_check_reads_what_is_not_what_was_seen(
    seen: Place | None, server: str, step: Step
) -> None:
    """Only this makes up for a lost message."""
    standing = standing_of(BOARD, snapshot(), SERVER)
    assert follow_check(standing, SERVER, seen=seen, seen_server=server) is step


def test_a_check_that_finds_nothing_reads_only_what_was_something() -> None:
    nothing = standing_of(BOARD, None, SERVER)
    assert follow_check(nothing, SERVER, seen=None, seen_server=SERVER) is Step.PASS
    assert follow_check(nothing, SERVER, seen=SHOWN, seen_server=SERVER) is Step.READ
