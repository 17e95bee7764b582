"""What a screen makes of the server's events: small events, and what is shown then."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.browser.examples import example

Json = dict[str, Any]


State = dict[str, Any]


Event = dict[str, Any]


Reduce = Callable[..., State]


NOW_MS = 1_795_287_851_300  # 2026-11-21T19:04:11.300Z


EPOCH = "9f2c4be01d7a6e35"


RUN = """async ([base, board, now_ms, events]) => {
  const { initialState, reduce } = await import(`${base}/static/state.js`);
  const freeze = (value) => {
    if (value && typeof value === "object") Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  return events.reduce((state, event) => freeze(reduce(state, freeze(event))),
    freeze(initialState(board, now_ms)));
}"""


def snapshot(**changes: Any) -> Event:
    return {"type": "snapshot", "data": {**example("snapshot"), **changes}, "now_ms": NOW_MS}


def update(version: int = 814, now_ms: int = NOW_MS, **changes: Any) -> Event:
    at = "2026-11-21T19:04:12.020Z"
    data = {"epoch": EPOCH, "version": version, "at": at, **deepcopy(changes)}
    return {"type": "update", "data": data, "now_ms": now_ms}


def status(now_ms: int = NOW_MS, **changes: Any) -> Event:
    live = {**example("snapshot")["status"], **changes}
    return {"type": "status", "data": live, "now_ms": now_ms}


def shown(state: State) -> Json:
    figures: Json = state["snapshot"]
    return figures
