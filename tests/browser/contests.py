"""What a scripted server says of a contest."""

from typing import Any

Json = dict[str, Any]


def sums(**amounts: int) -> Json:
    totals = {
        group.replace("_", " "): {"count": 3, "amount": amount} for group, amount in amounts.items()
    }
    everything = {"count": 3 * len(amounts), "amount": sum(amounts.values())}
    return {"ALL": everything, **totals}


def contest(order: tuple[str, ...] = (), **amounts: int) -> Json:
    return {
        "totals": sums(**amounts),
        "group_order": list(order),
        "contest": True,
        "goal": None,
        "ticker": None,
        "timeline": None,
    }


def teams(count: int) -> Json:
    return contest((), **{f"Team_{n:03}": 100_000 - 100 * n for n in range(count)})
