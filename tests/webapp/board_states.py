"""What tests of a board's state on the screens have in common."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from aggregates.message import TickerItem
from tests.webapp.states import BOARD

BARE = replace(BOARD, time=None, goal=None, bucket_seconds=None, ticker=None)
NOW = 1_795_287_851.0
MINUTE = int(NOW) - int(NOW) % 60
DRIFT = {"ALL": {"count": 1, "amount": 250}, "Web": {"count": 1, "amount": 250}}


def shown(id_: int, at_ms: int, platform: str = "Facebook") -> TickerItem:
    return TickerItem(id_, at_ms, {"platform": platform})


def wire(value: object) -> Any:
    """Return a value as a client decodes it."""
    return json.loads(json.dumps(value))


items = st.builds(shown, st.integers(1, 9), st.integers(0, 9), st.sampled_from(["Web", "Phone"]))
names = st.sampled_from(["Facebook", "a:b", "🎁", "Ä", "Ö", "Ü"])
