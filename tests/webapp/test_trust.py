"""When a screen may show "live": each fact alone, and which of several is reported."""

from dataclasses import fields, replace
from typing import Any

import pytest

from reconcile.chain_watch import FRESH_MS
from webapp.trust import (
    CHAIN_MAX_AGE_SECONDS,
    LOST,
    NO_NOTE,
    NOT_PROVEN,
    NOTHING_YET,
    OTHER_DEFINITION,
    Facts,
    Verdict,
    judge,
)

ALL_IS_WELL = Facts()
UNREACHABLE = "Redis does not answer (ConnectionError)"
EVICTS = "Redis may evict totals"
SINCE = "Donations made since 2026-11-21T19:04:11.000Z may be missing"
OLD: dict[str, Any] = {
    "chain_age_seconds": CHAIN_MAX_AGE_SECONDS + 0.1,
    "confirmed_until": "2026-11-21T19:04:11.000Z",
}
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "all is well": ({}, "live", ""),
    "a note that is just fresh": ({"chain_age_seconds": CHAIN_MAX_AGE_SECONDS}, "live", ""),
    "a reason in a fresh note": ({"chain_reason": "the function fails"}, "live", ""),
    "Redis is gone": ({"unreachable": UNREACHABLE}, "offline", UNREACHABLE),
    "Redis is empty from the start": (
        {"is_known": False, "has_figures": False},
        "checking",
        NOTHING_YET,
    ),
    "Redis was emptied": ({"is_known": False}, "checking", LOST),
    "another definition": ({"is_same_definition": False}, "checking", OTHER_DEFINITION),
    "one key was lost": ({"is_lost": True}, "checking", LOST),
    "Redis may evict": ({"eviction": EVICTS}, "checking", EVICTS),
    "less than was proven": ({"is_held_back": True}, "checking", LOST),
    "not proven here": ({"is_proven_here": False}, "checking", NOT_PROVEN),
    "proven, and none of it shown": ({"has_figures": False}, "checking", NOT_PROVEN),
    "no note": ({"chain_age_seconds": None}, "checking", NO_NOTE),
    "no note, and why": (
        {"chain_age_seconds": None, "chain_reason": "no function reads the table's stream"},
        "checking",
        f"{NO_NOTE} (no function reads the table's stream)",
    ),
    "an old note": (OLD, "checking", SINCE),
    "an old note, and why": (
        OLD | {"chain_reason": "the function is disabled"},
        "checking",
        f"{SINCE}: the function is disabled",
    ),
    "a note from a clock far ahead": (
        {"chain_age_seconds": -CHAIN_MAX_AGE_SECONDS - 1, "confirmed_until": "2027"},
        "checking",
        "Donations made since 2027 may be missing",
    ),
}


@pytest.mark.parametrize(("changes", "state", "reason"), CASES.values(), ids=CASES)
def test_the_verdict_follows_from_the_facts(
    changes: dict[str, Any], state: str, reason: str
) -> None:
    assert judge(replace(ALL_IS_WELL, **changes)) == Verdict(state, reason)  # type: ignore[arg-type]


# The most serious first.
WRONG: list[dict[str, Any]] = [
    {"unreachable": UNREACHABLE},
    {"is_known": False},
    {"is_same_definition": False},
    {"is_lost": True},
    {"eviction": EVICTS},
    {"is_held_back": True},
    {"is_proven_here": False},
    OLD,
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_of_several_things_that_are_wrong_the_gravest_is_told(number: int) -> None:
    expected = judge(replace(ALL_IS_WELL, **WRONG[number]))
    everything: dict[str, Any] = {}
    for changes in WRONG[number:]:
        everything |= changes
    assert judge(replace(ALL_IS_WELL, **everything)) == expected


def test_every_fact_is_in_the_table() -> None:
    """Each fact has a case; otherwise nothing would test it."""
    turned = {name for changes, _, _ in CASES.values() for name in changes}
    assert turned == {field.name for field in fields(Facts)}


def test_reasons_are_plain_sentences_without_a_colon_at_the_end() -> None:
    for changes, _, reason in CASES.values():
        assert reason == reason.strip()
        assert not reason.endswith((":", ".")), changes


def test_the_metric_of_a_deployed_system_is_live_as_long_as_screens_are() -> None:
    assert FRESH_MS == CHAIN_MAX_AGE_SECONDS * 1000
