"""How to take each guard out: the runs must then go wrong, or they would prove nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from intake import donation_state
from intake.providers.donordrive import rows
from intake.providers.donordrive.sweep import DonorDriveSweeper
from intake.providers.stripe import events
from intake.providers.twilio.sweep import TwilioSweeper
from intake.store import Store
from tests.intake.fragile import UNANSWERED


@contextmanager
def _without_transactions() -> Iterator[None]:
    """Write one thing after the other."""
    whole = Store.transact

    def write_each(self: Store, actions: list[dict[str, Any]]) -> set[int]:
        for place, action in enumerate(actions):
            if whole(self, [action]):
                return {place}
        return set()

    with patch.object(Store, "transact", write_each):
        yield


@contextmanager
def _without_condition() -> Iterator[None]:
    """Write a state whatever others have written since it was read."""
    guard = Store._guard

    def put(self: Store, row: Any, version: int) -> Any:
        made = guard(self, row, version)
        return {name: made[name] for name in ("TableName", "Item")}

    with patch.object(Store, "_guard", put):
        yield


@contextmanager
def _without_state() -> Iterator[None]:
    """Forget a donation of which nothing counts, as a table without states would."""
    read = Store._read_known

    def forget(self: Store, name: str) -> Any:
        known = read(self, name)
        is_over = known.version and not known.state.net_minor
        return known._replace(text="", state=donation_state.DonationState()) if is_over else known

    with patch.object(Store, "_read_known", forget):
        yield


def _answer_first() -> AbstractContextManager[Any]:
    """Answer although DynamoDB has not taken it."""
    apply = Store.apply

    def apply_or_not(self: Store, *rest: Any) -> bool:
        try:
            return apply(self, *rest)
        except UNANSWERED:
            return False

    return patch.object(Store, "apply", apply_or_not)


def _take_the_last(known: Any, told: Any) -> Any:
    return {**known, **told}


def _replace_rank(name: str) -> AbstractContextManager[Any]:
    """Take a status of a refund for one that takes nothing off, nor gives it back."""
    steps = {**events._REFUND_STEPS, name: donation_state.Step.OPEN}
    return patch.object(events, "_REFUND_STEPS", steps)


def _join_last(known: Any, told: Any) -> Any:
    return replace(donation_state.join(known, told), charge=told.charge or known.charge)


@contextmanager
def _without_marks() -> Iterator[None]:
    """Count a vote whether or not it was counted before."""
    whole = Store.transact

    def write_all(self: Store, actions: list[dict[str, Any]]) -> set[int]:
        row = actions[0].get("Put", {})
        if row.get("Item", {}).get("id", {}).get("S", "").startswith("vote:"):
            row.pop("ConditionExpression", None)
        return whole(self, actions)

    with patch.object(Store, "transact", write_all):
        yield


def _take_nothing_back(*_: Any) -> Iterator[Any]:
    return iter(())


GUARDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "the rank of refunds and disputes": lambda: patch.object(
        donation_state, "_join_maps", _take_the_last
    ),
    "the order of charges": lambda: patch("intake.store.join", _join_last),
    "a failed refund counts again": lambda: _replace_rank("failed"),
    "one transaction": _without_transactions,
    "the condition on the state": _without_condition,
    "the state outlives the item": _without_state,
    "the answer comes after the write": _answer_first,
    "a vote's mark": _without_marks,
    "lost texts are asked for": lambda: patch.object(TwilioSweeper, "sweep", _take_nothing_back),
    "what is no longer listed is taken back": lambda: patch.object(
        DonorDriveSweeper, "_take_back", _take_nothing_back
    ),
    "the newest look at a row": lambda: patch.object(rows, "_count_ms", lambda _: 0),
}
