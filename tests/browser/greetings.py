"""What a scripted server says of a board."""

from typing import Any

MONEY: dict[str, Any] = {
    "totals": {
        "ALL": {"count": 5_372, "amount": 16_579_000},
        "Website": {"count": 4_132, "amount": 12_732_500},
        "Facebook": {"count": 1_240, "amount": 3_846_500},
    },
    "goal": {
        "measure": "amount",
        "target": 25_000_000,
        "milestones": [5_000_000, 20_000_000],
        "names": {"20000000": "Pie in the face"},
        "reached": {},
    },
    "title": "Marathon for the Children's Hospital",
    "donate_url": "https://give.example.org/marathon",
    "donate_address": "give.example.org",
}


VOTE: dict[str, Any] = {
    "measures": [{"name": "count", "attribute": None, "unit": "", "exponent": 0}],
    "goal": None,
    "timeline": None,
    "ticker": None,
    "totals": {"ALL": {"count": 420}, "Pie": {"count": 300}, "Song": {"count": 120}},
}


IDLE = {"pin": "", "pin_until": None, "panels": None, "celebrate": None, "reload": None}


CHECKING = {
    "state": "checking",
    "live": False,
    "since": "2026-11-21T19:00:00Z",
    "reason": "donations may be missing",
    "at": "2026-11-21T19:04:11Z",
    "page": "p",
}
